"""`${name}` in texts: replaced once, never evaluated."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from flowgen_core.model import jsontext

PLACE = re.compile(r"\$\{(.*?)\}")
LONGEST = 64 * 1024

# A variable's value, None where there is none: any JSON.
Lookup = Callable[[str], Any]


def substitute(value: Any, lookup: Lookup) -> Any:
    """Replaces `${name}` in every string inside a JSON value; keys stay as they are."""
    if isinstance(value, str):
        return fill(value, lookup)
    if isinstance(value, Mapping):
        return {key: substitute(item, lookup) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [substitute(item, lookup) for item in value]
    return value


def fill(text: str, lookup: Lookup) -> str:
    """Replaces `${name}` in one text, which is cut at 64 KiB when something was replaced."""
    if "${" not in text:
        return text
    return PLACE.sub(lambda match: show(lookup(match.group(1))), text)[:LONGEST]


def show(value: Any) -> str:
    """Writes a variable's value as text: text as it is, nothing for null, else compact JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if _is_captured(value):
        return ", ".join(show(item["value"]) for item in value)
    return jsontext.dump(value)


def has_places(value: Any) -> bool:
    """Tells whether any string inside a JSON value holds `${`."""
    if isinstance(value, str):
        return "${" in value
    if isinstance(value, Mapping):
        return any(has_places(item) for item in value.values())
    return isinstance(value, (list, tuple)) and any(has_places(item) for item in value)


def _is_captured(value: Any) -> bool:
    # What slots collect: a list of objects that each hold a `value`.
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, dict) and "value" in item for item in value)
    )
