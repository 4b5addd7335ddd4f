"""What the handlers of this API share: the credential, the body, the id in the path, the answer."""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import TypeVar

import orjson
from grpc import StatusCode
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from flowgen_core.pb.v1.options_pb2 import Scope
from flowgen_gateway.core import CoreClient
from flowgen_gateway.deps import bearer_of, client_for, gateway_of
from flowgen_gateway.dialects.voipbin import ids
from flowgen_gateway.dialects.voipbin.errors import Detail, bad_body, bad_id, missing_scope
from flowgen_gateway.dialects.voipbin.schemas import Body
from flowgen_gateway.dialects.voipbin.translate import Drawn
from flowgen_gateway.errors import CoreError, Refusal
from flowgen_gateway.json_body import parse_json, read_body

MAX_DEPTH = 64
_PARAMETERS = ("accesskey", "token")
# What the core may say to a question that was asked before the call that needs the request's own scope.
_EARLY = (StatusCode.INVALID_ARGUMENT, StatusCode.NOT_FOUND, StatusCode.PERMISSION_DENIED)
Model = TypeVar("Model", bound=Body)
Handler = Callable[..., Awaitable[Response]]


def judged(handler: Handler) -> Handler:
    """Makes a handler judge the credential and its scope before it tells any other refusal."""

    @wraps(handler)
    async def judge(request: Request, **path: str) -> Response:
        try:
            return await handler(request, **path)
        except Refusal as refusal:
            await _judge_caller(request, refusal)
            raise

    return judge


def client_of(request: Request) -> CoreClient:
    """Makes the client for the credential of a request. Raises CoreError for one that cannot be passed on."""
    return client_for(request, credential_of(request))


def credential_of(request: Request) -> str | None:
    """Finds the credential: a bearer, else `X-API-KEY`, else `accesskey` or `token` in the query."""
    found = [bearer_of(request.headers), request.headers.get("x-api-key")]
    found += [request.query_params.get(name) for name in _PARAMETERS]
    return next(filter(None, found), None)


async def body_of(request: Request, model: type[Model], *, may_be_empty: bool = False) -> Model:
    """Reads a body. Raises BodyTooLarge, BadJson and Refused."""
    raw = await read_body(request, limit_of(request))
    if may_be_empty and not raw:
        return model()
    try:
        return model.model_validate(parse_json(raw, depth=MAX_DEPTH))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise bad_body([Detail(_path(each["loc"]), each["msg"]) for each in found if each["loc"]]) from None


async def skip_body(request: Request) -> None:
    """Reads a body that nobody needs. Raises BodyTooLarge."""
    await read_body(request, limit_of(request))


def limit_of(request: Request) -> int:
    """Tells how many bytes a body may have: this API takes twice as much as the others."""
    return 2 * gateway_of(request).settings.body_limit


def id_in(text: str) -> str:
    """Reads an id in the path. Raises Refused."""
    found = ids.canonical_id(text)
    if found is None or found == ids.NIL:
        raise bad_id()
    return found


def answer(body: Drawn, headers: Mapping[str, str] | None = None) -> Response:
    """Makes an answer."""
    kind = {"content-type": "application/json; charset=utf-8"}
    return Response(orjson.dumps(body), headers=kind | dict(headers or {}))


def replayed(is_replay: bool) -> dict[str, str]:
    """Makes the header of an answer to a repetition."""
    return {"Idempotency-Replayed": "true"} if is_replay else {}


async def _judge_caller(request: Request, refusal: Refusal) -> None:
    reads = request.method == "GET"
    if isinstance(refusal, CoreError) and (reads or refusal.code not in _EARLY):
        return
    scope = "read" if reads else "write"
    if Scope.Value(f"SCOPE_{scope.upper()}") not in (await client_of(request).caller()).scopes:
        raise missing_scope(scope)


def _path(loc: tuple[int | str, ...]) -> str:
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc]
    return "".join(steps).removeprefix(".")
