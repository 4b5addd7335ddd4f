"""Notices that the credential of an open stream is no longer valid."""

import asyncio
from collections import Counter

import grpc

from flowgen_gateway.core import CoreClient
from flowgen_gateway.errors import CoreError

INTERVAL = 0.5


class CallerWatch:
    """Asks the core whether credentials are still valid: once for all streams that share one."""

    def __init__(self, interval: float = INTERVAL) -> None:
        self._interval = interval
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._readers: Counter[str] = Counter()

    async def until_refused(self, client: CoreClient) -> None:
        """Waits until the core no longer knows the client's credential."""
        key = dict(client.metadata).get("authorization", "")
        if key not in self._tasks:
            self._tasks[key] = asyncio.ensure_future(self._ask(client))
        self._readers[key] += 1
        try:
            # Shielded: the question is asked for the other streams too.
            await asyncio.shield(self._tasks[key])
        finally:
            self._leave(key)

    def _leave(self, key: str) -> None:
        self._readers[key] -= 1
        if not self._readers[key]:
            del self._readers[key]
            self._tasks.pop(key).cancel()

    async def _ask(self, client: CoreClient) -> None:
        while True:
            await asyncio.sleep(self._interval)
            try:
                await client.caller()
            except CoreError as error:
                if error.code is grpc.StatusCode.UNAUTHENTICATED:
                    return
