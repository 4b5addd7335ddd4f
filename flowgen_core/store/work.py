"""Work: what must be looked at, now or later; one row for each (kind, key)."""

from collections.abc import Iterable
from dataclasses import dataclass

from flowgen_core.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Work:
    """A reminder to look at `key`. `attempts` counts starts of the process that found it unfinished."""

    kind: str
    key: str
    due_at: int
    attempts: int


def remind(tx: Tx, kind: str, key: str, due_at: int) -> None:
    """Sets when a key must be looked at; attempts start anew."""
    tx.run(
        "INSERT INTO work (kind, key, due_at, attempts) VALUES (?, ?, ?, 0)"
        " ON CONFLICT (kind, key) DO UPDATE SET due_at = excluded.due_at, attempts = 0",
        kind,
        key,
        due_at,
    )


def hasten(tx: Tx, kind: str, key: str, due_at: int) -> None:
    """Makes sure that a key is looked at no later than `due_at`; attempts stay."""
    tx.run(
        "INSERT INTO work (kind, key, due_at, attempts) VALUES (?, ?, ?, 0)"
        " ON CONFLICT (kind, key) DO UPDATE SET due_at = excluded.due_at WHERE excluded.due_at < work.due_at",
        kind,
        key,
        due_at,
    )


def done(tx: Tx, kind: str, key: str) -> None:
    """Takes a reminder away."""
    tx.run("DELETE FROM work WHERE kind = ? AND key = ?", kind, key)


def note_attempt(tx: Tx, kind: str, key: str) -> None:
    """Counts one more start that found the work unfinished."""
    tx.run("UPDATE work SET attempts = attempts + 1 WHERE kind = ? AND key = ?", kind, key)


def take_back_attempts(tx: Tx, names: Iterable[tuple[str, str]]) -> None:
    """Forgets the last attempt at each (kind, key): it did not end the process."""
    for kind, key in names:
        tx.run(
            "UPDATE work SET attempts = attempts - 1 WHERE kind = ? AND key = ? AND attempts > 0", kind, key
        )


def due(tx: Tx, now: int, most: int = 1000) -> list[Work]:
    """Gives what is due, the oldest first."""
    rows = tx.all(
        "SELECT kind, key, due_at, attempts FROM work WHERE due_at <= ? ORDER BY due_at LIMIT ?", now, most
    )
    return [Work(**row) for row in rows]


def next_due(tx: Tx, now: int) -> int | None:
    """Gives the time of the next reminder after `now`."""
    row = tx.one("SELECT MIN(due_at) AS due_at FROM work WHERE due_at > ?", now)
    return row["due_at"] if row else None
