"""Chats as rows. Whoever changes a chat reads it in the same transaction first."""

from typing import Any

import orjson

from flowgen_core.model.chat import Chat, ChatState, Failure
from flowgen_core.model.times import from_micros, to_micros
from flowgen_core.store.paging import Listing, Order, Page, Query, select, size_of
from flowgen_core.store.tx import Row, Tx, marks

BY_ACTIVITY = Order(columns=("activity_time", "id"))
_OF_CHAT = "SELECT * FROM chats WHERE id = ?"


def insert(tx: Tx, chat: Chat) -> None:
    """Inserts a chat."""
    tx.insert("chats", **to_row(chat))


def get(tx: Tx, chat_id: str, project_id: str | None = None) -> Chat | None:
    """Gives a chat that is not deleted; with `project_id`, only one of that project."""
    row = tx.one(_OF_CHAT, chat_id)
    if row is None or row["delete_time"] is not None or project_id not in {None, row["project_id"]}:
        return None
    return from_row(row)


def save(tx: Tx, chat: Chat) -> None:
    """Writes what may change in a chat."""
    tx.update(
        "chats",
        chat.id,
        state=chat.state,
        prompt=chat.prompt,
        prompt_sender=chat.prompt_sender,
        failure=failure_text(chat.failure),
        queued=chat.queued,
        last_seq=chat.last_seq,
        last_entry=chat.last_entry,
        last_input=chat.last_input,
        taken=chat.taken,
        dealt=chat.dealt,
        floor=chat.floor,
        paused=int(chat.paused),
        pause_reason=chat.pause_reason,
        pause_until=to_micros(chat.pause_until) if chat.pause_until else None,
        run_id=chat.run_id,
        variables=chat.variables,
        update_time=to_micros(chat.update_time),
        activity_time=to_micros(chat.activity_time),
        delete_time=to_micros(chat.delete_time) if chat.delete_time else None,
    )


def select_page(
    tx: Tx,
    project_id: str,
    page: Page,
    *,
    states: tuple[ChatState, ...] = (),
    flow_id: str = "",
    by_activity: bool = False,
    with_total: bool = False,
) -> Listing[Chat]:
    """Lists a project's chats, newest first or by their last activity."""
    sql, args = "SELECT * FROM chats WHERE project_id = ? AND delete_time IS NULL", [project_id]
    if states:
        sql += f" AND state IN ({marks(len(states))})"
        args += list(states)
    if flow_id:
        sql += " AND flow_id = ?"
        args.append(flow_id)
    query = Query(sql, tuple(args), BY_ACTIVITY) if by_activity else Query(sql, tuple(args))
    return select(tx, query, page, from_row, with_total=with_total, weigh=_weight)


def to_row(chat: Chat) -> dict[str, Any]:
    """Writes a chat as columns; also the form in which an event keeps it."""
    return {
        "id": chat.id,
        "project_id": chat.project_id,
        "name": chat.name,
        "flow_id": chat.flow_id,
        "state": chat.state,
        "prompt": chat.prompt,
        "prompt_sender": chat.prompt_sender,
        "failure": failure_text(chat.failure),
        "queued": chat.queued,
        "last_seq": chat.last_seq,
        "last_entry": chat.last_entry,
        "last_input": chat.last_input,
        "taken": chat.taken,
        "dealt": chat.dealt,
        "floor": chat.floor,
        "paused": int(chat.paused),
        "pause_reason": chat.pause_reason,
        "pause_until": to_micros(chat.pause_until) if chat.pause_until else None,
        "run_id": chat.run_id,
        "metadata": chat.metadata,
        "variables": chat.variables,
        "created_by": chat.created_by,
        "create_time": to_micros(chat.create_time),
        "update_time": to_micros(chat.update_time),
        "activity_time": to_micros(chat.activity_time),
        "delete_time": to_micros(chat.delete_time) if chat.delete_time else None,
    }


def from_row(row: Row) -> Chat:
    """Reads a chat from its columns."""
    values = dict(row)
    values["state"] = ChatState(row["state"])
    values["failure"] = read_failure(row["failure"])
    values["paused"] = bool(row["paused"])
    for name in ("create_time", "update_time", "activity_time"):
        values[name] = from_micros(row[name])
    for name in ("delete_time", "pause_until"):
        if row[name] is not None:
            values[name] = from_micros(row[name])
    return Chat(**values)


def failure_text(failure: Failure | None) -> str | None:
    """Writes a failure as JSON text."""
    return orjson.dumps(failure).decode() if failure else None


def read_failure(text: str | None) -> Failure | None:
    """Reads what `failure_text` wrote."""
    return Failure(**orjson.loads(text)) if text else None


def _weight(row: Row) -> int:
    return size_of(row["name"], row["metadata"], row["variables"], row["prompt"], row["failure"] or "") + 500
