"""How this API says no: `{"detail", "code"}`."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import grpc
import orjson
from starlette.requests import Request
from starlette.responses import Response

from flowgen_core.pb.v1.chat_pb2 import ChatState
from flowgen_gateway.dialects.flowgen.translate import STATUS
from flowgen_gateway.errors import (
    BadFields,
    BadHeader,
    BodyTooLarge,
    CoreError,
    MethodNotAllowed,
    Refusal,
    RouteNotFound,
    Violation,
    internal_error,
)
from flowgen_gateway.json_body import BadJson, Fault

Entries = Sequence[Mapping[str, object]]
_SENTENCES: Mapping[str, str] = {
    "UNAUTHENTICATED": "Could not validate credentials",
    "CHAT_NOT_FOUND": "Chat not found.",
    "API_KEY_NOT_FOUND": "API key not found.",
    "FLOW_NOT_FOUND": "Flow not found: from_flow must be the id of a flow of this project.",
    "TEMPLATE_NOT_FOUND": "Template not found: from_template must be the id of a flow marked as template.",
    "REQUEST_ID_REUSED": "This idempotency key was used for another request; use a new one.",
}
# Where the core's fields are in this API's requests; the others have the same name in the body.
_PLACES: Mapping[str, tuple[str, str]] = {
    "page_token": ("query", "page_token"),
    "wait": ("query", "wait"),
    "text": ("body", "message"),
    "metadata_json": ("body", "metadata"),
    "request_id": ("header", "idempotency-key"),
}


def answer_error(_request: Request, refusal: Refusal) -> Response:
    """Draws a refusal as an answer."""
    status, headers = _status_of(refusal)
    return Response(orjson.dumps(draw_error(refusal)), status, headers, media_type="application/json")


def draw_error(refusal: Refusal) -> dict[str, Any]:  # Any: JSON
    """Draws a refusal as the body of an answer, which is also the `data` of an `error` frame."""
    code, detail = _SHAPES[type(refusal)](refusal) if type(refusal) in _SHAPES else _of_core(internal_error())
    return {"detail": detail, "code": code}


def _status_of(refusal: Refusal) -> tuple[int, dict[str, str]]:
    match refusal:
        case CoreError():
            return _status_of_core(refusal)
        case RouteNotFound():
            return 404, {}
        case MethodNotAllowed():
            return 405, {"allow": refusal.allow}
        case BodyTooLarge():
            return 413, {}
        case BadFields() | BadHeader() | BadJson():
            return 422, {}
        case _:
            return 500, {}


def _status_of_core(error: CoreError) -> tuple[int, dict[str, str]]:
    headers = {} if error.retry_after is None else {"retry-after": str(error.retry_after)}
    if error.code is grpc.StatusCode.UNAUTHENTICATED:
        headers["www-authenticate"] = "Bearer"
    # FastAPI's status for what is wrong with a request, which clients of this API know.
    invalid = error.code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.OUT_OF_RANGE)
    return 422 if invalid else error.http_status, headers


def _of_core(error: CoreError) -> tuple[str, str | Entries]:
    if error.http_status == 500:
        return "INTERNAL", "Internal server error."
    if error.http_status == 400:
        return _of_invalid(error)
    return error.reason, _sentence(error)


def _of_invalid(error: CoreError) -> tuple[str, Entries]:
    if error.reason == "INVALID_PAGE_TOKEN":
        return "INVALID_ARGUMENT", _entry("page_token", ["query", "page_token"], error.message)
    if not error.violations:
        return error.reason, _entry(error.reason.lower(), ["body"], error.message)
    return error.reason, [_draw_violation(violation) for violation in error.violations]


def _draw_violation(violation: Violation) -> dict[str, object]:
    parts = re.findall(r"[^.\[\]]+", violation.path)
    place = _PLACES.get(violation.path, ("body", *parts))
    loc = [int(part) if part.isdecimal() else part for part in place]
    return {"type": violation.reason.lower(), "loc": loc, "msg": violation.message}


def _sentence(error: CoreError) -> str:
    if error.reason == "PERMISSION_DENIED" and "scope" in error.metadata:
        return f"This key lacks the scope {error.metadata['scope'].lower()}."
    if error.reason == "CHAT_NOT_WAITING" and "state" in error.metadata:
        status = STATUS[ChatState.Value(f"CHAT_STATE_{error.metadata['state']}")]
        return f"The chat is not waiting for human input (status: {status}); send it to /messages."
    return _SENTENCES.get(error.reason, error.message)


def _of_json(error: BadJson) -> tuple[str, Entries]:
    match error.fault:
        case Fault.EMPTY:
            entries = _entry("missing", ["body"], "Field required")
        case Fault.STRING:
            entries = _entry("string_unicode", ["body", *error.path], error.message)
        case _:
            entries = _entry("json_invalid", ["body", error.offset], f"JSON decode error: {error.message}")
    return "INVALID_ARGUMENT", entries


def _of_fields(error: BadFields) -> tuple[str, Entries]:
    entries = [{name: entry[name] for name in ("type", "loc", "msg")} for entry in error.entries]
    return "INVALID_ARGUMENT", entries


def _of_header(error: BadHeader) -> tuple[str, Entries]:
    return "INVALID_ARGUMENT", _entry(error.kind, ["header", error.name], error.message)


def _of_size(error: BodyTooLarge) -> tuple[str, str]:
    limit = f"{error.limit >> 20} MiB" if error.limit % 2**20 == 0 else f"{error.limit} bytes"
    return "PAYLOAD_TOO_LARGE", f"The body is larger than {limit}."


def _entry(kind: str, loc: Sequence[str | int], message: str) -> Entries:
    return [{"type": kind, "loc": list(loc), "msg": message}]


# Any: each function takes the refusal of its own row.
_SHAPES: Mapping[type[Refusal], Callable[[Any], tuple[str, str | Entries]]] = {
    CoreError: _of_core,
    BadFields: _of_fields,
    BadHeader: _of_header,
    BadJson: _of_json,
    BodyTooLarge: _of_size,
    MethodNotAllowed: lambda _: ("METHOD_NOT_ALLOWED", "Method not allowed."),
    RouteNotFound: lambda _: ("ROUTE_NOT_FOUND", "Not found."),
}
