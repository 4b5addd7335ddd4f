"""The bus says that something changed; what changed is read from the store. A lost wake-up changes nothing."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

TOKENS = 1000
# A watcher looks by itself after this many seconds, should a wake-up be lost.
LOOK = 1.0


class Subscription:
    """One watcher of a stream."""

    def __init__(self, closed: asyncio.Event) -> None:
        self._event = asyncio.Event()
        self._closed = closed
        self.tokens: list[tuple[str, str]] = []

    def wake(self) -> None:
        """Ends the present `wait`."""
        self._event.set()

    def show(self, sender: str, text: str) -> None:
        """Hands over text that is being written; a watcher that does not read loses it."""
        if len(self.tokens) < TOKENS:
            self.tokens.append((sender, text))
        self._event.set()

    async def wait(self, seconds: float = LOOK) -> None:
        """Sleeps until something changed, or `seconds` have passed."""
        if not self._closed.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._event.wait(), min(seconds, LOOK))
        self._event.clear()

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
