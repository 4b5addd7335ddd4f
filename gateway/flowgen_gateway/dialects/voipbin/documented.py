"""The API's documentation, for routes that read their requests themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Security
from fastapi.security import APIKeyHeader, APIKeyQuery, HTTPBearer
from pydantic import BaseModel

from flowgen_gateway.dialects.voipbin.answers import RefusalOut
from flowgen_gateway.dialects.voipbin.paging import LARGEST
from flowgen_gateway.dialects.voipbin.schemas import Body
from flowgen_gateway.dialects.voipbin.warnings import HEADER

OpenApi = dict[str, Any]  # Any: a piece of an OpenAPI document
_TEXT = {"type": "string"}
_SIZE = {"type": "integer", "default": LARGEST, "maximum": LARGEST}
PAGING = (
    ("page_size", "Rows a page; 0 and less count as the most there are", _SIZE),
    ("page_token", "`next_page_token` of the page before, or a time: rows made before it", _TEXT),
)
OF_CHAT = ("reference_id", "Only activeflows in this chat", {"type": "string", "format": "uuid"})
_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "1–255 visible ASCII characters; repeats within 24 h do nothing twice",
    "schema": _TEXT,
}
_WARNINGS = {
    "description": "Number of places in the actions that are doubtful",
    "schema": {"type": "integer"},
}
_REPLAYED = {"description": "`true` for a repetition", "schema": _TEXT}
_ERRORS: Mapping[int, str] = {
    400: "The request is wrong",
    401: "No valid credential",
    403: "The credential lacks a scope",
    404: "Not found",
    409: "Not possible in this state, or the idempotency key was used for another request",
    413: "The request is too large",
    429: "Too much",
    500: "A bug",
    503: "Not available, or too late; try again",
}
_COMMON = (400, 401, 403, 429, 500, 503)
# Shown, and never called: the core judges credentials.
_CREDENTIALS = (
    HTTPBearer(auto_error=False),
    APIKeyHeader(name="X-API-KEY", auto_error=False),
    APIKeyQuery(name="accesskey", scheme_name="accesskey", auto_error=False),
    APIKeyQuery(name="token", scheme_name="token", auto_error=False),
)


def documented(
    tag: str,
    model: type[BaseModel],
    *errors: int,
    body: type[Body] | None = None,
    optional_body: bool = False,
    query: Sequence[tuple[str, str, OpenApi]] = (),
    once: bool = False,
    warns: bool = False,
) -> dict[str, Any]:  # Any: the keyword arguments of a route's decorator
    """Makes the arguments of a route; `once` takes an idempotency key, `warns` counts warnings."""
    headers = ({HEADER: _WARNINGS} if warns else {}) | ({"Idempotency-Replayed": _REPLAYED} if once else {})
    responses: dict[int | str, OpenApi] = {200: {"headers": headers}}
    responses |= {code: _error(code) for code in sorted({*_COMMON, *errors})}
    extra: OpenApi = {"parameters": [*map(_parameter, query), *([_IDEMPOTENCY] if once else [])]}
    if body:
        content = {"application/json": {"schema": body.model_json_schema()}}
        extra["requestBody"] = {"required": not optional_body, "content": content}
    return {
        "tags": [tag],
        "response_model": model,
        "responses": responses,
        "openapi_extra": extra,
        "dependencies": [Security(scheme) for scheme in _CREDENTIALS],
    }


def _error(code: int) -> OpenApi:
    return {"model": RefusalOut, "description": _ERRORS[code]}


def _parameter(parameter: tuple[str, str, OpenApi]) -> OpenApi:
    name, description, schema = parameter
    return {"name": name, "in": "query", "description": description, "schema": schema}
