"""Deletes what was hidden, and what is too old to be needed."""

from collections.abc import Callable
from datetime import datetime, timedelta

from flowgen_core.model.times import to_micros
from flowgen_core.store import requests, work
from flowgen_core.store.purge import page_of_chat
from flowgen_core.store.store import Store
from flowgen_core.store.tx import Tx

CHAT = "purge"
REQUESTS = "purge_requests"
# Watchers get to see that a chat was deleted before its events are gone.
LATER = timedelta(minutes=1)
HOURLY = timedelta(hours=1)


class Purge:
    """The work of the kinds `purge` and `purge_requests`."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    async def chat(self, chat_id: str) -> None:
        """Deletes all that a deleted chat held, then the chat."""
        while await self._store.write(lambda tx: page_of_chat(tx, chat_id)):
            pass
        await self._store.write(lambda tx: work.done(tx, CHAT, chat_id))

    async def requests(self, key: str) -> None:
        """Forgets request ids that are older than a day, and comes again in an hour."""
        now = self._clock()
        while await self._store.write(lambda tx: requests.forget(tx, to_micros(now))):
            pass
        await self._store.write(lambda tx: work.remind(tx, REQUESTS, key, to_micros(now + HOURLY)))

    def schedule(self, tx: Tx) -> None:
        """Makes sure that old request ids are looked at."""
        work.hasten(tx, REQUESTS, "all", to_micros(self._clock() + HOURLY))
