"""Routes of what happens in a chat: server-sent events and the socket."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from flowgen_gateway.deps import gateway_of
from flowgen_gateway.dialects.flowgen.http import client_of, query_of
from flowgen_gateway.dialects.flowgen.reading import read_resume_header
from flowgen_gateway.dialects.flowgen.schemas import WatchQuery
from flowgen_gateway.dialects.flowgen.session import serve_socket
from flowgen_gateway.dialects.flowgen.watch import draw_sse, open_watch, tell
from flowgen_gateway.outbox import Outbox
from flowgen_gateway.sse import EventStream
from flowgen_gateway.streams import drained

_RETRY_MS = 2_000


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


async def chat_socket(websocket: WebSocket, chat_id: str) -> None:
    """Tells what happens in a chat, and takes messages, input and aborts."""
    await serve_socket(websocket, chat_id)
