"""What the handlers of this API share: who calls, bodies, headers, answers."""

import re
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from flowgen_core.pb.v1.options_pb2 import Scope
from flowgen_core.pb.v1.project_pb2 import Project
from flowgen_gateway.core import CoreClient
from flowgen_gateway.deps import client_for, gateway_of
from flowgen_gateway.dialects.botdojo.refusals import missing_scope, not_found
from flowgen_gateway.errors import BadFields, BadHeader
from flowgen_gateway.json_body import read_json

MAX_DEPTH = 32
_EVENT_ID = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[0-9a-z]{1,20}\.[0-9]{1,15}")
Model = TypeVar("Model", bound=BaseModel)
Json = Any  # whatever was sent, or goes out, as JSON


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that may do what it asks for, in the project that its path names."""

    client: CoreClient
    project: Project


async def enter(request: Request, account_id: str, project_id: str, scope: "Scope.ValueType") -> Visit:
    """Judges the credential, its scope and the path, in this order. Raises CoreError and Refused."""
    client = client_for(request, credential_of(request.headers))
    caller = await client.caller()
    if scope not in caller.scopes:
        raise missing_scope(Scope.Name(scope).removeprefix("SCOPE_").lower())
    # Real clients and the API's own documentation differ in which of the two ids stands where.
    if not all(_names(text, caller.project) for text in (account_id, project_id)):
        raise not_found("PROJECT_NOT_FOUND")
    return Visit(client, caller.project)


def _names(text: str, project: Project) -> bool:
    return text == project.account_id or text.lower() == project.id


def credential_of(headers: Headers) -> str | None:
    """Reads the credential: an `X-API-Key`, even a bad one, goes before `Authorization`, bare or as a bearer."""
    key = headers.get("x-api-key")
    if key is not None:
        return key.strip()
    parts = headers.get("authorization", "").split(maxsplit=1)
    if len(parts) == 2:
        return parts[1].strip() if parts[0].lower() == "bearer" else None
    return parts[0] if parts else None


async def read_body(request: Request, model: type[Model]) -> tuple[Model, Json]:
    """Reads and judges a body; gives it also as it was sent. Raises BodyTooLarge, BadJson and BadFields."""
    sent = await read_json(request, limit=gateway_of(request).settings.body_limit, depth=MAX_DEPTH)
    try:
        return model.model_validate(sent), sent
    except ValidationError as error:
        raise BadFields([dict(each) for each in error.errors(include_url=False)]) from None


def last_event_of(headers: Headers) -> tuple[str, str] | None:
    """Reads `Last-Event-ID`: its run and itself; None where there is none. Raises BadHeader."""
    text = headers.get("last-event-id")
    if not text:
        return None
    match = _EVENT_ID.fullmatch(text)
    if match is None:
        raise BadHeader("last-event-id", "string_pattern_mismatch", "It must be the `id` of an event.")
    return match.group(1), text


def known(text: str) -> str:
    """Makes an id from a path one that the core takes: U+0000 is in none, so its place does not matter."""
    return text.replace("\0", "\ufffd").lower()


def answer(body: Json, *, again: bool = False) -> Response:
    """Makes an answer; `again` says that it repeats an earlier one."""
    headers = {"idempotency-replayed": "true"} if again else {}
    return Response(orjson.dumps(body), 200, headers, media_type="application/json")
