"""Ids: UUIDs of version 7, which sort by the time they were made, so that new rows stand together."""

import uuid
from collections.abc import Callable


def uuid7(time_ns: int, random_bytes: Callable[[int], bytes]) -> uuid.UUID:
    """Makes a UUID of version 7 (RFC 9562) from the time of day and 10 random bytes."""
    millis = time_ns // 1_000_000
    tail = int.from_bytes(random_bytes(10), "big")
    value = (millis & (1 << 48) - 1) << 80 | tail
    value = value & ~(0xF << 76) | 7 << 76
    return uuid.UUID(int=value & ~(0b11 << 62) | 0b10 << 62)
