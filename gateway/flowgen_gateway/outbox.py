"""What waits to be sent to one reader: bounded, so that a reader who does not read costs no memory."""

import asyncio
from collections import deque

MAX_WAITING = 2**20


class TooSlow(Exception):
    """More waits for the reader than may; it is to be cut off, and comes back with its last number."""


class Outbox:
    """Frames in order, at most 1 MiB of them; a single frame may be larger."""

    def __init__(self, limit: int = MAX_WAITING) -> None:
        self._frames: deque[bytes] = deque()
        self._waiting, self._limit = 0, limit
        self._changed = asyncio.Event()
        self._closed = False

    def put(self, frame: bytes) -> None:
        """Adds a frame. Raises TooSlow."""
        if self._frames and self._waiting + len(frame) > self._limit:
            self._frames.clear()
            raise TooSlow
        self._frames.append(frame)
        self._waiting += len(frame)
        self._changed.set()

    def close(self) -> None:
        """Says that no frame follows."""
        self._closed = True
        self._changed.set()

    async def get(self) -> bytes | None:
        """Takes the next frame, once there is one; None after the last."""
        while not self._frames and not self._closed:
            self._changed.clear()
            await self._changed.wait()
        if not self._frames:
            return None
        frame = self._frames.popleft()
        self._waiting -= len(frame)
        return frame
