"""What the worker does with work that was left, broken off or cannot be noted."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import apsw
import pytest

from flowgen_core.model.times import to_micros
from flowgen_core.runtime.worker import Worker
from flowgen_core.store import work
from flowgen_core.store.store import Store
from tests.reliability.sick_disk import sick_disk

pytestmark = pytest.mark.timeout(20)
NOW = datetime(2024, 1, 8, tzinfo=UTC)
KIND = "turn"


class Life:
    """The workers of one process after another, on the same store."""

    def __init__(self, store):
        self.store, self.looked, self.given_up = store, [], []
        self.go_on = asyncio.Event()

    async def start(self):
        worker = Worker(self.store, lambda: NOW)
        worker.handle(KIND, self.look, self.give_up)
        await worker.start()
        return worker

    async def look(self, key):
        self.looked.append(key)
        if key == "slow":
            await self.go_on.wait()
        await self.store.write(lambda tx: work.done(tx, KIND, key))

    async def give_up(self, key):
        self.given_up.append(key)
        await self.store.write(lambda tx: work.done(tx, KIND, key))

    async def remind(self, *keys, attempts=0):
        for key in keys:
            await self.store.write(lambda tx, key=key: work.remind(tx, KIND, key, to_micros(NOW)))
            for _ in range(attempts):
                await self.store.write(lambda tx, key=key: work.note_attempt(tx, KIND, key))

    async def attempts(self):
        due = await self.store.read(lambda tx: work.due(tx, to_micros(NOW)))
        return {item.key: item.attempts for item in due}

    async def seen(self, true):
        async with asyncio.timeout(5):
            while not true():
                await asyncio.sleep(0.01)


@asynccontextmanager
async def life_in(folder):
    store = Store(folder)
    store.open()
    try:
        yield Life(store)
    finally:
        await asyncio.to_thread(store.close)


async def test_work_that_is_broken_off_before_it_began_is_looked_at_again(tmp_path):
    async with life_in(tmp_path) as life:
        worker = await life.start()
        worker.wake(KIND, "a")
        worker.cancel(KIND, "a")
        await life.seen(lambda: life.looked == ["a"])
        await asyncio.sleep(0)
        worker.wake(KIND, "a")
        await life.seen(lambda: life.looked == ["a", "a"])
        await worker.stop()


async def test_work_that_is_woken_while_it_ends_is_looked_at_again(tmp_path):
    async with life_in(tmp_path) as life:
        worker = await life.start()
        for number in range(1, 20):
            worker.wake(KIND, "a")
            await life.seen(lambda number=number: len(life.looked) >= number)
        await worker.stop()


async def test_a_polite_stop_is_no_attempt_that_ended_the_process(tmp_path):
    async with life_in(tmp_path) as life:
        await life.remind("slow")
        for starts in range(1, 7):
            worker = await life.start()
            await life.seen(lambda starts=starts: len(life.looked) == starts)
            await worker.stop()
            assert await life.attempts() == {"slow": 0}
        assert life.given_up == []


async def test_work_that_ended_three_starts_is_given_up_at_the_fourth(tmp_path):
    async with life_in(tmp_path) as life:
        await life.remind("poison", attempts=3)
        await life.remind("other", attempts=2)
        worker = await life.start()
        await life.seen(lambda: life.looked == ["other"] and life.given_up == ["poison"])
        await worker.stop()


async def test_work_that_was_left_and_takes_long_holds_up_nothing_that_falls_due(tmp_path):
    async with life_in(tmp_path) as life:
        await life.remind("slow", attempts=1)
        worker = await life.start()
        await life.seen(lambda: life.looked == ["slow"])
        await life.remind("timer")
        worker.poke()
        await life.seen(lambda: life.looked == ["slow", "timer"])
        await worker.stop()


async def test_a_disk_that_fails_at_the_start_does_not_stop_the_clock(tmp_path):
    with sick_disk() as disk:
        async with life_in(tmp_path) as life:
            await life.remind("a", "b")
            disk.fail_writes(apsw.IOError)
            worker = await life.start()
            await asyncio.sleep(0.05)
            disk.heal()
            await life.remind("c")
            await life.seen(lambda: {"a", "b", "c"} <= set(life.looked))
            await worker.stop()
            assert await life.attempts() == {}
