"""Messages as rows; they are written once and never change."""

from collections.abc import Sequence
from typing import Any

import orjson

from flowgen_core.model.chat import Author, Message
from flowgen_core.model.times import from_micros, to_micros
from flowgen_core.store.paging import Listing, Order, Page, Query, select, size_of
from flowgen_core.store.tx import Row, Tx

NEWEST = Order(columns=("seq",), types=(int,))
# An answer also holds the message that it answers and the chat with its variables, and must stay under 4 MiB.
MOST_REPLIED = 1024 * 1024
OLDEST = Order(columns=("seq",), types=(int,), descending=False)


def insert_all(tx: Tx, messages: Sequence[Message]) -> None:
    """Inserts messages that have their numbers."""
    tx.insert_all("messages", [_to_row(message) for message in messages])


def get(tx: Tx, message_id: str) -> Message | None:
    """Gives a message by its id."""
    row = tx.one("SELECT * FROM messages WHERE id = ?", message_id)
    return from_row(row) if row else None


def replies(tx: Tx, message: Message, most: int) -> list[Message]:
    """Gives what the bot said to a message, ascending; less than `most` where it would be more than 1 MiB."""
    rows = tx.all(
        "SELECT * FROM messages WHERE chat_id = ? AND seq > ? AND author = 'BOT' AND input = ?"
        " ORDER BY seq LIMIT ?",
        message.chat_id,
        message.seq,
        message.input,
        most,
    )
    fitting: list[Message] = []
    weight = 0
    for row in rows:
        weight += _weight(row)
        if fitting and weight > MOST_REPLIED:
            break
        fitting.append(from_row(row))
    return fitting


def last(tx: Tx, chat_id: str, count: int) -> list[Message]:
    """Gives the last messages, oldest first."""
    rows = tx.all("SELECT * FROM messages WHERE chat_id = ? ORDER BY seq DESC LIMIT ?", chat_id, count)
    return [from_row(row) for row in reversed(rows)]


def of_run(tx: Tx, run_id: str, most: int = 5000) -> list[Message]:
    """Gives what the bot said last in a run, in order."""
    sql = "SELECT * FROM messages WHERE run_id = ? AND author = 'BOT' ORDER BY seq DESC LIMIT ?"
    return [from_row(row) for row in reversed(tx.all(sql, run_id, most))]


def ids_of_run(tx: Tx, run_id: str, most: int = 5000) -> list[str]:
    """Names what a run said last, in order."""
    sql = "SELECT id FROM messages WHERE run_id = ? AND author = 'BOT' ORDER BY seq DESC LIMIT ?"
    return [row["id"] for row in reversed(tx.all(sql, run_id, most))]


def select_page(
    tx: Tx,
    chat_id: str,
    page: Page,
    *,
    after_seq: int | None = None,
    before_seq: int | None = None,
    first_entry: int = 0,
    last_entry: int = 0,
    without_internal: bool = False,
    with_total: bool = False,
) -> Listing[Message]:
    """Lists a chat's messages: oldest first after a number, else newest first."""
    conditions: list[tuple[str, Any]] = [("chat_id = ?", chat_id)]
    conditions += [("seq > ?", after_seq)] if after_seq is not None else []
    conditions += [("seq < ?", before_seq)] if before_seq is not None else []
    conditions += [("entry >= ?", first_entry)] if first_entry else []
    conditions += [("entry <= ?", last_entry)] if last_entry else []
    conditions += [("internal = ?", 0)] if without_internal else []
    where = " AND ".join(condition for condition, _ in conditions)
    order = NEWEST if after_seq is None else OLDEST
    query = Query(f"SELECT * FROM messages WHERE {where}", tuple(value for _, value in conditions), order)
    return select(tx, query, page, from_row, with_total=with_total, weigh=_weight)


def from_row(row: Row) -> Message:
    """Reads a message from its columns."""
    values = dict(row)
    values["author"] = Author(row["author"])
    values["internal"] = bool(row["internal"])
    values["create_time"] = from_micros(row["create_time"])
    return Message(**values)


def _to_row(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "chat_id": message.chat_id,
        "run_id": message.run_id,
        "seq": message.seq,
        "entry": message.entry,
        "input": message.input,
        "author": message.author,
        "sender": message.sender,
        "receiver": message.receiver,
        "internal": int(message.internal),
        "text": message.text,
        "fallback": message.fallback,
        "responses": message.responses,
        "profile": message.profile,
        "metadata": message.metadata,
        "origin": message.origin,
        "create_time": to_micros(message.create_time),
    }


def _weight(row: Row) -> int:
    # A text is also its own fallback, and where there are no responses the one response, quoted.
    quoted = len(orjson.dumps(row["text"])) if row["responses"] == "[]" else 0
    rest = size_of(row["responses"], row["profile"], row["metadata"], row["origin"], row["fallback"])
    return 2 * size_of(row["text"]) + quoted + rest + size_of(row["sender"], row["receiver"]) + 300
