"""Routes of API keys: list, make, delete."""

from starlette.requests import Request
from starlette.responses import Response

from flowgen_core.pb.v1 import project_pb2 as pb
from flowgen_gateway.deps import idempotency_key
from flowgen_gateway.dialects.flowgen.http import answer, body_of, client_of, link, query_of, replayed
from flowgen_gateway.dialects.flowgen.schemas import KeyBody, KeysQuery, without_nul
from flowgen_gateway.dialects.flowgen.translate import SCOPES, draw_key
from flowgen_gateway.pages import collect


async def list_keys(request: Request) -> Response:
    """Lists the API keys of the project, newest first, each `key` masked."""
    query, client = query_of(request, KeysQuery), client_of(request)

    async def fetch(size: int, token: str) -> tuple[list[pb.ApiKey], str]:
        wanted = pb.ListApiKeysRequest(page_size=size, page_token=token)
        page = await client.call(client.core.projects.ListApiKeys, wanted)
        return list(page.api_keys), page.next_page_token

    keys, token = await collect(fetch, query.limit, query.page_token)
    further = link(request, "next", {"limit": query.limit, "page_token": token})
    return answer([draw_key(key) for key in keys], headers={"link": further} if token else None)


async def create_key(request: Request) -> Response:
    """Makes an API key; this answer alone has it whole."""
    key, body = idempotency_key(request.headers), await body_of(request, KeyBody)
    client = client_of(request)
    wanted = pb.CreateApiKeyRequest(
        api_key=pb.ApiKey(name=body.name, scopes=[SCOPES[scope] for scope in body.scopes]), request_id=key
    )
    made, again = await client.call_once(client.core.projects.CreateApiKey, wanted)
    return answer(draw_key(made), 201, replayed(again))


async def delete_key(request: Request, key_id: str) -> Response:
    """Deletes an API key; it is refused from now on."""
    client = client_of(request)
    deleted = await client.call(
        client.core.projects.DeleteApiKey, pb.DeleteApiKeyRequest(id=without_nul(key_id))
    )
    return answer({"message": f"API key {deleted.id} deleted."})
