"""What the gateway's shared parts and the core refuse, told as problems of this dialect."""

from collections.abc import Mapping
from types import MappingProxyType

from grpc import StatusCode

from flowgen_gateway.dialects.recrubo.drafts import merge
from flowgen_gateway.dialects.recrubo.errors import (
    Problem,
    Refused,
    bad_document,
    method_not_allowed,
    not_found,
)
from flowgen_gateway.errors import (
    BadHeader,
    BodyTooLarge,
    CoreError,
    MethodNotAllowed,
    Refusal,
    RouteNotFound,
    internal_error,
)
from flowgen_gateway.json_body import BadJson, Fault

_NAMES: Mapping[str, str] = MappingProxyType(
    {"GENERATION_NOT_FOUND": "FlowGeneration", "FLOW_NOT_FOUND": "Flow", "PROJECT_NOT_FOUND": "Organization"}
)
_SYNC_NOT_AVAILABLE = Problem(
    403,
    "sync_not_available",
    "Synchronous generation is only available in a sandbox project.",
    MappingProxyType({"parameter": "sync"}),
)
_KEY_REUSED = Problem(
    409,
    "idempotency_conflict",
    "The key was used for another request.",
    MappingProxyType({"header": "Idempotency-Key"}),
)
_OUT_OF_ORDER: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        400: ("invalid_query_parameter", "The request is not valid."),
        429: ("rate_limited", "Too many requests; try again later."),
        500: ("internal", "Internal server error."),
        503: ("unavailable", "The service is not available; try again."),
        504: ("timeout", "The answer took too long; try again."),
    }
)


def told(refusal: Refusal) -> Refused:
    """Tells any refusal as one of this dialect."""
    match refusal:
        case Refused():
            return refusal
        case CoreError():
            return core_refusal(refusal)
        case BadJson():
            return _bad_json(refusal)
        case BodyTooLarge():
            return Refused(
                Problem(413, "payload_too_large", f"The body must be at most {refusal.limit} bytes.")
            )
        case BadHeader():
            name = refusal.name.title()
            return Refused(Problem(400, "invalid_header", f"{name} {refusal.message}", {"header": name}))
        case MethodNotAllowed():
            return method_not_allowed([method for method in refusal.allow.split(", ") if method != "HEAD"])
        case RouteNotFound():
            return not_found("Route")
    return core_refusal(internal_error())


def core_refusal(error: CoreError, base: str = "") -> Refused:
    """Tells what the core refused; `base` is the pointer below which the body's attributes stood."""
    if error.violations:
        return Refused(*merge(base, (), error.violations), judged=True)
    headers = {"WWW-Authenticate": "Bearer"} if error.code is StatusCode.UNAUTHENTICATED else {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return Refused(_problem(error), headers=headers, judged=True)


def _problem(error: CoreError) -> Problem:
    match error.code:
        case StatusCode.UNAUTHENTICATED:
            return Problem(401, "unauthorized", "access denied")
        case StatusCode.PERMISSION_DENIED:
            return missing_scope(error.metadata.get("scope", ""))
        case StatusCode.NOT_FOUND:
            return Problem(404, "not_found", f"{_NAMES.get(error.reason, 'Resource')} not found")
        case StatusCode.ALREADY_EXISTS:
            return _KEY_REUSED
        case StatusCode.FAILED_PRECONDITION | StatusCode.ABORTED:
            if error.reason == "WAIT_NOT_AVAILABLE":
                return _SYNC_NOT_AVAILABLE
            return Problem(409, "conflict", error.message)
    status = error.http_status
    return Problem(status, *_OUT_OF_ORDER.get(status, _OUT_OF_ORDER[500]))


def missing_scope(scope: str) -> Problem:
    """Makes the problem of a credential that may not do what was asked."""
    need = f"the scope {scope.lower()}" if scope else "another scope"
    return Problem(403, "forbidden", f"The credential needs {need}.")


def _bad_json(error: BadJson) -> Refused:
    match error.fault:
        case Fault.EMPTY:
            return bad_document("")
        case Fault.DEPTH:
            return bad_document("", error.message)
        case Fault.STRING:
            return Refused(Problem(400, "invalid_json", error.message))
    place = f"(line {error.line}, column {error.column})"
    if error.fault is Fault.NUMBER:
        return Refused(Problem(400, "invalid_json", f"Integers must fit in 64 bits {place}."))
    return Refused(Problem(400, "invalid_json", f"The body is not valid JSON {place}."))
