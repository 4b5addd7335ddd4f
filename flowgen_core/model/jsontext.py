"""JSON as FlowGen accepts it: UTF-8, bounded in depth, no NaN, no lone surrogate, no NUL, integers of 64 bits."""

import re
from typing import Any

import orjson

MAX_DEPTH = 64
_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1
# orjson turns an integer beyond 64 bits into a float; the text alone can tell.
_LONG_NUMBER = re.compile(rb"-?\d{19,}")
# Only run over text that has proven to be JSON: a quote that is never closed takes it the square of the length.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
# A bare value is any JSON value; `Any` is what the standard library says too.
Json = Any


class BadJson(ValueError):
    """The text is not JSON, or breaks a bound. `position` is a character offset, or 0 where none is known."""

    def __init__(self, message: str, position: int = 0, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.position, self.line, self.column = position, line, column


def parse(text: str | bytes, max_depth: int = MAX_DEPTH) -> Json:
    """Parses JSON text and checks the bounds. Raises BadJson."""
    raw = _bytes(text)
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadJson("The text is not valid JSON.", error.pos, error.lineno, error.colno) from None
    except RecursionError:
        raise BadJson(f"JSON may be nested {max_depth} deep.") from None
    _check_depth(raw, max_depth)
    _check_numbers(raw)
    if b"\\u0000" in raw:
        _check_text(value)
    return value


def dump(value: Json) -> str:
    """Writes a JSON value as compact text; the order of keys is kept. Raises BadJson for what JSON cannot hold."""
    try:
        return orjson.dumps(value).decode()
    except (TypeError, ValueError, RecursionError) as error:
        raise BadJson(f"The value cannot be written as JSON: {error}") from None


def is_clean(text: str) -> bool:
    """Tells whether a string may be stored: it has no NUL and no lone surrogate."""
    return "\x00" not in text and _encodes(text)


def _bytes(text: str | bytes) -> bytes:
    if isinstance(text, bytes):
        return text
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise BadJson("The text holds a lone surrogate.", error.start) from None


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_depth(raw: bytes, limit: int) -> None:
    # The brackets of a short or flat text cannot be too deep: no need to look for strings.
    if raw.count(b"[") + raw.count(b"{") <= limit:
        return
    depth = 0
    for char in _STRING.sub(b"", raw):
        if char in b"[{":
            depth += 1
            if depth > limit:
                raise BadJson(f"JSON may be nested {limit} deep.")
        elif char in b"]}":
            depth -= 1


def _check_numbers(raw: bytes) -> None:
    if not _LONG_NUMBER.search(raw):
        return
    for match in re.finditer(rb"(?<![\d.eE+-])-?\d{19,}(?![\d.eE])", _STRING.sub(b'""', raw)):
        if not _INT_MIN <= int(match.group()[:40]) <= _INT_MAX:
            raise BadJson("Integers must fit in 64 bits.", match.start())


def _check_text(value: Json) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise BadJson("A string holds the character U+0000.")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_text(key)
            _check_text(item)
    elif isinstance(value, list):
        for item in value:
            _check_text(item)
