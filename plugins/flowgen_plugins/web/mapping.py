"""Makes variables of what a webhook answers."""

import json
from collections.abc import Iterator
from typing import Any

import pydantic_core

LONGEST_BODY = 256 * 1024
MOST_NAMES = 100
LONGEST_NAME = 255
LONGEST_VALUE = 32 * 1024
MOST_BYTES = 64 * 1024
DEEPEST = 8


def variables_of(body: bytes) -> dict[str, str]:
    """Gives a variable for each scalar in a JSON object, `{"a":{"b":1}}` as `a.b`; of any other body none.

    What goes beyond the limits is left out, and so is every name that begins with `voipbin.`.
    """
    answer = _parse(body)
    if not isinstance(answer, dict):
        return {}
    found: dict[str, str] = {}
    room = MOST_BYTES
    for name, text in _scalars(answer, "", 1):
        size = _size(name) + _size(text)
        freed = _size(name) + _size(found[name]) if name in found else 0
        full = name not in found and len(found) == MOST_NAMES
        if full or size > room + freed or not _allowed(name) or _size(text) > LONGEST_VALUE:
            continue
        found[name] = text
        room += freed - size
    return found


# What a server answers may be any JSON.
def _parse(body: bytes) -> Any:
    if len(body) > LONGEST_BODY:
        return None
    try:
        return pydantic_core.from_json(body, allow_inf_nan=False)
    except ValueError:
        return None


def _scalars(value: Any, name: str, depth: int) -> Iterator[tuple[str, str]]:
    members: Any = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in members:
        path = f"{name}.{key}" if name else str(key)
        if not isinstance(item, (dict, list)):
            yield path, _text(item)
        elif depth < DEEPEST:
            yield from _scalars(item, path, depth + 1)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.replace("\x00", "") if isinstance(value, str) else json.dumps(value)


def _allowed(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and "\x00" not in name and not name.lower().startswith("voipbin.")


def _size(text: str) -> int:
    return len(text.encode())
