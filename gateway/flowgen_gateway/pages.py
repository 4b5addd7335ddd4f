"""Pages of the core, which end early when they grow too large, as pages of the size that was asked for."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Row = TypeVar("Row")


async def collect(
    fetch: Callable[[int, str], Awaitable[tuple[Sequence[Row], str]]], limit: int, token: str
) -> tuple[list[Row], str]:
    """Calls `fetch(size, token)`, which answers rows and the next token, until it has `limit` rows or all."""
    rows: list[Row] = []
    while True:
        page, token = await fetch(limit - len(rows), token)
        rows += page
        if not token or len(rows) >= limit:
            return rows, token
