"""The API's documentation, for routes that read their requests themselves."""

from collections.abc import Mapping
from typing import Any

from fastapi import Security
from fastapi.security import APIKeyHeader, HTTPBearer
from pydantic import BaseModel
from starlette.responses import Response

from flowgen_gateway.dialects.flowgen.answers import ErrorOut
from flowgen_gateway.dialects.flowgen.schemas import Fields

IDEMPOTENCY_KEY = ("Idempotency-Key", "1–255 visible ASCII characters; repeats within 24 h do nothing twice")
LAST_EVENT_ID = ("Last-Event-ID", "begin after this `seq`; wins over `after`")
_ERRORS: Mapping[int, str] = {
    401: "No valid credential",
    403: "The credential lacks a scope",
    404: "Not found",
    409: "Not possible in this state, or the idempotency key was used for another request",
    413: "The body is too large",
    422: "The request is wrong",
    429: "Too much",
    500: "A bug",
    503: "Not available, try again",
    504: "Too late, try again",
}
# Shown, and never called: the core judges credentials.
_KEY = APIKeyHeader(name="X-API-KEY", auto_error=False)
_BEARER = HTTPBearer(auto_error=False)
_COMMON = (401, 403, 422, 500, 503, 504)


def documented(
    tag: str,
    answer: type[Any] | None,
    query: type[Fields] | None = None,
    body: type[Fields] | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    *,
    errors: tuple[int, ...] = (),
    status: int = 200,
    stream: str = "",
) -> dict[str, Any]:  # Any: the keyword arguments of a route's decorator
    """Makes the arguments of a route, from which its answer, errors, query and body are documented."""
    extra: dict[str, Any] = {"parameters": [*_query(query), *map(_header, headers)]}  # Any: JSON
    if body:
        content = {"application/json": {"schema": _schema(body)}}
        extra["requestBody"] = {"required": True, "content": content}
    responses = {code: _error(code) for code in sorted({*_COMMON, *errors})}
    if stream:
        responses[status] = {"description": "Events", "content": {stream: {"schema": {"type": "string"}}}}
    drawn = {} if answer else {"response_class": Response}
    return {
        "tags": [tag],
        "response_model": answer,
        "status_code": status,
        "responses": responses,
        "openapi_extra": extra,
        "dependencies": [Security(_KEY), Security(_BEARER)],
        **drawn,
    }


def _error(code: int) -> dict[str, Any]:  # Any: as FastAPI takes it
    return {"model": ErrorOut, "description": _ERRORS[code]}


def _header(header: tuple[str, str]) -> dict[str, object]:
    name, description = header
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}


def _query(model: type[Fields] | None) -> list[dict[str, object]]:
    if model is None:
        return []
    properties = _schema(model)["properties"]
    return [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]


def _schema(model: type[BaseModel]) -> dict[str, Any]:  # Any: JSON
    return model.model_json_schema()
