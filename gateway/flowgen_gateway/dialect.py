"""What a dialect is to the gateway."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from flowgen_gateway.errors import Refusal


@dataclass(frozen=True, slots=True)
class Dialect:
    """One public API: its routes, the paths that it answers for, and the shape of its errors.

    `answer_error` draws every refusal below `prefixes`: those of `flowgen_gateway.errors`, of the body
    reader, and the dialect's own, which derive from Refusal. A prefix ends at a slash or at the end of the
    path: `/chats` is no prefix of `/chatsworth`. The longest prefix wins, whatever the order of the dialects.
    """

    name: str
    routers: Sequence[APIRouter]
    prefixes: tuple[str, ...]
    answer_error: Callable[[Request, Refusal], Response]


def dialect_for(path: str, dialects: Sequence[Dialect]) -> Dialect | None:
    """Finds the dialect that answers for a path."""
    fitting = [
        (len(prefix), dialect)
        for dialect in dialects
        for prefix in dialect.prefixes
        if path == prefix or path.startswith(prefix + "/")
    ]
    return max(fitting, key=lambda found: found[0])[1] if fitting else None
