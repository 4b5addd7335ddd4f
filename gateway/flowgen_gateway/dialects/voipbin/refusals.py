"""What the gateway's shared parts and the core refuse, told as this API tells it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from grpc import StatusCode
from starlette.requests import Request
from starlette.responses import Response

from flowgen_gateway.deps import request_id_of
from flowgen_gateway.dialects.voipbin.errors import (
    Detail,
    Refused,
    bad_body,
    bad_parameter,
    draw,
    missing_scope,
)
from flowgen_gateway.errors import (
    BadHeader,
    BodyTooLarge,
    CoreError,
    MethodNotAllowed,
    Refusal,
    RouteNotFound,
    Violation,
    internal_error,
)
from flowgen_gateway.json_body import BadJson

Told = tuple[str, str]
_WAITS_NOT: Told = ("FLOW_STATE_INVALID", "The activeflow does not wait at this action to be continued.")
_BUSY = ("FLOW_STATE_INVALID", "The conversation cannot take another activeflow now.")
_FLOW_NOT_FOUND = ("FLOW_NOT_FOUND", "The flow was not found.")
_TOO_LARGE = ("REQUEST_TOO_LARGE", "The flow is too large.")
_BY_REASON: Mapping[str, Told] = MappingProxyType(
    {
        "FLOW_NOT_FOUND": _FLOW_NOT_FOUND,
        "RUN_NOT_FOUND": ("ACTIVEFLOW_NOT_FOUND", "The activeflow was not found."),
        "RUN_ALREADY_EXISTS": ("ACTIVEFLOW_ALREADY_EXISTS", "An activeflow with this id exists already."),
        "RUN_NOT_WAITING": _WAITS_NOT,
        "RUN_ENDED": ("ACTIVEFLOW_ALREADY_STOPPED", "The activeflow has already ended."),
        "CHAT_HAS_OPEN_RUN": _BUSY,
        "CHAT_PAUSED": _BUSY,
        "FLOW_DELETED": _BUSY,
    }
)
_BY_CODE: Mapping[StatusCode, Told] = MappingProxyType(
    {
        StatusCode.NOT_FOUND: ("RESOURCE_NOT_FOUND", "The resource was not found."),
        StatusCode.ALREADY_EXISTS: ("REQUEST_ID_REUSED", "The idempotency key was used for another request."),
        StatusCode.FAILED_PRECONDITION: ("FLOW_STATE_INVALID", "This is not possible in the present state."),
        StatusCode.ABORTED: ("STATE_INVALID", "The resource changed meanwhile; try again."),
        StatusCode.RESOURCE_EXHAUSTED: ("RATE_LIMIT_EXCEEDED", "Too many requests; try again later."),
        StatusCode.UNAVAILABLE: ("SERVICE_UNAVAILABLE", "The service is not available; try again."),
        StatusCode.DEADLINE_EXCEEDED: ("REQUEST_TIMEOUT", "The answer took too long; try again."),
    }
)
# What the core finds wrong in a request: by the field, else by the reason, the first of these.
_BY_VIOLATION: Mapping[str, Told] = MappingProxyType(
    {
        "TOO_LARGE": _TOO_LARGE,
        "TOO_LONG": _TOO_LARGE,
        "INVALID_ACTION_TYPE": ("INVALID_ACTION_TYPE", "not supported action type"),
        "UNKNOWN_ON_COMPLETE_FLOW": _FLOW_NOT_FOUND,
    }
)
_BY_FIELD: Mapping[str, Told] = MappingProxyType(
    {
        "expected_action_id": _WAITS_NOT,
        "variables_json": ("INVALID_VARIABLES", "invalid variables"),
        "webhook_uri": ("INVALID_WEBHOOK_URI", "webhook_uri must be a valid http or https URL"),
    }
)
_COME_BACK = (StatusCode.RESOURCE_EXHAUSTED, StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED)


def answer_error(request: Request, refusal: Refusal) -> Response:
    """Answers any refusal in this API's shape."""
    return draw(told(refusal), request_id_of(request))


def told(refusal: Refusal) -> Refused:
    """Tells any refusal as one of this API."""
    match refusal:
        case Refused():
            return refusal
        case CoreError():
            return _of_core(refusal)
        case BadJson():
            return bad_body()
        case BodyTooLarge():
            message = f"The request body must be at most {refusal.limit} bytes."
            return Refused("REQUEST_TOO_LARGE", message)
        case BadHeader():
            return bad_parameter(refusal.name.title())
        case RouteNotFound() | MethodNotAllowed():
            return Refused("ROUTE_NOT_FOUND", "The route was not found.")
    return _of_core(internal_error())


def _of_core(error: CoreError) -> Refused:
    match error.code:
        case StatusCode.INVALID_ARGUMENT | StatusCode.OUT_OF_RANGE:
            return _of_invalid(error)
        case StatusCode.UNAUTHENTICATED:
            return _of_credential(error)
        case StatusCode.PERMISSION_DENIED:
            return missing_scope(error.metadata.get("scope", ""))
    found = _BY_REASON.get(error.reason) or _BY_CODE.get(error.code)
    if found is None:
        return Refused("INTERNAL", "Internal error.")
    later = {"Retry-After": str(error.retry_after or 1)} if error.code in _COME_BACK else {}
    return Refused(*found, headers=later)


def _of_credential(error: CoreError) -> Refused:
    headers = {"WWW-Authenticate": "Bearer"}
    if error.metadata.get("credential") == "missing":
        return Refused("AUTHENTICATION_REQUIRED", "Authentication is required.", headers=headers)
    return Refused("INVALID_CREDENTIALS", "The provided credentials are not valid.", headers=headers)


def _of_invalid(error: CoreError) -> Refused:
    if error.reason == "INVALID_PAGE_TOKEN":
        return bad_parameter("page_token")
    for one in error.violations:
        if one.path in _BY_FIELD:
            return Refused(*_BY_FIELD[one.path])
    for reason, found in _BY_VIOLATION.items():
        if about := [one for one in error.violations if one.reason == reason]:
            return Refused(*found, _details(about))
    return Refused("INVALID_ARGUMENT", error.message, _details(error.violations))


def _details(violations: Sequence[Violation]) -> list[Detail]:
    return [Detail(one.path, one.message) for one in violations]
