"""Routes of what happens in a chat: server-sent events and the socket."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from flowgen_gateway.deps import gateway_of
from flowgen_gateway.dialects.flowgen.documented import LAST_EVENT_ID, documented
from flowgen_gateway.dialects.flowgen.http import client_of, query_of
from flowgen_gateway.dialects.flowgen.schemas import WatchQuery, read_resume_header
from flowgen_gateway.dialects.flowgen.session import serve_socket
from flowgen_gateway.dialects.flowgen.watch import draw_sse, open_watch, tell
from flowgen_gateway.outbox import Outbox
from flowgen_gateway.sse import EventStream
from flowgen_gateway.streams import drained

router = APIRouter(tags=["events"])
_RETRY_MS = 2_000


@router.get(
    "/chats/{chat_id}/events",
    **documented(
        answer=None, query=WatchQuery, headers=(LAST_EVENT_ID,), errors=(404,), stream="text/event-stream"
    ),
)
async def watch_chat(request: Request, chat_id: str) -> Response:
    """Streams what happens in a chat, from now on or after a `seq`; the first event is `hello`."""
    last = read_resume_header(request.headers.get("last-event-id"))
    after = query_of(request, WatchQuery).after if last is None else last
    watch = await open_watch(client_of(request), chat_id, after)
    outbox = Outbox()
    return EventStream(
        outbox,
        tell(watch, outbox, draw_sse),
        drained(gateway_of(request)),
        retry_ms=_RETRY_MS,
    )


@router.websocket("/chats/{chat_id}/ws")
async def chat_socket(websocket: WebSocket, chat_id: str) -> None:
    """Tells what happens in a chat, and takes messages, input and aborts."""
    await serve_socket(websocket, chat_id)
