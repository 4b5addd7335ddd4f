"""What actions put off until after their turn's commit."""

from dataclasses import asdict, dataclass
from datetime import datetime

from flowgen_core.model.run import Run
from flowgen_core.model.times import to_micros
from flowgen_core.store.tx import Tx

KIND = "later"


@dataclass(frozen=True, slots=True)
class Later:
    """Work of an action type; `data` is its own JSON text. A type with a dot is the core's own."""

    action_type: str
    move: int
    data: str


@dataclass(frozen=True, slots=True)
class StoredLater:
    """Put-off work with whom it belongs to; `attempt` counts the tries so far."""

    id: str
    project_id: str
    run_id: str
    chat_id: str
    action_type: str
    move: int
    data: str
    attempt: int


def insert(tx: Tx, id: str, run: Run, later: Later, now: datetime) -> None:
    """Stores put-off work of a run."""
    whose = (run.project_id, run.id, run.chat_id)
    add(tx, StoredLater(id, *whose, later.action_type, later.move, later.data, attempt=0), now)


def add(tx: Tx, item: StoredLater, now: datetime) -> None:
    """Stores put-off work that says itself to whom it belongs."""
    tx.insert("laters", **asdict(item), create_time=to_micros(now))


def get(tx: Tx, id: str) -> StoredLater | None:
    """Gives put-off work."""
    row = tx.one(
        "SELECT id, project_id, run_id, chat_id, action_type, move, data, attempt FROM laters WHERE id = ?",
        id,
    )
    return StoredLater(**row) if row else None


def count_attempt(tx: Tx, id: str) -> None:
    """Counts one more try."""
    tx.run("UPDATE laters SET attempt = attempt + 1 WHERE id = ?", id)


def delete(tx: Tx, id: str) -> None:
    """Takes put-off work away."""
    tx.run("DELETE FROM laters WHERE id = ?", id)
