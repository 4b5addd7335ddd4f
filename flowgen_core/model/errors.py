"""The domain errors: a reason, a sentence for people, and facts for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Reason(StrEnum):
    """Why a call failed; the wire's `ErrorReason` without its prefix."""

    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    INVALID_FLOW = "INVALID_FLOW"
    INVALID_INPUT = "INVALID_INPUT"
    INVALID_OVERRIDE = "INVALID_OVERRIDE"
    NOT_AN_EVALUATION = "NOT_AN_EVALUATION"
    INVALID_PAGE_TOKEN = "INVALID_PAGE_TOKEN"
    FLOW_NOT_CHAT_COMPATIBLE = "FLOW_NOT_CHAT_COMPATIBLE"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    PROJECT_NOT_FOUND = "PROJECT_NOT_FOUND"
    FLOW_NOT_FOUND = "FLOW_NOT_FOUND"
    RELEASE_NOT_FOUND = "RELEASE_NOT_FOUND"
    RUN_NOT_FOUND = "RUN_NOT_FOUND"
    GENERATION_NOT_FOUND = "GENERATION_NOT_FOUND"
    CHAT_NOT_FOUND = "CHAT_NOT_FOUND"
    API_KEY_NOT_FOUND = "API_KEY_NOT_FOUND"
    CHANNEL_NOT_FOUND = "CHANNEL_NOT_FOUND"
    CHAT_PAUSED = "CHAT_PAUSED"
    CHAT_HAS_OPEN_RUN = "CHAT_HAS_OPEN_RUN"
    RUN_NOT_WAITING = "RUN_NOT_WAITING"
    RUN_ENDED = "RUN_ENDED"
    RUN_ALREADY_EXISTS = "RUN_ALREADY_EXISTS"
    CHAT_NOT_WAITING = "CHAT_NOT_WAITING"
    FLOW_DELETED = "FLOW_DELETED"
    WAIT_NOT_AVAILABLE = "WAIT_NOT_AVAILABLE"
    CONFLICT = "CONFLICT"
    REQUEST_ID_REUSED = "REQUEST_ID_REUSED"
    RELEASE_ALREADY_EXISTS = "RELEASE_ALREADY_EXISTS"
    CHAT_QUEUE_FULL = "CHAT_QUEUE_FULL"
    OVERLOADED = "OVERLOADED"
    UNAVAILABLE = "UNAVAILABLE"
    STORAGE_UNAVAILABLE = "STORAGE_UNAVAILABLE"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True, slots=True)
class Violation:
    """One field that is wrong: `path` is dotted with indices (`parameters.slots[0]`), `reason` in upper case.

    `message` follows the path in a sentence: `must be one of nl, en`.
    """

    path: str
    reason: str
    message: str


@dataclass(slots=True)
class FlowGenError(Exception):
    """A call that FlowGen refuses. Only `message`, `metadata` and `violations` reach the caller."""

    reason: Reason
    message: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    violations: Sequence[Violation] = ()
    retry_after: float | None = None

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}"


def invalid(path: str, reason: str, message: str) -> FlowGenError:
    """Makes the error of one bad field."""
    return FlowGenError(
        Reason.INVALID_ARGUMENT, f"`{path}` {message}.", violations=(Violation(path, reason, message),)
    )
