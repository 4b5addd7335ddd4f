"""Sends what actions asked to be sent, through the channel that owns its source."""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flowgen_core.api import Address, ChannelType, HttpClient
from flowgen_core.model import jsontext
from flowgen_core.model.channel import Channel
from flowgen_core.model.times import to_micros
from flowgen_core.runtime.channel_configs import ChannelConfigs
from flowgen_core.runtime.outgoing import part_in, parts_of
from flowgen_core.runtime.worker import Worker
from flowgen_core.store import channels, laters, work
from flowgen_core.store.laters import KIND, StoredLater
from flowgen_core.store.store import Store
from flowgen_core.store.tx import Tx

# A message as an action asked for it, and the part of it that goes to one destination.
MESSAGE, PART = "core.channel", "core.channel_part"
SECONDS = 60


@dataclass(frozen=True, slots=True)
class SendCall:
    """The `ChannelContext` of one try; see `flowgen_core.api`."""

    id: str
    attempt: int
    now: datetime
    http: HttpClient


class ChannelWork:
    """Looks for channels and sends through them. Without one nothing is sent."""

    def __init__(
        self,
        store: Store,
        worker: Worker,
        types: Mapping[str, ChannelType],
        http: HttpClient,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._worker, self._types, self._http = store, worker, types, http
        self._configs, self._clock = ChannelConfigs(types), clock

    async def split(self, item: StoredLater, message: Mapping[str, Any]) -> None:
        """Puts a part off for each destination, so that each is tried again alone."""
        channel = await self._owner(item.project_id, Address(**message["source"]))
        if channel is None:
            return
        parts = [
            _part(item, number, {**part, "channel_id": channel.id})
            for number, part in enumerate(parts_of(message))
        ]
        now = self._clock()
        await self._store.write(lambda tx: _split(tx, item, parts, now))
        for part in parts:
            self._worker.wake(KIND, part.id)

    async def send(self, item: StoredLater, part: Mapping[str, Any]) -> None:
        """Makes one try to send a part. Raises whatever the channel type does."""
        channel_id = part["channel_id"]
        channel = await self._store.read(lambda tx: channels.get(tx, item.project_id, channel_id))
        config = self._configs.read(channel) if channel else None
        if channel is None or config is None:
            return
        call = SendCall(item.id, item.attempt + 1, self._clock(), self._http)
        async with asyncio.timeout(SECONDS):
            await self._types[channel.type].send(call, config, part_in(part))

    async def _owner(self, project_id: str, source: Address) -> Channel | None:
        # The oldest counts where several channels own an address: a new one takes nothing away from it.
        for channel in await self._store.read(lambda tx: channels.oldest_first(tx, project_id)):
            config = self._configs.read(channel)
            if config is not None and self._types[channel.type].owns(config, source):
                return channel
        return None


def _part(item: StoredLater, number: int, data: dict[str, Any]) -> StoredLater:
    id = str(uuid.uuid5(uuid.UUID(item.id), f"part/{number}"))
    data["id"] = data["id"] or item.id
    return replace(item, id=id, action_type=PART, data=jsontext.dump(data), attempt=0)


# With the parts the message is dealt with: a crash repeats neither.
def _split(tx: Tx, item: StoredLater, parts: list[StoredLater], now: datetime) -> None:
    for part in parts:
        laters.add(tx, part, now)
        work.remind(tx, KIND, part.id, to_micros(now))
    laters.delete(tx, item.id)
    work.done(tx, KIND, item.id)
