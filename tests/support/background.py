"""Servers of asyncio for any test, sync or async: each runs in a thread with a loop of its own."""

import asyncio
import threading
from types import TracebackType
from typing import Self

SECONDS = 10


class Background:
    """Runs `serve` from `with` to its end. A subclass sets its address in `serve` and then calls `ready`."""

    def __enter__(self) -> Self:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        assert self._ready.wait(SECONDS), f"{type(self).__name__} did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(SECONDS)
        assert not self._thread.is_alive(), f"{type(self).__name__} did not stop"

    async def serve(self, stop: asyncio.Event) -> None:
        """Serves until `stop` is set."""
        raise NotImplementedError

    def ready(self) -> None:
        """Lets the test begin."""
        self._ready.set()

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self.serve(self._stop)
