"""Does what is due: one task at a time for each key, woken at once or found in the store."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from flowgen_core.model.times import to_micros
from flowgen_core.store import work
from flowgen_core.store.store import Store

log = structlog.get_logger(__name__)

LOOK = 1.0
ATTEMPTS = 3
# Looks at a key until nothing is left to do now.
Handler = Callable[[str], Awaitable[None]]
# Gives up on a key whose work has ended the process too often.
GiveUp = Callable[[str], Awaitable[None]]


class Worker:
    """The tasks of this process. No claim is written: one core owns the file."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._handlers: dict[str, tuple[Handler, GiveUp | None]] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._again: set[tuple[str, str]] = set()
        # What an earlier process left and nobody has taken up yet.
        self._left: set[tuple[str, str]] = set()
        self._poke = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []
        self._stopping = False

    def handle(self, kind: str, handler: Handler, give_up: GiveUp | None = None) -> None:
        """Names who looks at work of a kind."""
        self._handlers[kind] = (handler, give_up)

    async def start(self) -> None:
        """Takes up what an earlier process left, then whatever comes due."""
        left = await self._store.read(lambda tx: work.due(tx, to_micros(self._clock())))
        self._left = {(item.kind, item.key) for item in left}
        self._loops = [asyncio.create_task(self._recover(left)), asyncio.create_task(self._look())]

    def wake(self, kind: str, key: str) -> None:
        """Looks at a key at once; once more when it is being looked at now."""
        name = (kind, key)
        if name in self._tasks:
            self._again.add(name)
        elif not self._stopping:
            task = self._tasks[name] = asyncio.create_task(self._work(name))
            # Not at the end of `_work`: a task that is cancelled before its first step never gets there.
            task.add_done_callback(lambda _: self._ended(name))

    def poke(self) -> None:
        """Has the clock looked at again: something falls due earlier than was known."""
        self._poke.set()

    def cancel(self, kind: str, key: str) -> None:
        """Breaks off what is being computed for a key, then looks again."""
        task = self._tasks.get((kind, key))
        if task is not None:
            self._again.add((kind, key))
            task.cancel()

    async def stop(self) -> None:
        """Ends all tasks; what is unfinished stays in the store, and nobody holds this end against it."""
        self._stopping = True
        broken_off = tuple(self._tasks)
        tasks = [*self._tasks.values(), *self._loops]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await self._store.write(lambda tx: work.take_back_attempts(tx, broken_off))
        except Exception:
            log.exception("attempts_not_taken_back")

    async def idle(self) -> None:
        """Waits until nothing is being worked on."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks.values()), timeout=0.05)

    async def _recover(self, left: list[work.Work]) -> None:
        # Whatever ended the last process is among these. The first time they go side by side, then one by one,
        # so that a turn that kills the process is counted alone.
        for item in (item for item in left if item.attempts):
            await self._retry(item)
        await asyncio.gather(*(self._retry(item) for item in left if not item.attempts))

    async def _retry(self, item: work.Work) -> None:
        name = (item.kind, item.key)
        try:
            await self._take_up(item, name)
        except Exception:
            log.exception("work_failed", kind=item.kind, key=item.key)
        finally:
            self._left.discard(name)

    async def _take_up(self, item: work.Work, name: tuple[str, str]) -> None:
        handler = self._handlers.get(item.kind)
        if handler is None or name in self._tasks:
            return
        give_up = handler[1]
        if give_up is not None and item.attempts >= ATTEMPTS:
            await give_up(item.key)
            return
        await self._store.write(lambda tx: work.note_attempt(tx, *name))
        self.wake(*name)
        if (task := self._tasks.get(name)) is not None:
            await asyncio.wait([task])

    async def _look(self) -> None:
        while True:
            self._poke.clear()
            try:
                wait = await self._start_due()
            except Exception:
                log.exception("work_not_read")
                wait = LOOK
            try:
                await asyncio.wait_for(self._poke.wait(), wait)
            except TimeoutError:
                continue

    async def _start_due(self) -> float:
        now = to_micros(self._clock())
        due, later = await self._store.read(lambda tx: (work.due(tx, now), work.next_due(tx, now)))
        for item in due:
            name = (item.kind, item.key)
            if item.kind in self._handlers and name not in self._tasks and name not in self._left:
                self.wake(*name)
        return LOOK if later is None else min(LOOK, max(0.001, (later - now) / 1e6))

    async def _work(self, name: tuple[str, str]) -> None:
        kind, key = name
        try:
            await self._handlers[kind][0](key)
        except asyncio.CancelledError:
            if self._stopping:
                raise
        except Exception:
            log.exception("work_failed", kind=kind, key=key)

    def _ended(self, name: tuple[str, str]) -> None:
        del self._tasks[name]
        if name in self._again:
            self._again.discard(name)
            self.wake(*name)
