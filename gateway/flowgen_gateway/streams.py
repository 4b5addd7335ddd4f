"""Streams that last: how they end, and that they all end when they must."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine
from contextlib import suppress
from enum import Enum, auto
from typing import Any, TypeVar

import grpc
from grpc.aio import AioRpcError

from flowgen_gateway.deps import Gateway
from flowgen_gateway.outbox import Outbox, TooSlow

Event = TypeVar("Event")
# How long a reader may take for what was said before its stream ends well.
FLUSH = 5.0
# How long a reader that was cut off may take to notice it.
PATIENCE = 10.0


class End(Enum):
    """Why a stream ends."""

    DONE = auto()  # nothing can follow
    LEFT = auto()  # the reader went away
    SLOW = auto()  # the reader did not read
    REFUSED = auto()  # its credential is no longer valid
    DRAINING = auto()  # the gateway stops
    TOO_LARGE = auto()  # the reader sent more at once than it may
    LOST = auto()  # the core stopped telling


async def follow(
    events: AsyncIterable[Event],
    outbox: Outbox,
    draw: Callable[[Event], bytes | None],
    is_last: Callable[[Event], bool],
) -> End:
    """Draws what the core tells into the outbox until it ends."""
    try:
        async for event in events:
            frame = draw(event)
            if frame is not None:
                outbox.put(frame)
            if is_last(event):
                return End.DONE
    except TooSlow:
        return End.SLOW
    except AioRpcError as error:
        # The core looks at the credential of an open stream itself, twice a second.
        return End.REFUSED if error.code() is grpc.StatusCode.UNAUTHENTICATED else End.LOST
    return End.LOST


async def drained(gateway: Gateway) -> End:
    """Waits until the gateway is to stop."""
    await gateway.draining.wait()
    return End.DRAINING


async def run_stream(
    deliver: Callable[[], Coroutine[Any, Any, None]], outbox: Outbox, *ends: Coroutine[Any, Any, End]
) -> End:
    """Delivers the outbox until the first of `ends`; what waits then still goes out if the stream ends well.

    `deliver` runs beside them: a reader that blocks it does not delay the end.
    """
    delivery = asyncio.ensure_future(deliver())
    tasks: set[asyncio.Task[End]] = {asyncio.ensure_future(end) for end in ends}
    try:
        await asyncio.wait({delivery, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        end = next((task.result() for task in tasks if task.done()), End.LEFT)
        if end in (End.DONE, End.LOST):
            outbox.close()
            await asyncio.wait({delivery}, timeout=FLUSH)
        return end
    finally:
        await _cancel(delivery, *tasks)


async def _cancel(*tasks: "asyncio.Task[Any]") -> None:
    for task in tasks:
        task.cancel()
    # What a cancelled task still says, such as that its reader has left, matters to nobody.
    await asyncio.gather(*tasks, return_exceptions=True)


async def say_goodbye(end: End, goodbye: Awaitable[None]) -> None:
    """Sends the last words of a stream, but does not wait for ever, nor for a reader that has left.

    A reader that was too slow gets them only after all that is still on the way to it.
    """
    with suppress(TimeoutError, OSError, RuntimeError):
        await asyncio.wait_for(goodbye, PATIENCE if end is End.SLOW else 1)
