"""Ids of this API: UUIDs for resources, any text for actions, and the nil UUID for none."""

import re
from collections.abc import Callable
from hashlib import sha256
from itertools import count
from uuid import UUID, uuid4

NIL = "00000000-0000-0000-0000-000000000000"
START = "00000000-0000-0000-0000-000000000001"
FINISH = "00000000-0000-0000-0000-000000000002"
RESERVED = frozenset({START, FINISH, "00000000-0000-0000-0000-000000000003"})
LONGEST = 255
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LIKE_A_UUID = re.compile(r"[0-9A-Fa-f-]{30,40}")


def canonical_id(text: str) -> str | None:
    """Gives a UUID in lower case; None for what is no UUID."""
    lower = text.lower()
    return lower if _UUID.fullmatch(lower) else None


def named(text: str | None) -> str:
    """Gives the id that a text names, as it stands; empty for what names none, as the nil UUID does."""
    return "" if text is None or text == NIL else text


def is_replaced(action_id: str) -> bool:
    """Tells whether an action may not keep this id: it is reserved, or too long."""
    return action_id in RESERVED or len(action_id) > LONGEST


def is_malformed(action_id: str) -> bool:
    """Tells whether an id of an action looks like a UUID and is none."""
    return _LIKE_A_UUID.fullmatch(action_id) is not None and canonical_id(action_id) is None


def id_maker(key: str) -> Callable[[], str]:
    """Makes the function that makes ids, UUIDs of version 4.

    With an idempotency key it makes the same ones each time: a repeated request must not look like another.
    """
    if not key:
        return lambda: str(uuid4())
    numbers = count()
    return lambda: str(UUID(bytes=sha256(f"{next(numbers)} {key}".encode()).digest()[:16], version=4))
