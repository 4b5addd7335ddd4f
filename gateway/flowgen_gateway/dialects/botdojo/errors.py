"""How this API says no: `{"error": {"code", "message", "details"}}`."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from flowgen_gateway.errors import (
    BadFields,
    BadHeader,
    BodyTooLarge,
    CoreError,
    MethodNotAllowed,
    Refusal,
    RouteNotFound,
    internal_error,
)
from flowgen_gateway.json_body import BadJson

Details = Mapping[str, Any]  # JSON
SENTENCES: Mapping[str, str] = {
    "UNAUTHENTICATED": "The API key is invalid or missing.",
    "INVALID_ARGUMENT": "The request is not valid.",
    "INVALID_INPUT": "The body does not fit the flow's input schema.",
    "INVALID_OVERRIDE": "An override is not valid.",
    "NOT_AN_EVALUATION": "This flow is not marked as an evaluation.",
    "PROJECT_NOT_FOUND": "Account or project not found.",
    "FLOW_NOT_FOUND": "Flow not found.",
    "RUN_NOT_FOUND": "Flow request not found.",
    "EVALUATION_JOB_NOT_FOUND": "Evaluation job not found.",
    "REQUEST_ID_REUSED": "This idempotency key was used for another request; use a new one.",
    "INTERNAL": "Internal server error.",
}
_HEADERS: Mapping[str, str] = {"idempotency-key": "Idempotency-Key", "last-event-id": "Last-Event-ID"}
_COME_BACK = (429, 503, 504)


class Refused(Refusal):
    """A refusal as this API tells it."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str = "",
        details: Details | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status, self.code = status, code
        self.message = message or SENTENCES[code]
        self.details, self.headers = details or {}, headers or {}


def invalid(violations: Sequence[tuple[str, str]], code: str = "INVALID_ARGUMENT") -> Refused:
    """Makes the refusal of a request that is wrong in the given places, each with a sentence."""
    drawn = [{"path": path, "message": message} for path, message in violations]
    return Refused(400, code, details={"violations": drawn})


def answer_error(_request: Request, refusal: Refusal) -> Response:
    """Draws a refusal as an answer."""
    refused = told(refusal)
    body = {"error": {"code": refused.code, "message": refused.message, "details": refused.details}}
    return Response(orjson.dumps(body), refused.status, refused.headers, media_type="application/json")


def told(refusal: Refusal) -> Refused:
    """Tells any refusal as one of this API."""
    match refusal:
        case Refused():
            return refusal
        case CoreError():
            return _of_core(refusal)
        case BadFields():
            return invalid([_of_entry(entry) for entry in refusal.entries])
        case BadHeader():
            return invalid([(_HEADERS[refusal.name], refusal.message)])
        case BadJson():
            return invalid([(path_of(refusal.path), refusal.message)])
        case BodyTooLarge():
            return Refused(413, "PAYLOAD_TOO_LARGE", f"The body is larger than {_size(refusal.limit)}.")
        case MethodNotAllowed():
            headers = {"allow": refusal.allow}
            return Refused(405, "METHOD_NOT_ALLOWED", "Method not allowed.", headers=headers)
        case RouteNotFound():
            return Refused(404, "ROUTE_NOT_FOUND", "Not found.")
    return _of_core(internal_error())


def path_of(parts: Sequence[object]) -> str:
    """Writes a place in a body: `options.evalOptions.runs[0].flowEvalId`."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return path.removeprefix(".")


def _of_entry(entry: Mapping[str, Any]) -> tuple[str, str]:  # Any: pydantic's
    # What is wrong with a key is told where the key is.
    parts = [part for part in entry["loc"] if part != "[key]"]
    return path_of(parts), entry["msg"]


def _of_core(error: CoreError) -> Refused:
    status = error.http_status
    if status == 500:
        return Refused(500, "INTERNAL")
    if status == 400:
        return _of_invalid(error)
    message = SENTENCES.get(error.reason, error.message)
    if status == 403 and "scope" in error.metadata:
        message = f"This key lacks the scope {error.metadata['scope'].lower()}."
    return Refused(status, error.reason, message, headers=_headers_of(error))


def _of_invalid(error: CoreError) -> Refused:
    code = error.reason if error.reason in SENTENCES else "INVALID_ARGUMENT"
    found = [(each.path, each.message) for each in error.violations]
    return invalid(found or [("", error.message)], code)


def _headers_of(error: CoreError) -> dict[str, str]:
    if error.http_status == 401:
        return {"www-authenticate": "Bearer"}
    return {"retry-after": str(error.retry_after or 1)} if error.http_status in _COME_BACK else {}


def _size(limit: int) -> str:
    return f"{limit >> 20} MiB" if limit % 2**20 == 0 else f"{limit} bytes"
