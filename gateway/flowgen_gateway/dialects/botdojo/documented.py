"""The API's documentation, for routes that read their requests themselves."""

from collections.abc import Mapping
from typing import Any

from fastapi import Security
from fastapi.security import APIKeyHeader, HTTPBearer
from pydantic import BaseModel

from flowgen_gateway.dialects.botdojo.answers import ErrorOut
from flowgen_gateway.dialects.botdojo.schemas import Fields

IDEMPOTENCY_KEY = ("Idempotency-Key", "1–255 visible ASCII characters; repeats within 24 h do nothing twice")
LAST_EVENT_ID = ("Last-Event-ID", "go on after this event; nothing new starts")
_ERRORS: Mapping[int, str] = {
    400: "The request is wrong",
    401: "No valid credential",
    403: "The credential lacks a scope",
    404: "Not found",
    409: "Not possible in this state, or the idempotency key was used for another request",
    413: "The body is too large",
    429: "Too much",
    500: "A bug",
    503: "Not available, try again",
    504: "The run takes longer than a request may; it goes on",
}
# Shown, and never called: the core judges credentials.
_BARE = APIKeyHeader(name="Authorization", scheme_name="Key", auto_error=False)
_KEY = APIKeyHeader(name="X-API-Key", scheme_name="KeyHeader", auto_error=False)
_BEARER = HTTPBearer(auto_error=False)
_COMMON = (401, 403, 404, 429, 500, 503, 504)
Arguments = dict[str, Any]  # Any: the keyword arguments of a route's decorator
Json = dict[str, Any]


def documented(
    answer: Any,  # a model, or a list of one
    body: type[Fields] | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    *,
    errors: tuple[int, ...] = (),
    streams: bool = False,
) -> Arguments:
    """Makes the arguments of a route, from which its answer, errors, headers and body are documented."""
    extra: Json = {"parameters": list(map(_header, headers))}
    if body:
        content = {"application/json": {"schema": body.model_json_schema()}}
        extra["requestBody"] = {"required": True, "content": content}
    responses = {code: _error(code) for code in sorted({*_COMMON, *errors})}
    if streams:
        responses[200] = {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
    return {
        "tags": ["flow requests"],
        "response_model": answer,
        "responses": responses,
        "openapi_extra": extra,
        "dependencies": [Security(_BARE), Security(_BEARER), Security(_KEY)],
    }


def _error(code: int) -> Json:
    model: type[BaseModel] = ErrorOut
    return {"model": model, "description": _ERRORS[code]}


def _header(header: tuple[str, str]) -> Json:
    name, description = header
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}
