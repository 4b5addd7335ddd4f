"""Watching a chat: its events in order, once, and the text that is being written."""

from collections.abc import AsyncIterator
from datetime import datetime

from flowgen_core.model.chat import Chat, ChatEvent
from flowgen_core.model.project import Caller
from flowgen_core.runtime.bus import Bus, Subscription
from flowgen_core.runtime.chats import find
from flowgen_core.store.store import Store
from flowgen_core.store.streams import events_after, stream_of

PAGE = 200


class Watcher:
    """Shows what happens in chats."""

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store, self._bus = store, bus

    async def chat(self, caller: Caller, chat_id: str, after_seq: int | None) -> AsyncIterator[ChatEvent]:
        """Gives `hello`, then every event after a number, without end; None and numbers to come begin now."""
        with self._bus.subscribe(stream_of(chat_id)) as subscription:
            chat = await self._store.read(lambda tx: find(tx, caller, chat_id))
            seq = chat.last_seq if after_seq is None else min(after_seq, chat.last_seq)
            yield _hello(chat, seq)
            while not subscription.closed:
                found = await self._read(chat_id, seq)
                for event in found:
                    yield event
                    seq = event.seq
                    if event.type == "chat.deleted":
                        return
                for token in _tokens(subscription, chat_id, chat.create_time):
                    yield token
                if len(found) < PAGE:
                    await subscription.wait()

    async def _read(self, chat_id: str, seq: int) -> list[ChatEvent]:
        return await self._store.read(lambda tx: events_after(tx, chat_id, seq, PAGE))


def _hello(chat: Chat, seq: int) -> ChatEvent:
    return ChatEvent(chat.id, seq, "hello", chat.update_time, chat=chat)


def _tokens(subscription: Subscription, chat_id: str, now: datetime) -> list[ChatEvent]:
    shown, subscription.tokens = subscription.tokens, []
    return [ChatEvent(chat_id, 0, "token", now, token=token) for token in shown]
