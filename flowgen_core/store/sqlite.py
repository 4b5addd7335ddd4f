"""SQLite through apsw: how a connection is opened, and what it offers to a transaction."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import apsw
from playhouse.apsw_ext import APSWDatabase

from flowgen_core.store.tx import Cursor

FILE = "flowgen.db"
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    "busy_timeout": 5000,
    "trusted_schema": 0,
    "cell_size_check": 1,
}
# Several connections and one file: older ones have a bug that resets the write-ahead log under a reader.
OLDEST = (3, 51, 3)


class StoreUnusable(Exception):
    """The data folder cannot be used; the text is one sentence for people."""


def open_database(folder: Path) -> APSWDatabase:
    """Opens the database of a data folder. Raises StoreUnusable."""
    if APSWDatabase.server_version < OLDEST:
        raise StoreUnusable("This SQLite is too old: install `apsw` 3.51.3 or newer.")
    return APSWDatabase(str(folder / FILE), pragmas=PRAGMAS, timeout=5)


def lock_folder(folder: Path) -> TextIO:
    """Makes the folder and takes its lock, which one core holds while it lives. Raises StoreUnusable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "core.lock").open("a+")
    except OSError as error:
        raise StoreUnusable(f"The data folder `{folder}` cannot be written: {error.strerror}.") from error
    if not _lock(lock):
        lock.close()
        raise StoreUnusable(
            f"Another FlowGen core works on the data folder `{folder}`: stop it, or use `--data`."
        )
    return lock


def _lock(file: TextIO) -> bool:
    if os.name == "nt":
        import msvcrt  # noqa: PLC0415  only Windows has it

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]  # Windows only
        except OSError:
            return False
        return True
    import fcntl  # noqa: PLC0415  Windows has none

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class SqliteConnection:
    """This thread's connection of a database, with one cursor a statement."""

    def __init__(self, database: APSWDatabase) -> None:
        database.connect(reuse_if_open=True)
        # The raw driver: peewee's cursor wrapper costs more than most of our statements.
        self._raw: Any = database.connection()

    def execute(self, sql: str, args: Sequence[Any]) -> Cursor:
        """Runs one statement."""
        cursor: Cursor = self._raw.execute(sql, args)
        return cursor

    def columns(self, cursor: Any) -> tuple[str, ...] | None:
        """Names the columns of a result; None where it has no rows."""
        try:
            description = cursor.description
        except apsw.ExecutionCompleteError:
            # A result without rows is complete before anybody can ask what its columns are.
            return None
        return tuple(column[0] for column in description) if description else None

    def changes(self, cursor: Any) -> int:
        """Counts the rows that the last statement changed."""
        return int(self._raw.changes())

    def in_transaction(self) -> bool:
        """Tells whether a transaction is open; SQLite ends one by itself on a full disk."""
        return not self._raw.getautocommit()
