"""A transaction as repositories see it: SQL text in, plain rows out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

# What a column holds: text, integers, floats, None; `Any` because its kind depends on the column.
Row = dict[str, Any]


class Cursor(Protocol):
    """The part of a DB-API cursor that is used here."""

    def fetchone(self) -> Sequence[Any] | None:
        """Gives the next row or None."""

    def fetchall(self) -> list[Sequence[Any]]:
        """Gives all rows that are left."""


class Connection(Protocol):
    """What a database offers to a transaction."""

    def execute(self, sql: str, args: Sequence[Any]) -> Cursor:
        """Runs one statement."""

    def columns(self, cursor: Cursor) -> tuple[str, ...] | None:
        """Names the columns of a result; None where it has no rows."""

    def changes(self, cursor: Cursor) -> int:
        """Counts the rows that the last statement changed."""


class Tx:
    """One transaction. SQL has `?` placeholders and runs on SQLite and PostgreSQL alike."""

    __slots__ = ("_columns", "_connection", "_inserts")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # A statement's columns never change while the process lives, and asking for them costs more than a row.
        self._columns: dict[str, tuple[str, ...]] = {}
        self._inserts: dict[tuple[str, ...], str] = {}

    def one(self, sql: str, *args: Any) -> Row | None:
        """Gives the first row of a query, or None."""
        cursor = self._connection.execute(sql, args)
        columns = self._names(sql, cursor)
        row = cursor.fetchone() if columns else None
        return dict(zip(columns, row, strict=True)) if columns and row is not None else None

    def all(self, sql: str, *args: Any) -> list[Row]:
        """Gives all rows of a query."""
        cursor = self._connection.execute(sql, args)
        columns = self._names(sql, cursor)
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()] if columns else []

    def run(self, sql: str, *args: Any) -> int:
        """Runs a statement and gives the number of rows that it changed."""
        return self._connection.changes(self._connection.execute(sql, args))

    def insert(self, table: str, **values: Any) -> None:
        """Inserts one row."""
        self._connection.execute(self._insert(table, values, 1), tuple(values.values()))

    def insert_all(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Inserts rows that all have the same columns, in one statement."""
        if rows:
            values = tuple(value for row in rows for value in row.values())
            self._connection.execute(self._insert(table, rows[0], len(rows)), values)

    def update(self, table: str, id: str, **values: Any) -> None:
        """Changes columns of the row with this `id`."""
        sets = ", ".join(f"{name} = ?" for name in values)
        self._connection.execute(f"UPDATE {table} SET {sets} WHERE id = ?", (*values.values(), id))

    def _names(self, sql: str, cursor: Cursor) -> tuple[str, ...] | None:
        columns = self._columns.get(sql)
        if columns is None:
            columns = self._connection.columns(cursor)
            if columns is not None:
                self._columns[sql] = columns
        return columns

    def _insert(self, table: str, names: Iterable[str], count: int) -> str:
        key = (table, str(count), *names)
        sql = self._inserts.get(key)
        if sql is None:
            row = "(" + ", ".join("?" * (len(key) - 2)) + ")"
            sql = f"INSERT INTO {table} ({', '.join(key[2:])}) VALUES {', '.join([row] * count)}"
            self._inserts[key] = sql
        return sql


def marks(count: int) -> str:
    """Writes placeholders for an `IN (…)` list."""
    return ", ".join("?" * count)
