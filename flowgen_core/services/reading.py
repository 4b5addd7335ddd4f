"""Reads requests, and refuses unreadable bytes and NUL characters so that nothing behind needs to."""

from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message

from flowgen_core.model.errors import FlowGenError, Reason, Violation

_MOST_VIOLATIONS = 20
# `Any`: a deserializer gives the message of its rpc.
Deserializer = Callable[[bytes], Any]


def reader(deserialize: Deserializer | None) -> Deserializer:
    """Makes the function that reads one request; it raises INVALID_ARGUMENT."""

    def read(raw: bytes) -> Any:
        if deserialize is None:
            return raw
        try:
            message = deserialize(raw)
        except (DecodeError, ValueError, RecursionError):
            raise FlowGenError(
                Reason.INVALID_ARGUMENT, "The request is no message of this rpc, or its text is no UTF-8."
            ) from None
        # Almost no message holds a zero byte, so almost none is walked.
        if b"\0" in raw:
            refuse_nul(message)
        return message

    return read


def refuse_nul(message: Message) -> None:
    """Refuses a message with U+0000 in a text: not every database keeps it. Raises INVALID_ARGUMENT."""
    paths = [path for _, path in zip(range(_MOST_VIOLATIONS), _nul_paths(message, ""), strict=False)]
    if paths:
        raise FlowGenError(
            Reason.INVALID_ARGUMENT,
            f"`{paths[0]}` must not hold the character U+0000.",
            violations=[
                Violation(path, "INVALID_CHARACTER", "must not hold the character U+0000") for path in paths
            ],
        )


def _nul_paths(message: Message, prefix: str) -> Iterator[str]:
    for field, value in message.ListFields():
        if field.type not in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_MESSAGE):
            continue
        path = f"{prefix}{field.name}"
        if field.is_repeated:
            for index, item in enumerate(value):
                yield from _value_paths(item, f"{path}[{index}]")
        else:
            yield from _value_paths(value, path)


def _value_paths(value: str | Message, path: str) -> Iterator[str]:
    if isinstance(value, Message):
        yield from _nul_paths(value, f"{path}.")
    elif "\0" in value:
        yield path
