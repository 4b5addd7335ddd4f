"""What the API documentation says about this dialect's routes."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flowgen_gateway.dialects.recrubo.answers import MEDIA_TYPE
from flowgen_gateway.dialects.recrubo.query import DEFAULT_SIZE, LARGEST_SIZE, Kind
from flowgen_gateway.dialects.recrubo.schemas import Body, Errors

OpenApi = dict[str, Any]  # a piece of an OpenAPI document
Responses = dict[int | str, dict[str, Any]]  # as FastAPI types it
ID: OpenApi = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
_ALWAYS = (401, 403, 429, 500, 503, 504)


def answers(status: int, model: type[Body], *errors: int, headers: Sequence[str] = ()) -> Responses:
    """Documents an answer and the errors that stand in its place."""
    shown = {name: {"schema": {"type": "string"}} for name in headers}
    return {status: {"model": model, "headers": shown}} | refusals(*errors)


def refusals(*errors: int) -> Responses:
    """Documents the errors of a route, with those that all routes have."""
    statuses = sorted({*_ALWAYS, *errors})
    return {status: {"model": Errors, "description": HTTPStatus(status).phrase} for status in statuses}


def accepts(model: type[Body], type_name: str) -> OpenApi:
    """Documents a body: the bare attributes, or the envelope around them."""
    attributes = model.model_json_schema()
    data = {
        "type": "object",
        "properties": {"type": {"const": type_name}, "attributes": attributes},
        "required": ["type", "attributes"],
    }
    envelope = {"type": "object", "properties": {"data": data}, "required": ["data"], "title": "Envelope"}
    content = {"schema": {"anyOf": [envelope, attributes]}}
    return {"requestBody": {"required": True, "content": {MEDIA_TYPE: content, "application/json": content}}}


def takes(*parameters: OpenApi) -> OpenApi:
    """Documents parameters."""
    return {"parameters": list(parameters)}


def header(name: str, description: str) -> OpenApi:
    """Documents a header of the request."""
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}


def parameter(name: str, description: str, schema: OpenApi | None = None) -> OpenApi:
    """Documents a parameter of the query."""
    return {"name": name, "in": "query", "description": description, "schema": schema or {"type": "string"}}


def fields(type_name: str) -> OpenApi:
    """Documents the sparse fields of a resource."""
    return parameter(f"fields[{type_name}]", "Attributes to keep, with commas between them")


def listing(kind: Kind) -> OpenApi:
    """Documents the query of a list."""
    number = {"type": "integer", "minimum": 1}
    return takes(
        parameter("page[size]", f"At most {LARGEST_SIZE}", number | {"default": DEFAULT_SIZE}),
        parameter("page[number]", "From 1", number | {"default": 1}),
        parameter("sort", "Order by age", {"enum": ["createdAt", "-createdAt"], "default": "-createdAt"}),
        fields(kind.type),
        *(_filter(field, operator) for field, operators in kind.filters.items() for operator in operators),
    )


def _filter(field: str, operator: str) -> OpenApi:
    if operator == "eq":
        return parameter(f"filter[{field}]", f"Only those whose `{field}` is this")
    return parameter(f"filter[{field}][{operator}]", f"Only those whose `{field}` fits by `{operator}`")
