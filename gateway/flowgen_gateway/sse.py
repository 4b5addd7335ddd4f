"""Server-sent events: their text form, and an answer that streams them."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from flowgen_gateway.outbox import Outbox
from flowgen_gateway.streams import End, run_stream, say_goodbye

PING_EVERY = 15.0
_PING = b": ping\n\n"
_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


def sse_frame(data: bytes, *, event: str, id: int | str | None) -> bytes:
    """Makes the text of one event; `data` must be one line."""
    head = b"" if id is None else f"id: {id}\n".encode()
    return head + b"event: %s\ndata: %s\n\n" % (event.encode(), data)


class EventStream(Response):
    """Streams the frames of an outbox until one of `ends`; a silent one has a comment every 15 seconds.

    With `retry_ms` it begins by saying how soon a reader whose stream broke should come back.
    """

    media_type = "text/event-stream"

    def __init__(self, outbox: Outbox, *ends: Coroutine[Any, Any, End], retry_ms: int | None = None) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._outbox, self._ends = outbox, ends
        self._head = b"" if retry_ms is None else b"retry: %d\n\n" % retry_ms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the stream."""

        async def deliver() -> None:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            frame: bytes | None = self._head
            while frame is not None:
                await send({"type": "http.response.body", "body": frame, "more_body": True})
                frame = await self._next()

        end = await run_stream(deliver, self._outbox, *self._ends, _left(receive))
        await say_goodbye(end, send({"type": "http.response.body", "body": b"", "more_body": False}))

    async def _next(self) -> bytes | None:
        try:
            return await asyncio.wait_for(self._outbox.get(), PING_EVERY)
        except TimeoutError:
            return _PING


async def _left(receive: Receive) -> End:
    while (await receive())["type"] != "http.disconnect":
        pass
    return End.LEFT
