"""What the handlers of this API share: the credential, the body, the answer, links to further pages."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

import orjson
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from flowgen_gateway.core import CoreClient
from flowgen_gateway.deps import bearer_of, client_for, gateway_of
from flowgen_gateway.dialects.flowgen.reading import Model, read_fields, read_query
from flowgen_gateway.dialects.flowgen.translate import Drawn
from flowgen_gateway.json_body import read_body, read_json

MAX_DEPTH = 32


def client_of(connection: HTTPConnection) -> CoreClient:
    """Makes the client for the credential of a request. Raises CoreError for one that cannot be passed on."""
    return client_for(connection, credential_of(connection.headers))


def credential_of(headers: Headers) -> str | None:
    """Reads the credential: an `X-API-KEY`, even a bad one, goes before a bearer."""
    key = headers.get("x-api-key")
    return bearer_of(headers) if key is None else key


async def body_of(request: Request, model: type[Model]) -> Model:
    """Reads and judges a body. Raises BodyTooLarge, BadJson and BadFields."""
    limit = gateway_of(request).settings.body_limit
    return read_fields(model, await read_json(request, limit=limit, depth=MAX_DEPTH))


async def skip_body(request: Request) -> None:
    """Reads a body that nobody needs. Raises BodyTooLarge."""
    await read_body(request, gateway_of(request).settings.body_limit)


def query_of(request: HTTPConnection, model: type[Model]) -> Model:
    """Judges a query. Raises BadFields."""
    return read_query(model, request.query_params)


def answer(
    body: Drawn | list[Drawn], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Makes an answer."""
    return Response(orjson.dumps(body), status, headers, media_type="application/json")


def replayed(is_replay: bool) -> dict[str, str]:
    """Makes the header of an answer to a repetition."""
    return {"idempotency-replayed": "true"} if is_replay else {}


def prefix_of(request: Request) -> str:
    """Tells the prefix under which a request came, which its answer's links keep: `/v1` or nothing."""
    return "/v1" if request.scope["path"].startswith("/v1/") else ""


def link(request: Request, rel: str, query: Mapping[str, object]) -> str:
    """Makes one entry of a `Link` header: the path of the request with another query."""
    return f'<{quote(request.scope["path"])}?{urlencode(query)}>; rel="{rel}"'
