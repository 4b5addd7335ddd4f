"""Request bodies: JSON under the bounds that all dialects share; what is wrong is told with its place."""

import json
import re
from enum import StrEnum
from typing import Any

import orjson
from starlette.requests import Request

from flowgen_gateway.errors import BodyTooLarge, Refusal

# A body is any JSON value; `Any` is what the standard library says too.
Json = Any

_LONG_NUMBER = re.compile(rb"\d{19}")
_NUL, _SURROGATE = b"\\u0000", re.compile(rb"\\u[dD][89a-fA-F]")
# Only run over text that has proven to be JSON: there, a quote that opens a string has one that closes it.
_NUMBERS = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*')
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]')


class Fault(StrEnum):
    """What is wrong with a body."""

    EMPTY = "EMPTY"
    SYNTAX = "SYNTAX"  # no JSON, not UTF-8, NaN, 1e999
    DEPTH = "DEPTH"
    NUMBER = "NUMBER"  # an integer that does not fit in 64 bits
    STRING = "STRING"  # U+0000 or a lone surrogate


class BadJson(Refusal):
    """A body that is refused.

    `offset` counts from 0, `line` and `column` from 1, where the place is known. `path` holds the keys and
    indices that lead to a bad string, or to the object whose key is bad; it is empty for the other faults.
    """

    def __init__(self, fault: Fault, message: str, offset: int = 0, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.fault, self.message = fault, message
        self.offset, self.line, self.column = offset, line, column
        self.path: tuple[str | int, ...] = ()


async def read_json(request: Request, *, limit: int, depth: int) -> Json:
    """Reads the body of a request as JSON, whatever its media type says. Raises BodyTooLarge and BadJson."""
    return parse_json(await read_body(request, limit), depth=depth)


async def read_body(request: Request, limit: int) -> bytes:
    """Reads the bytes of a body, also a chunked one. Raises BodyTooLarge as soon as it is known."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limit:
        raise BodyTooLarge(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLarge(limit)
    return bytes(body)


def parse_json(raw: bytes, *, depth: int) -> Json:
    """Parses JSON text nested at most `depth` deep. Raises BadJson."""
    if not raw:
        raise BadJson(Fault.EMPTY, "The body is empty.")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        _judge_surrogates(raw)
        raise BadJson(Fault.SYNTAX, error.msg, error.pos, error.lineno, error.colno) from None
    _check_depth(raw, depth)
    _check_integers(raw)
    if _NUL in raw:
        _check_strings(value)
    return value


def _judge_surrogates(raw: bytes) -> None:
    # orjson says where a lone surrogate stands, but not in which field: the standard library reads on.
    if not _SURROGATE.search(raw):
        return
    try:
        value = json.loads(raw, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return
    _check_strings(value)


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _check_depth(raw: bytes, limit: int) -> None:
    if raw.count(b"[") + raw.count(b"{") <= limit:
        return
    depth = 0
    for token in _BRACKETS.finditer(raw):
        bracket = token.group()
        if bracket in (b"[", b"{"):
            depth += 1
            if depth > limit:
                raise _at(raw, token.start(), Fault.DEPTH, f"JSON may be nested {limit} deep.")
        elif bracket in (b"]", b"}"):
            depth -= 1


def _check_integers(raw: bytes) -> None:
    # orjson makes a float of an integer beyond 64 bits: the text alone can tell.
    if not _LONG_NUMBER.search(raw):
        return
    for token in _NUMBERS.finditer(raw):
        number = token.group()
        if number.lstrip(b"-").isdigit() and not _fits(number):
            raise _at(raw, token.start(), Fault.NUMBER, "Integers must fit in 64 bits.")


def _fits(number: bytes) -> bool:
    return len(number) <= 20 and -(2**63) <= int(number) < 2**63


def _check_strings(value: Json) -> None:
    waiting: list[tuple[tuple[str | int, ...], Json]] = [((), value)]
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, str):
            _check_string(item, path)
        elif isinstance(item, dict):
            for key in item:
                _check_string(key, path)
            waiting.extend(((*path, key), part) for key, part in reversed(item.items()))
        elif isinstance(item, list):
            waiting.extend(((*path, index), part) for index, part in reversed(list(enumerate(item))))


def _check_string(text: str, path: tuple[str | int, ...]) -> None:
    if _is_clean(text):
        return
    bad = BadJson(Fault.STRING, "The string holds U+0000 or a lone surrogate.")
    bad.path = path
    raise bad


def _is_clean(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def _at(raw: bytes, index: int, fault: Fault, message: str) -> BadJson:
    before = raw[:index].decode()
    line = before.count("\n") + 1
    return BadJson(fault, message, len(before), line, len(before) - before.rfind("\n"))
