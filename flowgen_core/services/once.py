"""Calls that must have one effect, and calls that wait for their work."""

import hashlib
from typing import Protocol, TypeVar

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from flowgen_core.model.errors import invalid
from flowgen_core.model.project import Caller
from flowgen_core.runtime.once import Done
from flowgen_core.runtime.send import Sent
from flowgen_core.services.call import Context, mark_replayed
from flowgen_core.services.translate.times import from_duration
from flowgen_core.store.requests import Once

LONGEST = 255
# What a retry may say otherwise and still be the same request.
_MAY_DIFFER = ("request_id", "wait", "validate_only")
# An answer that waits comes so many seconds before the call's deadline.
_MARGIN = 0.5
T = TypeVar("T")


class Waiting(Protocol):
    """A request with a `wait`."""

    @property
    def wait(self) -> Duration:
        """How long to wait."""


def once_of(request: Message, caller: Caller) -> Once | None:
    """Reads what makes a call one with its retries; None without a `request_id`. Raises INVALID_ARGUMENT."""
    request_id: str = getattr(request, "request_id", "")
    if not request_id:
        return None
    if len(request_id) > LONGEST or not all("!" <= char <= "~" for char in request_id):
        raise invalid("request_id", "INVALID_VALUE", f"must be 1 to {LONGEST} visible ASCII characters")
    return Once(caller.project.id, request_id, request.DESCRIPTOR.name, _fingerprint(request))


def answer_once(context: Context, done: Done[T]) -> T:
    """Gives the resource, and marks the answer of a call that was made before."""
    if done.replayed:
        mark_replayed(context)
    return done.resource


def answer_sent(context: Context, sent: Sent) -> Sent:
    """Marks the answer to a message that was sent before."""
    if sent.replayed:
        mark_replayed(context)
    return sent


def wait_of(request: Waiting, context: Context, longest: float) -> float:
    """Gives the seconds that a call may wait: what it asks, at most `longest`, and less than its deadline."""
    wait = min(from_duration(request.wait, "wait"), longest)
    left = context.time_remaining()
    return wait if left is None else max(0.0, min(wait, left - _MARGIN))


def _fingerprint(request: Message) -> str:
    copy = type(request)()
    copy.CopyFrom(request)
    for name in _MAY_DIFFER:
        if name in copy.DESCRIPTOR.fields_by_name:
            copy.ClearField(name)
    return hashlib.sha256(copy.SerializeToString(deterministic=True)).hexdigest()
