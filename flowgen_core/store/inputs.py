"""What chats still have to deal with, in the order in which it was accepted."""

import orjson

from flowgen_core.model.chat import Input, InputKind
from flowgen_core.store import messages
from flowgen_core.store.tx import Tx


def insert(tx: Tx, item: Input) -> None:
    """Puts something at the end of a chat's queue."""
    tx.insert(
        "inputs",
        chat_id=item.chat_id,
        number=item.number,
        kind=item.kind,
        message_id=item.message.id if item.message else "",
        data=orjson.dumps(dict(item.data)).decode(),
        created_by=item.created_by,
    )


def first(tx: Tx, chat_id: str, after: int) -> Input | None:
    """Gives the oldest input after a number."""
    row = tx.one(
        "SELECT * FROM inputs WHERE chat_id = ? AND number > ? ORDER BY number LIMIT 1", chat_id, after
    )
    if row is None:
        return None
    message = messages.get(tx, row["message_id"]) if row["message_id"] else None
    return Input(
        chat_id, row["number"], InputKind(row["kind"]), row["created_by"], message, orjson.loads(row["data"])
    )


def drop(tx: Tx, chat_id: str, up_to: int) -> None:
    """Takes inputs out of the queue: they are done with."""
    tx.run("DELETE FROM inputs WHERE chat_id = ? AND number <= ?", chat_id, up_to)
