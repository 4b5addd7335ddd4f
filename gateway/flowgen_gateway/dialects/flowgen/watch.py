"""Watches of chats, opened and drawn."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
from grpc.aio import AioRpcError, UnaryStreamCall, UsageError

from flowgen_core.pb.v1 import chat_pb2 as pb
from flowgen_gateway.core import DEADLINE, CoreClient
from flowgen_gateway.dialects.flowgen.translate import Drawn, draw_event, ref
from flowgen_gateway.errors import core_error, unavailable
from flowgen_gateway.outbox import Outbox
from flowgen_gateway.sse import sse_frame
from flowgen_gateway.streams import End, follow

WatchCall = UnaryStreamCall[pb.WatchChatRequest, pb.ChatEvent]


class Watch:
    """What happens in a chat, from the `hello` on."""

    def __init__(self, call: WatchCall, first: pb.ChatEvent) -> None:
        self._call, self._first = call, first

    async def __aiter__(self) -> AsyncIterator[pb.ChatEvent]:
        event: Any = self._first  # Any: an event, or grpc's mark of the end
        while isinstance(event, pb.ChatEvent):
            yield event
            event = await self._call.read()

    def close(self) -> None:
        """Stops watching."""
        self._call.cancel()


async def open_watch(client: CoreClient, chat_id: str, after: int | None) -> Watch:
    """Opens a watch, and waits for its first event so that a refusal is known before anything is sent.

    Raises CoreError.
    """
    wanted = pb.WatchChatRequest(chat=ref(chat_id), after_seq=after)
    try:
        call = client.core.chats.WatchChat(wanted, metadata=client.metadata)
        first: Any = await asyncio.wait_for(call.read(), DEADLINE)  # Any: as above
    except AioRpcError as error:
        raise core_error(error) from None
    except (TimeoutError, UsageError):
        raise unavailable() from None
    if not isinstance(first, pb.ChatEvent):
        raise unavailable()
    return Watch(call, first)


async def tell(watch: Watch, outbox: Outbox, draw: Callable[[pb.ChatEvent], bytes | None]) -> End:
    """Draws what happens into the outbox until it ends."""
    try:
        return await follow(aiter(watch), outbox, draw, _is_last)
    finally:
        watch.close()


def _is_last(event: pb.ChatEvent) -> bool:
    return event.type == "chat.deleted"


def draw_sse(event: pb.ChatEvent) -> bytes | None:
    """Draws an event as a server-sent event; None for one that this API does not show."""
    drawn = draw_event(event)
    if drawn is None:
        return None
    return sse_frame(orjson.dumps(drawn), event=drawn["type"], id=drawn["seq"])


def draw_socket(event: pb.ChatEvent) -> bytes | None:
    """Draws an event as the text of a socket's frame; None for one that this API does not show."""
    drawn: Drawn | None = draw_event(event)
    return None if drawn is None else orjson.dumps(drawn)
