"""Pages of a list by keyset: a token holds the sort key of the last row, so new rows never shift a page."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson

from flowgen_core.model.errors import FlowGenError, Reason, invalid
from flowgen_core.model.jsontext import is_clean
from flowgen_core.store.tx import Row, Tx

DEFAULT_SIZE, MAX_SIZE = 50, 1000
# Under gRPC's 4 MiB a message, with room for the rest of the answer.
MAX_BYTES = 3 * 1024 * 1024
_HEAVY_BATCH = 20
_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """Which page a caller wants: `size` of 1 to 1000 rows, and the `token` that the page before gave."""

    size: int = DEFAULT_SIZE
    token: str = ""

    @classmethod
    def of(cls, size: int, token: str = "") -> "Page":
        """Reads `page_size` (0 is 50, more than 1000 is 1000) and `page_token`. Raises INVALID_ARGUMENT."""
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
    """How a list is sorted: columns that are unique together, their Python types, and the direction."""

    columns: tuple[str, ...] = ("create_time", "id")
    types: tuple[type, ...] = (int, str)
    descending: bool = True


NEWEST_FIRST = Order()
OLDEST_FIRST = Order(descending=False)


@dataclass(frozen=True, slots=True)
class Query:
    """A list: `sql` is a SELECT that ends in its WHERE clause and holds the columns of `order`.

    `sql` and `args` are the filters that a page token counts for: keep the present time out of them.
    """

    sql: str
    # What the placeholders stand for: text, integers, None.
    args: tuple[Any, ...] = ()
    order: Order = NEWEST_FIRST


def size_of(*texts: str) -> int:
    """Counts the bytes that texts take on the wire."""
    return sum(len(text) if text.isascii() else len(text.encode()) for text in texts)


def select(
    tx: Tx,
    query: Query,
    page: Page,
    make: Callable[[Row], T],
    *,
    with_total: bool = False,
    weigh: Callable[[Row], int] | None = None,
) -> Listing[T]:
    """Reads one page. With `weigh`, the bytes of a row, it ends early at 3 MiB. Raises INVALID_PAGE_TOKEN."""
    after = _unpack(page.token, query) if page.token else ()
    # One row more than the page holds tells whether another follows; heavy rows are read a few at a time.
    walk = _walk(tx, query, after, _HEAVY_BATCH if weigh else page.size + 1)
    rows, more = _fill(walk, page.size, weigh)
    token = _pack(rows[-1], query) if more else ""
    return Listing(tuple(map(make, rows)), token, _count(tx, query) if with_total else 0)


def _walk(tx: Tx, query: Query, after: tuple[Any, ...], batch: int) -> Iterator[Row]:
    while True:
        rows = tx.all(_statement(query, bool(after), batch), *query.args, *after)
        yield from rows
        if len(rows) < batch:
            return
        after = _key(rows[-1], query.order)


def _statement(query: Query, later: bool, limit: int) -> str:
    order = query.order
    direction, sign = ("DESC", "<") if order.descending else ("ASC", ">")
    condition = f" AND ({', '.join(order.columns)}) {sign} ({', '.join('?' * len(order.columns))})"
    sorting = ", ".join(f"{name} {direction}" for name in order.columns)
    return f"{query.sql}{condition if later else ''} ORDER BY {sorting} LIMIT {limit}"


def _fill(rows: Iterator[Row], size: int, weigh: Callable[[Row], int] | None) -> tuple[list[Row], bool]:
    taken: list[Row] = []
    weight = 0
    for row in rows:
        weight += weigh(row) if weigh else 0
        if len(taken) == size or (taken and weight > MAX_BYTES):
            return taken, True
        taken.append(row)
    return taken, False


def _count(tx: Tx, query: Query) -> int:
    row = tx.one(f"SELECT COUNT(*) AS n FROM ({query.sql}) AS listed", *query.args)
    return int(row["n"]) if row else 0


def _key(row: Row, order: Order) -> tuple[Any, ...]:
    return tuple(row[name.rpartition(".")[2]] for name in order.columns)


def _fingerprint(query: Query) -> str:
    return hashlib.sha256(repr(query).encode()).hexdigest()[:12]


def _pack(row: Row, query: Query) -> str:
    key = orjson.dumps([_fingerprint(query), *_key(row, query.order)])
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def _unpack(token: str, query: Query) -> tuple[Any, ...]:
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        found, *key = orjson.loads(text)
    except (ValueError, TypeError):
        raise _bad_token() from None
    fits = tuple(map(type, key)) == query.order.types and all(map(_storable, key))
    if found != _fingerprint(query) or not fits:
        raise _bad_token()
    return tuple(key)


def _storable(part: int | str) -> bool:
    return is_clean(part) if isinstance(part, str) else _INT_MIN <= part <= _INT_MAX


def _bad_token() -> FlowGenError:
    return FlowGenError(
        Reason.INVALID_PAGE_TOKEN,
        "`page_token` was not given by this list with these filters; begin again without it.",
    )
