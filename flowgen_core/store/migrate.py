"""Brings a database's schema up to date: numbered files, each applied once."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from peewee import CharField
from playhouse.apsw_ext import APSWDatabase
from playhouse.migrations import Runner

FOLDER = Path(__file__).parent / "migrations"


def migrate(database: APSWDatabase) -> list[str]:
    """Applies the migrations that are missing, each in a transaction of its own, and gives their names."""
    database.connect(reuse_if_open=True)
    runner = Runner(database, directory=str(FOLDER))
    runner.History = _history(database)
    names: list[str] = runner.up()
    return names


def _history(database: APSWDatabase) -> Any:
    """Makes the runner's table with the time as text: apsw binds no datetimes."""

    class History(database.Model):  # type: ignore[misc]  # peewee ships no types
        name = CharField(unique=True)
        applied = CharField(default=lambda: datetime.now(UTC).isoformat())

        class Meta:
            table_name = "schema_migration"

    return History
