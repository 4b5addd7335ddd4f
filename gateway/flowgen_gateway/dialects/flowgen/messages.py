"""Routes of messages: send, answer, list."""

from collections.abc import Mapping

import orjson
from starlette.requests import Request
from starlette.responses import Response

from flowgen_core.pb.v1 import chat_pb2 as pb
from flowgen_gateway.core import CoreClient
from flowgen_gateway.deps import idempotency_key
from flowgen_gateway.dialects.flowgen.http import answer, body_of, client_of, link, query_of, replayed
from flowgen_gateway.dialects.flowgen.schemas import InputBody, MessageBody, MessagesQuery, SendQuery
from flowgen_gateway.dialects.flowgen.translate import draw_message, draw_sent, duration, in_order, ref
from flowgen_gateway.pages import collect


async def post_message(request: Request, chat_id: str) -> Response:
    """Stores a message for the chat to deal with; with `wait` the answer brings what was said in return."""
    query, key = query_of(request, SendQuery), idempotency_key(request.headers)
    body = await body_of(request, MessageBody)
    sent, again = await send_message(client_of(request), chat_id, body, key, query.wait)
    return answer(draw_sent(sent), headers=replayed(again))


async def post_input(request: Request, chat_id: str) -> Response:
    """Answers what the chat asks; refused, and nothing stored, unless it is `wait_for_human_input`."""
    query, key = query_of(request, SendQuery), idempotency_key(request.headers)
    body = await body_of(request, InputBody)
    sent, again = await provide_input(client_of(request), chat_id, body, key, query.wait)
    return answer(draw_sent(sent), headers=replayed(again))


async def list_messages(request: Request, chat_id: str) -> Response:
    """Lists messages in the order in which they were said: the newest, or those after or before a `seq`."""
    query, client = query_of(request, MessagesQuery), client_of(request)
    wanted = pb.ListMessagesRequest(
        chat=ref(chat_id),
        after_seq=query.after,
        before_seq=query.before,
        without_internal=not query.internal,
    )
    rows, token = await _fetch(client, wanted, query.limit)
    messages = rows if query.after is not None else in_order(rows)
    links = await _links(request, client, wanted, messages, more=bool(token), limit=query.limit)
    return answer([draw_message(row) for row in messages], headers={"link": links} if links else None)


async def send_message(
    client: CoreClient, chat_id: str, body: MessageBody, key: str, wait: float = 0
) -> tuple[pb.SendMessageResponse, bool]:
    """Sends a message; tells also whether it is a replay. Raises CoreError."""
    wanted = pb.SendMessageRequest(
        chat=ref(chat_id),
        author=pb.AUTHOR_USER,
        text=body.message,
        sender=body.sender or "",
        metadata_json=_metadata(body),
        wait=duration(wait) if wait else None,
        request_id=key,
    )
    return await client.call_once(client.core.chats.SendMessage, wanted, wait=wait)


async def provide_input(
    client: CoreClient, chat_id: str, body: InputBody, key: str, wait: float = 0
) -> tuple[pb.SendMessageResponse, bool]:
    """Answers what the chat asks; tells also whether it is a replay. Raises CoreError."""
    wanted = pb.ProvideInputRequest(
        chat=ref(chat_id),
        text=body.message,
        sender=body.sender or "",
        metadata_json=_metadata(body),
        wait=duration(wait) if wait else None,
        request_id=key,
    )
    return await client.call_once(client.core.chats.ProvideInput, wanted, wait=wait)


def _metadata(body: MessageBody) -> str:
    return orjson.dumps(body.metadata).decode() if body.metadata else ""


async def _fetch(
    client: CoreClient, wanted: pb.ListMessagesRequest, limit: int
) -> tuple[list[pb.Message], str]:
    async def fetch(size: int, token: str) -> tuple[list[pb.Message], str]:
        wanted.page_size, wanted.page_token = size, token
        page = await client.call(client.core.chats.ListMessages, wanted)
        return list(page.messages), page.next_page_token

    return await collect(fetch, limit, wanted.page_token)


async def _links(
    request: Request,
    client: CoreClient,
    wanted: pb.ListMessagesRequest,
    messages: list[pb.Message],
    *,
    more: bool,
    limit: int,
) -> str:
    """Makes the `Link` header of a page: `next` and `prev`, each where there are more messages."""
    if not messages:
        return ""
    first, last = messages[0].seq, messages[-1].seq
    if wanted.HasField("after_seq"):
        has_next, has_prev = more, wanted.after_seq > 0 and await _any(client, wanted, before=first)
    else:
        has_next, has_prev = wanted.HasField("before_seq") and await _any(client, wanted, after=last), more
    shared: Mapping[str, object] = {
        "limit": limit,
        **({"internal": "false"} if wanted.without_internal else {}),
    }
    links = [link(request, "next", {**shared, "after": last})] if has_next else []
    links += [link(request, "prev", {**shared, "before": first})] if has_prev else []
    return ", ".join(links)


async def _any(
    client: CoreClient,
    like: pb.ListMessagesRequest,
    *,
    after: int | None = None,
    before: int | None = None,
) -> bool:
    wanted = pb.ListMessagesRequest(
        chat=like.chat,
        after_seq=after,
        before_seq=before,
        without_internal=like.without_internal,
        page_size=1,
    )
    return bool((await client.call(client.core.chats.ListMessages, wanted)).messages)
