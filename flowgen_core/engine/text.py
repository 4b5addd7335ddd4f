"""`${name}` in texts: replaced once, never evaluated."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from flowgen_core.model import jsontext

LONGEST = 64 * 1024
MOST_REPLACED = 1024 * 1024

# A variable's value, None where there is none: any JSON.
Lookup = Callable[[str], Any]


class TooMuch(ValueError):
    """The texts of one value become more than a run may hold."""


def substitute(value: Any, lookup: Lookup) -> Any:
    """Replaces `${name}` in every string inside a JSON value; keys stay as they are.

    Raises TooMuch when the texts that hold places become more than 1 MiB characters in all.
    """
    left = MOST_REPLACED

    @cache
    def shown(name: str) -> str:
        return show(lookup(name))

    def replaced(item: Any) -> Any:
        nonlocal left
        if isinstance(item, str):
            text = _filled(item, shown)
            left -= 0 if text is item else len(text)
            if left < 0:
                raise TooMuch("The option is more than 1 MiB once its `${…}` are replaced.")
            return text
        if isinstance(item, Mapping):
            return {key: replaced(part) for key, part in item.items()}
        if isinstance(item, (list, tuple)):
            return [replaced(part) for part in item]
        return item

    return replaced(value)


def fill(text: str, lookup: Lookup) -> str:
    """Replaces `${name}` in one text, which is cut at 64 KiB characters when it holds `${`."""
    return _filled(text, lambda name: show(lookup(name)))


def _filled(text: str, shown: Callable[[str], str]) -> str:
    if "${" not in text:
        return text
    parts, length = [], 0
    for part in _parts(text, shown):
        parts.append(part)
        length += len(part)
        # A long text of places for a long value would be gigabytes before it is cut.
        if length >= LONGEST:
            break
    return "".join(parts)[:LONGEST]


def _parts(text: str, shown: Callable[[str], str]) -> Iterator[str]:
    """Gives what stands between places, and what stands for each: `${`, a name of one line, `}`."""
    done = start = 0
    close = line = -1
    while (start := text.find("${", start)) >= 0:
        # Each end is looked for once, however many beginnings share it: a pattern would begin anew for all.
        close = close if close >= start + 2 else _find(text, "}", start + 2)
        line = line if line >= start + 2 else _find(text, "\n", start + 2)
        if close == len(text):
            break
        if line < close:
            start += 2
            continue
        yield text[done:start]
        yield shown(text[start + 2 : close])
        done = start = close + 1
    yield text[done:]


def _find(text: str, part: str, start: int) -> int:
    found = text.find(part, start)
    return len(text) if found < 0 else found


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


def places(text: str) -> list[str]:
    """Names the variables that a text shows, in order."""
    found: list[str] = []

    def note(name: str) -> str:
        found.append(name)
        return ""

    # What is shown does not matter here, only what is asked for.
    for _ in _parts(text, note):
        pass
    return found


def _is_captured(value: Any) -> bool:
    # What slots collect: a list of objects that each hold a `value`.
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, dict) and "value" in item for item in value)
    )
