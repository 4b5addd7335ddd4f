"""Answers as JSON:API documents."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from flowgen_gateway.dialects.recrubo.errors import error_document
from flowgen_gateway.dialects.recrubo.query import ListQuery
from flowgen_gateway.dialects.recrubo.refusals import told
from flowgen_gateway.dialects.recrubo.translate import Resource
from flowgen_gateway.errors import Refusal

MEDIA_TYPE = "application/vnd.api+json"


class JsonApiResponse(JSONResponse):
    """An answer of this dialect."""

    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:  # JSON, with parts that are JSON text already
        """Writes the body."""
        return orjson.dumps(content)


def one(resource: Resource, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answers one resource."""
    return JsonApiResponse({"data": resource, "meta": {}}, status, headers)


def many(rows: Sequence[Resource], query: ListQuery, total: int, total_unfiltered: int) -> Response:
    """Answers a page of a list."""
    meta = {
        "total": total,
        "totalUnfiltered": total_unfiltered,
        "currentSize": query.size,
        "currentPage": query.number,
        "maxPage": max(1, -(-total // query.size)),
    }
    return JsonApiResponse({"data": rows, "meta": meta})


def answer_error(_request: Request, refusal: Refusal) -> Response:
    """Answers any refusal in this dialect's shape."""
    refused = told(refusal)
    return JsonApiResponse(error_document(refused.problems), refused.status, refused.headers)
