"""Numbered pages over lists that the core pages by key."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from flowgen_gateway.dialects.recrubo.errors import Problem, Refused
from flowgen_gateway.dialects.recrubo.query import ListQuery

STRIDE, DEEPEST = 200, 10_000
Row = TypeVar("Row")
Fetch = Callable[[int, str], Awaitable[tuple[Sequence[Row], str, int]]]


async def read_list(
    fetch: Fetch[Row] | None, fetch_any: Fetch[Row], query: ListQuery
) -> tuple[Sequence[Row], int, int]:
    """Reads the rows of a page, and counts those that fit and all there are.

    `fetch` is None when nothing can fit; `fetch_any` is the same list without filters.
    """
    rows, total = await read_page(fetch, query) if fetch else ([], 0)
    if not query.filters:
        return rows, total, total
    _, _, everything = await fetch_any(1, "")
    return rows, total, everything


async def read_page(fetch: Fetch[Row], query: ListQuery) -> tuple[list[Row], int]:
    """Reads the rows of a page, and counts those of all pages.

    `fetch(size, token)` gives rows, the next token, and with an empty token the total. Raises `Refused` (400)
    for a page that lies too deep.
    """
    start, end = (query.number - 1) * query.size, query.number * query.size
    rows, token, total = await fetch(min(start or end, STRIDE), "")
    if start >= total:
        return [], total
    if start >= DEEPEST:
        raise _too_deep()
    read, kept = len(rows), list(rows[start:])
    while token and read < end:
        rows, token, _ = await fetch(min(STRIDE, (start if read < start else end) - read), token)
        kept += rows[max(0, start - read) :]
        read += len(rows)
    return kept, total


def _too_deep() -> Refused:
    detail = f"A list can be read {DEEPEST} rows deep; use filters to make it shorter."
    return Refused(Problem(400, "page_out_of_range", detail, {"parameter": "page[number]"}), judged=True)
