"""Channels of a project: made, read, listed, changed and deleted by its callers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from flowgen_core.model.channel import Channel
from flowgen_core.model.errors import FlowGenError, Reason, Violation, invalid
from flowgen_core.model.project import Caller
from flowgen_core.model.times import to_micros
from flowgen_core.runtime.channel_configs import ChannelConfigs, refuse
from flowgen_core.runtime.once import Done
from flowgen_core.store import channels, requests
from flowgen_core.store.paging import Listing, Page
from flowgen_core.store.requests import Once
from flowgen_core.store.store import Store
from flowgen_core.store.tx import Tx

LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class ChannelDraft:
    """What a caller asks of a new channel; `config` is JSON text as it was sent."""

    type: str
    name: str = ""
    config: str = ""


@dataclass(frozen=True, slots=True)
class ChannelChange:
    """What is to change in a channel; None leaves as it is. `type`, where it is said, must be what it is."""

    name: str | None = None
    config: str | None = None
    type: str = ""


class Channels:
    """The channels of the caller's project. What it gives shows no secret."""

    def __init__(
        self,
        store: Store,
        configs: ChannelConfigs,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store, self._configs, self._clock, self._new_id = store, configs, clock, new_id

    async def create(self, caller: Caller, draft: ChannelDraft, once: Once | None = None) -> Done[Channel]:
        """Makes a channel. Raises INVALID_ARGUMENT and REQUEST_ID_REUSED."""
        config, violations = self._configs.judged(draft.type, draft.config)
        refuse([*violations, *_name_violations(draft.name)])
        now, project_id = self._clock(), caller.project.id
        channel = Channel(self._new_id(), project_id, draft.type, draft.name, config, now, now)
        done = await self._store.write(lambda tx: _insert(tx, channel, once))
        return replace(done, resource=self._configs.shown(done.resource))

    async def get(self, caller: Caller, channel_id: str) -> Channel:
        """Reads a channel. Raises CHANNEL_NOT_FOUND."""
        channel = await self._store.read(lambda tx: _found(tx, caller.project.id, channel_id))
        return self._configs.shown(channel)

    async def list(
        self, caller: Caller, types: tuple[str, ...], page: Page, with_total: bool = False
    ) -> Listing[Channel]:
        """Reads one page of the channels, newest first; `types` are the only ones. Raises INVALID_PAGE_TOKEN."""
        listing = await self._store.read(
            lambda tx: channels.select_page(tx, caller.project.id, types, page, with_total=with_total)
        )
        return replace(listing, rows=tuple(map(self._configs.shown, listing.rows)))

    async def update(self, caller: Caller, channel_id: str, change: ChannelChange) -> Channel:
        """Changes a channel. Raises CHANNEL_NOT_FOUND and INVALID_ARGUMENT."""
        now = self._clock()

        def commit(tx: Tx) -> Channel:
            changed = self._changed(_found(tx, caller.project.id, channel_id), change)
            channels.update(tx, replace(changed, update_time=now))
            return replace(changed, update_time=now)

        return self._configs.shown(await self._store.write(commit))

    async def delete(self, caller: Caller, channel_id: str) -> Channel:
        """Deletes a channel and gives it as it was last. Raises CHANNEL_NOT_FOUND."""
        channel = await self._store.write(lambda tx: _delete(tx, caller.project.id, channel_id))
        return self._configs.shown(channel)

    def _changed(self, old: Channel, change: ChannelChange) -> Channel:
        if change.type not in {"", old.type}:
            raise invalid("type", "NOT_CHANGEABLE", f"must stay `{old.type}`")
        name = old.name if change.name is None else change.name
        violations: list[Violation] = []
        config = old.config
        if change.config is not None:
            config, violations = self._configs.judged(old.type, change.config, old)
        refuse([*violations, *_name_violations(name)])
        return replace(old, name=name, config=config)


def _name_violations(name: str) -> list[Violation]:
    if len(name) > LONGEST_NAME:
        return [Violation("name", "TOO_LONG", f"must have at most {LONGEST_NAME} characters")]
    return []


def _insert(tx: Tx, channel: Channel, once: Once | None) -> Done[Channel]:
    now = to_micros(channel.create_time)
    earlier = requests.find(tx, once, now)
    if earlier is not None:
        return Done(_found(tx, channel.project_id, earlier), replayed=True)
    requests.store(tx, once, channel.id, now)
    channels.insert(tx, channel)
    return Done(channel)


def _found(tx: Tx, project_id: str, channel_id: str) -> Channel:
    channel = channels.get(tx, project_id, channel_id)
    if channel is None:
        raise FlowGenError(
            Reason.CHANNEL_NOT_FOUND,
            "There is no such channel in this project; list those that there are.",
            {"id": channel_id},
        )
    return channel


def _delete(tx: Tx, project_id: str, channel_id: str) -> Channel:
    channel = _found(tx, project_id, channel_id)
    channels.delete(tx, channel.id)
    return channel
