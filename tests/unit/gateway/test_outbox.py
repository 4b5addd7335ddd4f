import asyncio

import pytest

from flowgen_gateway.outbox import Outbox, TooSlow
from flowgen_gateway.streams import End, run_stream


async def test_frames_come_in_order_and_then_nothing() -> None:
    outbox = Outbox()
    outbox.put(b"1")
    outbox.put(b"2")
    outbox.close()
    assert [await outbox.get(), await outbox.get(), await outbox.get()] == [b"1", b"2", None]


async def test_a_reader_with_more_than_the_limit_waiting_is_too_slow() -> None:
    outbox = Outbox(limit=10)
    outbox.put(b"12345")
    outbox.put(b"67890")
    with pytest.raises(TooSlow):
        outbox.put(b"x")


async def test_one_frame_may_be_larger_than_the_limit() -> None:
    outbox = Outbox(limit=10)
    outbox.put(b"x" * 11)
    assert await outbox.get() == b"x" * 11


async def test_what_was_read_counts_no_longer() -> None:
    outbox = Outbox(limit=10)
    for _ in range(5):
        outbox.put(b"1234567890")
        await outbox.get()


async def never() -> End:
    await asyncio.Event().wait()
    return End.LEFT


async def now(end: End) -> End:
    return end


async def test_a_stream_that_ends_well_delivers_what_waits() -> None:
    outbox, got = Outbox(), []

    async def deliver() -> None:
        while (frame := await outbox.get()) is not None:
            got.append(frame)

    outbox.put(b"last words")
    assert await run_stream(deliver, outbox, never(), now(End.DONE)) is End.DONE
    assert got == [b"last words"]


async def test_a_blocked_reader_does_not_delay_the_end() -> None:
    async def blocked() -> None:
        await asyncio.Event().wait()

    async with asyncio.timeout(1):
        assert await run_stream(blocked, Outbox(), never(), now(End.REFUSED)) is End.REFUSED


async def test_a_reader_that_breaks_off_has_left() -> None:
    async def broken() -> None:
        raise OSError

    assert await run_stream(broken, Outbox(), never()) is End.LEFT
