"""A chat's stream: what one transaction adds to it, numbered without gaps."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from flowgen_core.model.chat import Chat, ChatEvent, Message
from flowgen_core.model.run import Run
from flowgen_core.model.times import from_micros, to_micros
from flowgen_core.store import chats, messages
from flowgen_core.store.tx import Tx


class Ledger:
    """Changes a chat within one transaction. The chat was read there, so its numbers are this transaction's own."""

    def __init__(self, chat: Chat, now: datetime) -> None:
        self.chat = chat
        self._shown = _shown(chat)
        self._now = now
        self._messages: list[Message] = []
        self._events: list[dict[str, Any]] = []

    def add(self, message: Message) -> Message:
        """Adds a message and gives it its numbers."""
        self.chat = replace(self.chat, last_seq=self.chat.last_seq + 1, last_entry=self.chat.last_entry + 1)
        numbered = replace(message, seq=self.chat.last_seq, entry=self.chat.last_entry)
        self._messages.append(numbered)
        self._events.append(self._event("message.created", message_id=numbered.id))
        return numbered

    def fact(self, type: str) -> None:
        """Adds an event that shows the chat as it is now."""
        self.chat = replace(self.chat, last_seq=self.chat.last_seq + 1)
        self._events.append(self._event(type, data=orjson.dumps(chats.to_row(self.chat)).decode()))
        self._shown = _shown(self.chat)

    def note(self, type: str, data: str) -> None:
        """Adds an event that holds JSON text."""
        self.chat = replace(self.chat, last_seq=self.chat.last_seq + 1)
        self._events.append(
            event_row(stream_of(self.chat.id), self.chat.last_seq, type, self._now, data=data)
        )

    # The fields of a chat, by name.
    def change(self, **fields: Any) -> None:
        """Changes fields of the chat; `save` adds the event where that shows."""
        self.chat = replace(self.chat, update_time=self._now, activity_time=self._now, **fields)

    def save(self, tx: Tx) -> Chat:
        """Writes all of it and gives the chat as it is then."""
        if _shown(self.chat) != self._shown:
            self.fact("chat.state_changed")
        messages.insert_all(tx, self._messages)
        tx.insert_all("events", self._events)
        chats.save(tx, self.chat)
        return self.chat

    def _event(self, type: str, *, message_id: str = "", data: str = "") -> dict[str, Any]:
        stream = stream_of(self.chat.id)
        return event_row(stream, self.chat.last_seq, type, self._now, message_id=message_id, data=data)


class RunLedger:
    """Adds to the stream of a run without a chat. The run was read in this transaction."""

    def __init__(self, run: Run, now: datetime) -> None:
        self.run = run
        self._now = now
        self._events: list[dict[str, Any]] = []

    def note(self, type: str, data: str) -> None:
        """Adds an event that holds JSON text."""
        self.run = replace(self.run, last_seq=self.run.last_seq + 1)
        row = event_row(run_stream_of(self.run.id), self.run.last_seq, type, self._now, data=data)
        self._events.append(row)

    def save(self, tx: Tx) -> Run:
        """Writes the events and gives the run with its last number; the caller writes the run."""
        tx.insert_all("events", self._events)
        return self.run


def event_row(
    stream: str, seq: int, type: str, now: datetime, *, message_id: str = "", data: str = ""
) -> dict[str, Any]:
    """Gives the columns of an event."""
    return {
        "stream": stream,
        "seq": seq,
        "type": type,
        "message_id": message_id,
        "data": data,
        "create_time": to_micros(now),
    }


def stream_of(chat_id: str) -> str:
    """Names the stream of a chat, which is its lane too."""
    return f"chat/{chat_id}"


def run_stream_of(run_id: str) -> str:
    """Names the stream of a run without a chat, which is its lane too."""
    return f"run/{run_id}"


def events_after(tx: Tx, chat_id: str, seq: int, most: int) -> list[ChatEvent]:
    """Reads a chat's events after a number, in order."""
    rows = tx.all(
        "SELECT * FROM events WHERE stream = ? AND seq > ? ORDER BY seq LIMIT ?",
        stream_of(chat_id),
        seq,
        most,
    )
    said = {message.seq: message for message in _messages_between(tx, chat_id, rows)}
    return [
        ChatEvent(
            chat_id=chat_id,
            seq=row["seq"],
            type=row["type"],
            create_time=from_micros(row["create_time"]),
            chat=chats.from_row(orjson.loads(row["data"])) if row["data"] and _is_of_chat(row) else None,
            message=said.get(row["seq"]) if row["message_id"] else None,
            data="" if _is_of_chat(row) else row["data"],
        )
        for row in rows
    ]


# The rows of events.
def _messages_between(tx: Tx, chat_id: str, rows: list[dict[str, Any]]) -> list[Message]:
    seqs = [row["seq"] for row in rows if row["message_id"]]
    if not seqs:
        return []
    found = tx.all(
        "SELECT * FROM messages WHERE chat_id = ? AND seq BETWEEN ? AND ?", chat_id, min(seqs), max(seqs)
    )
    return [messages.from_row(row) for row in found]


def _is_of_chat(row: dict[str, Any]) -> bool:
    return str(row["type"]).startswith("chat.") or bool(row["message_id"])


def _shown(chat: Chat) -> tuple[Any, ...]:
    return (chat.state, chat.prompt, chat.failure, chat.paused)
