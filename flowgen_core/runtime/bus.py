"""The bus says that something changed; what changed is read from the store. A lost wake-up changes nothing."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

TOKENS = 1000
# A watcher looks by itself after this many seconds, should a wake-up be lost.
LOOK = 1.0


class Subscription:
    """One watcher of a stream."""

    def __init__(self, closed: asyncio.Event) -> None:
        self._closed = closed
        self._woken = False
        self._sleep: asyncio.Future[None] | None = None
        self.tokens: list[tuple[str, str]] = []

    def wake(self) -> None:
        """Ends the present `wait`, or the next one at once."""
        self._woken = True
        if self._sleep is not None and not self._sleep.done():
            self._sleep.set_result(None)

    def show(self, sender: str, text: str) -> None:
        """Hands over text that is being written; a watcher that does not read loses it."""
        if len(self.tokens) < TOKENS:
            self.tokens.append((sender, text))
        self.wake()

    async def wait(self, seconds: float = LOOK) -> None:
        """Sleeps until something changed, or `seconds` have passed."""
        if not (self._woken or self._closed.is_set()):
            loop = asyncio.get_running_loop()
            self._sleep = loop.create_future()
            # A task for every wait, as `asyncio.wait_for` makes one, would cost more than the wait.
            timer = loop.call_later(min(seconds, LOOK), self.wake)
            try:
                await self._sleep
            finally:
                timer.cancel()
        self._woken = False

    @property
    def closed(self) -> bool:
        """Tells whether the server drains: answer with what there is."""
        return self._closed.is_set()


class Bus:
    """Wakes the watchers of streams inside this process."""

    def __init__(self) -> None:
        self._watchers: defaultdict[str, set[Subscription]] = defaultdict(set)
        self._closed = asyncio.Event()

    @contextmanager
    def subscribe(self, stream: str) -> Iterator[Subscription]:
        """Watches a stream for the length of a `with` block. Subscribe first, then read."""
        subscription = Subscription(self._closed)
        self._watchers[stream].add(subscription)
        try:
            yield subscription
        finally:
            self._watchers[stream].discard(subscription)
            if not self._watchers[stream]:
                del self._watchers[stream]

    def publish(self, stream: str) -> None:
        """Wakes those who watch a stream."""
        for watcher in tuple(self._watchers.get(stream, ())):
            watcher.wake()

    def token(self, stream: str, sender: str, text: str) -> None:
        """Shows text that is being written to those who watch a stream."""
        for watcher in tuple(self._watchers.get(stream, ())):
            watcher.show(sender, text)

    def close(self) -> None:
        """Wakes everybody for the last time: the server drains."""
        self._closed.set()
        for stream in tuple(self._watchers):
            self.publish(stream)
