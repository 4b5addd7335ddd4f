"""Routes of chats: list, make, read, delete, abort."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from flowgen_core.pb.v1 import chat_pb2 as pb
from flowgen_core.pb.v1.flow_pb2 import GetFlowRequest
from flowgen_core.pb.v1.options_pb2 import SCOPE_WRITE
from flowgen_gateway.core import CoreClient
from flowgen_gateway.deps import idempotency_key
from flowgen_gateway.dialects.flowgen.http import (
    answer,
    body_of,
    client_of,
    link,
    prefix_of,
    query_of,
    replayed,
    skip_body,
)
from flowgen_gateway.dialects.flowgen.refusals import no_template, refused_source, scope_missing
from flowgen_gateway.dialects.flowgen.schemas import ChatBody, ChatsQuery
from flowgen_gateway.dialects.flowgen.translate import STATES, draw_aborted, draw_chat, ref
from flowgen_gateway.errors import CoreError
from flowgen_gateway.pages import collect


async def list_chats(request: Request) -> Response:
    """Lists the chats of the project, newest first; `Link` leads on."""
    query, client = query_of(request, ChatsQuery), client_of(request)
    states = [STATES[query.status]] if query.status else []

    async def fetch(size: int, token: str) -> tuple[list[pb.Chat], str]:
        wanted = pb.ListChatsRequest(states=states, page_size=size, page_token=token)
        page = await client.call(client.core.chats.ListChats, wanted)
        return list(page.chats), page.next_page_token

    chats, token = await collect(fetch, query.limit, query.page_token)
    filters = {"status": query.status} if query.status else {}
    further = link(request, "next", {"limit": query.limit, **filters, "page_token": token})
    return answer([draw_chat(chat) for chat in chats], headers={"link": further} if token else None)


async def create_chat(request: Request) -> Response:
    """Makes a chat, `ready`; nothing of its flow runs until the first message."""
    key, body = idempotency_key(request.headers), await body_of(request, ChatBody)
    client = client_of(request)
    if body.from_type == "template":
        await _check_template(client, body.flow_id)
    metadata = orjson.dumps({"from_type": body.from_type}).decode()
    chat = pb.Chat(name=body.name, flow_id=body.flow_id, metadata_json=metadata)
    try:
        wanted = pb.CreateChatRequest(chat=chat, request_id=key)
        made, again = await client.call_once(client.core.chats.CreateChat, wanted)
    except CoreError as error:
        raise refused_source(error, body.from_type) from None
    headers = {"location": f"{prefix_of(request)}/chats/{made.id}", **replayed(again)}
    return answer(draw_chat(made), 201, headers)


async def get_chat(request: Request, chat_id: str) -> Response:
    """Reads a chat; made for polling."""
    client = client_of(request)
    return answer(
        draw_chat(await client.call(client.core.chats.GetChat, pb.GetChatRequest(chat=ref(chat_id))))
    )


async def delete_chat(request: Request, chat_id: str) -> Response:
    """Stops and deletes a chat with all that it holds."""
    client = client_of(request)
    await client.call(client.core.chats.DeleteChat, pb.DeleteChatRequest(chat=ref(chat_id)))
    return Response(status_code=204)


async def abort_chat(request: Request, chat_id: str) -> Response:
    """Stops what the chat does, drops what is queued, and makes it `ready`; harmless to repeat."""
    await skip_body(request)
    client = client_of(request)
    done = await client.call(client.core.chats.AbortChat, pb.AbortChatRequest(chat=ref(chat_id)))
    return answer(draw_aborted(done.chat, done.aborted))


async def _check_template(client: CoreClient, flow_id: str) -> None:
    try:
        flow = await client.call(client.core.flows.GetFlow, GetFlowRequest(id=flow_id))
    except CoreError as error:
        if error.reason != "FLOW_NOT_FOUND":
            raise
    else:
        if orjson.loads(flow.properties_json or "{}").get("template") is True:
            return
    # Reading the flow took another scope than making the chat, which is judged before what is found.
    if SCOPE_WRITE not in (await client.caller()).scopes:
        raise scope_missing("write")
    raise no_template()
