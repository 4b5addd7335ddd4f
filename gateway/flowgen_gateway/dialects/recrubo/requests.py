"""What is read of a request, and the order of judgement: no refusal is told without a credential."""

from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from flowgen_core.pb.v1.options_pb2 import Scope
from flowgen_gateway.core import CoreClient
from flowgen_gateway.deps import bearer_of, client_for, gateway_of
from flowgen_gateway.dialects.recrubo.document import Document, open_document
from flowgen_gateway.dialects.recrubo.errors import Problem, Refused, not_found
from flowgen_gateway.dialects.recrubo.refusals import missing_scope
from flowgen_gateway.dialects.recrubo.translate import canonical_id
from flowgen_gateway.errors import CoreError, Refusal
from flowgen_gateway.json_body import read_json

DEPTH = 64
_MEDIA_TYPES = ("application/vnd.api+json", "application/json")


class JudgingRoute(APIRoute):
    """A route that judges the credential before it tells what the gateway itself refused."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:  # as FastAPI types it
        """Wraps the route's handler."""
        handle = super().get_route_handler()

        async def judged(request: Request) -> Response:
            try:
                return await handle(request)
            except Refusal as refusal:
                await judge_caller(request, refusal)
                raise

        return judged


def client_of(request: Request) -> CoreClient:
    """Makes the client that calls the core with the request's credential."""
    return client_for(request, bearer_of(request.headers))


async def judge_caller(request: Request, refusal: Refusal) -> None:
    """Judges the credential, unless the core has. Raises what takes precedence over the refusal."""
    if isinstance(refusal, CoreError) or (isinstance(refusal, Refused) and refusal.judged):
        return
    caller = await client_of(request).caller()
    scope = refusal.scope if isinstance(refusal, Refused) else ""
    if scope and Scope.Value(f"SCOPE_{scope.upper()}") not in caller.scopes:
        raise Refused(missing_scope(scope), judged=True)


async def read_document(request: Request) -> Document:
    """Reads the body. Raises a refusal with 415, 413 or 400, in this order."""
    _check_media_type(request.headers.get("content-type", ""))
    limit = gateway_of(request).settings.body_limit
    return open_document(await read_json(request, limit=limit, depth=DEPTH))


def id_in(request: Request, what: str, scope: str) -> str:
    """Reads the id in the path; one that is none leads nowhere. Raises `Refused` (404)."""
    found = canonical_id(request.path_params["id"])
    if found is None:
        raise not_found(what, scope)
    return found


def _check_media_type(header: str) -> None:
    if not header or header in _MEDIA_TYPES:
        return
    message = Message()
    message["content-type"] = header
    parameters = {name.lower(): str(value).lower() for name, value in message.get_params([])[1:]}
    strange = "ext" in parameters or parameters.get("charset", "utf-8") not in ("utf-8", "utf8")
    if strange or header.partition(";")[0].strip().lower() not in _MEDIA_TYPES:
        source = {"header": "Content-Type"}
        raise Refused(Problem(415, "unsupported_media_type", f"Use {_MEDIA_TYPES[0]}.", source))
