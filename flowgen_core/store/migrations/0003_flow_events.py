"""Flows number their events."""

from typing import Any


# peewee ships no types.
def up(migrator: Any, db: Any) -> None:
    """Adds the number of a flow's newest event."""
    db.execute_sql("ALTER TABLE flows ADD COLUMN last_seq BIGINT NOT NULL DEFAULT 0")
