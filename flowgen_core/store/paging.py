"""Pages of a list by keyset: a token holds the sort key of the last row, so later rows never shift a page."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson

from flowgen_core.model.errors import FlowGenError, Reason, invalid
from flowgen_core.model.jsontext import is_clean
from flowgen_core.store.tx import Tx

DEFAULT_SIZE, MAX_SIZE = 50, 1000
# Under gRPC's 4 MiB a message, with room for the rest of the answer.
MAX_BYTES = 3 * 1024 * 1024
_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1
# A row as the database gives it, by column.
Row = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """Which page a caller wants: `size` of 1 to 1000 rows, and the `token` that the page before gave."""

    size: int = DEFAULT_SIZE
    token: str = ""

    @classmethod
    def of(cls, size: int, token: str = "") -> "Page":
        """Reads `page_size` and `page_token` of a request: 0 is 50, more than 1000 is 1000. Raises INVALID_ARGUMENT."""
        if size < 0:
            raise invalid("page_size", "OUT_OF_RANGE", "must be 0 to 1000")
        return cls(min(size or DEFAULT_SIZE, MAX_SIZE), token)


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One page of rows; `next_token` is empty on the last, `total` is 0 unless it was asked for."""

    rows: tuple[T, ...]
    next_token: str = ""
    total: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: columns that together are unique, the Python type of each, and the direction."""

    columns: tuple[str, ...] = ("create_time", "id")
    types: tuple[type, ...] = (int, str)
    descending: bool = True


NEWEST_FIRST = Order()
OLDEST_FIRST = Order(descending=False)


def select(
    tx: Tx,
    sql: str,
    args: Sequence[Any],
    page: Page,
    make: Callable[[Row], T],
    order: Order = NEWEST_FIRST,
    with_total: bool = False,
    weigh: Callable[[Row], int] | None = None,
) -> Listing[T]:
    """Reads one page of `sql`, a SELECT that ends in its WHERE clause and holds the columns of `order`.

    `sql` and `args` are the list's filters, and a token counts for the same filters only: keep the present time out
    of them. With `weigh` (bytes of a row) a page ends early at 3 MiB. Raises INVALID_PAGE_TOKEN.
    """
    mark = _fingerprint(sql, args, order)
    after = _unpack(page.token, mark, order) if page.token else None
    rows, more = _fill(_walk(tx, sql, args, order, after, page.size, weigh is not None), page.size, weigh)
    token = _pack(mark, rows[-1], order) if more else ""
    return Listing(tuple(map(make, rows)), token, _count(tx, sql, args) if with_total else 0)


def _walk(
    tx: Tx, sql: str, args: Sequence[Any], order: Order, after: list[Any] | None, size: int, heavy: bool
) -> Iterator[Row]:
    # One row more than the page holds tells whether there is another page; heavy rows are read a few at a time.
    batch = 20 if heavy else size + 1
    while True:
        rows = tx.all(*_statement(sql, args, order, after, batch))
        yield from rows
        if len(rows) < batch:
            return
        after = _key(rows[-1], order)


def _statement(
    sql: str, args: Sequence[Any], order: Order, after: list[Any] | None, limit: int
) -> tuple[Any, ...]:
    names = ", ".join(order.columns)
    sorting = ", ".join(f"{name} {'DESC' if order.descending else 'ASC'}" for name in order.columns)
    if after is None:
        return f"{sql} ORDER BY {sorting} LIMIT {limit}", *args
    sign, marks = "<" if order.descending else ">", ", ".join("?" * len(after))
    return f"{sql} AND ({names}) {sign} ({marks}) ORDER BY {sorting} LIMIT {limit}", *args, *after


def _fill(rows: Iterator[Row], size: int, weigh: Callable[[Row], int] | None) -> tuple[list[Row], bool]:
    taken: list[Row] = []
    weight = 0
    for row in rows:
        weight += weigh(row) if weigh else 0
        if len(taken) == size or (taken and weight > MAX_BYTES):
            return taken, True
        taken.append(row)
    return taken, False


def _count(tx: Tx, sql: str, args: Sequence[Any]) -> int:
    row = tx.one(f"SELECT COUNT(*) AS n FROM ({sql}) AS listed", *args)  # noqa: S608  our own SQL
    return int(row["n"]) if row else 0


def _key(row: Row, order: Order) -> list[Any]:
    return [row[name.rpartition(".")[2]] for name in order.columns]


def _fingerprint(sql: str, args: Sequence[Any], order: Order) -> str:
    text = repr((sql, tuple(args), order.columns, order.descending))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _pack(mark: str, row: Row, order: Order) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([mark, *_key(row, order)])).decode().rstrip("=")


def _unpack(token: str, mark: str, order: Order) -> list[Any]:
    try:
        found, *key = orjson.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except (ValueError, TypeError):
        raise _bad_token() from None
    if found != mark or [type(part) for part in key] != list(order.types) or not all(map(_storable, key)):
        raise _bad_token()
    return key


def _storable(part: int | str) -> bool:
    return is_clean(part) if isinstance(part, str) else _INT_MIN <= part <= _INT_MAX


def _bad_token() -> FlowGenError:
    return FlowGenError(
        Reason.INVALID_PAGE_TOKEN,
        "`page_token` was not given by this list with these filters; begin again without it.",
    )
