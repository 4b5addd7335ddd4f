"""Why requests are refused, and the one table from gRPC codes to HTTP statuses."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]  # generated

HTTP_STATUS: Mapping[grpc.StatusCode, int] = MappingProxyType(
    {
        grpc.StatusCode.INVALID_ARGUMENT: 400,
        grpc.StatusCode.OUT_OF_RANGE: 400,
        grpc.StatusCode.UNAUTHENTICATED: 401,
        grpc.StatusCode.PERMISSION_DENIED: 403,
        grpc.StatusCode.NOT_FOUND: 404,
        grpc.StatusCode.FAILED_PRECONDITION: 409,
        grpc.StatusCode.ABORTED: 409,
        grpc.StatusCode.ALREADY_EXISTS: 409,
        grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
        grpc.StatusCode.INTERNAL: 500,
        grpc.StatusCode.UNKNOWN: 500,
        grpc.StatusCode.UNAVAILABLE: 503,
        grpc.StatusCode.DEADLINE_EXCEEDED: 504,
    }
)
# What is told when the answer came from gRPC itself: its text may name machines and ports.
_SENTENCES: Mapping[grpc.StatusCode, tuple[str, str]] = MappingProxyType(
    {
        grpc.StatusCode.UNAVAILABLE: ("UNAVAILABLE", "The service is not available; try again."),
        grpc.StatusCode.DEADLINE_EXCEEDED: ("DEADLINE_EXCEEDED", "The answer took too long; try again."),
        grpc.StatusCode.RESOURCE_EXHAUSTED: ("OVERLOADED", "The service has too much to do; try again."),
        grpc.StatusCode.INVALID_ARGUMENT: ("INVALID_ARGUMENT", "The request is not valid."),
        grpc.StatusCode.UNAUTHENTICATED: ("UNAUTHENTICATED", "Could not validate credentials."),
        grpc.StatusCode.PERMISSION_DENIED: ("PERMISSION_DENIED", "The credential may not do this."),
    }
)
_INTERNAL = ("INTERNAL", "Internal server error.")
_DETAILS_KEY = "grpc-status-details-bin"
_COME_BACK = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}


class Refusal(Exception):
    """A request that is refused; the dialect that it was for gives the answer its shape."""


class RouteNotFound(Refusal):
    """No dialect has this path."""


@dataclass(slots=True)
class MethodNotAllowed(Refusal):
    """The path is known, the method is not; `allow` lists those that are: `GET, POST`."""

    allow: str


@dataclass(slots=True)
class BodyTooLarge(Refusal):
    """The body has more than `limit` bytes."""

    limit: int


@dataclass(slots=True)
class BadHeader(Refusal):
    """The header `name` (lower case) has a bad value; `kind` is pydantic's word for what is wrong with it."""

    name: str
    kind: str
    message: str


@dataclass(slots=True)
class BadFields(Refusal):
    """Fields of the query or the body are wrong: pydantic's entries with `type`, `loc` and `msg`."""

    entries: Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Violation:
    """One field that the core refused; `path` is dotted, with indices: `parameters.slots[0]`."""

    path: str
    reason: str
    message: str


@dataclass(slots=True)
class CoreError(Refusal):
    """The core's refusal. `reason` is an ErrorReason without its prefix, `retry_after` whole seconds."""

    code: grpc.StatusCode
    reason: str
    message: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    violations: Sequence[Violation] = ()
    retry_after: int | None = None

    @property
    def http_status(self) -> int:
        """The status of the one table; 500 for codes that the core never sends."""
        return HTTP_STATUS.get(self.code, 500)


def internal_error() -> CoreError:
    """Makes the answer to a bug of the gateway's own: nothing of the cause is told."""
    return CoreError(grpc.StatusCode.INTERNAL, *_INTERNAL)


def unauthenticated() -> CoreError:
    """Makes the refusal of a credential that cannot even be passed on to the core."""
    code = grpc.StatusCode.UNAUTHENTICATED
    return CoreError(code, *_SENTENCES[code], metadata={"credential": "invalid"})


def unavailable() -> CoreError:
    """Makes the refusal of a request that came while the core or the gateway cannot serve."""
    code = grpc.StatusCode.UNAVAILABLE
    return CoreError(code, *_SENTENCES[code], retry_after=1)


def core_error(error: grpc.aio.AioRpcError) -> CoreError:
    """Reads what the core said from the `google.rpc.Status` in the trailing metadata of a failed call."""
    # The gateway answers nothing after it cancelled a call: one that ends so was cut by a core that stops.
    cut = error.code() is grpc.StatusCode.CANCELLED
    code = grpc.StatusCode.UNAVAILABLE if cut else error.code()
    reason, message = _SENTENCES.get(code, _INTERNAL)
    result = CoreError(code, reason, message, retry_after=1 if code in _COME_BACK else None)
    trailing: Any = error.trailing_metadata() or ()  # Any: the stubs' pairs do not know that they are pairs
    for key, value in trailing:
        if key == _DETAILS_KEY and isinstance(value, bytes):
            _read_details(result, status_pb2.Status.FromString(value))
    return result


def _read_details(result: CoreError, status: status_pb2.Status) -> None:
    info, bad, retry = (
        error_details_pb2.ErrorInfo(),
        error_details_pb2.BadRequest(),
        error_details_pb2.RetryInfo(),
    )
    for detail in status.details:
        if detail.Unpack(info):
            result.reason, result.message, result.metadata = info.reason, status.message, dict(info.metadata)
        elif detail.Unpack(bad):
            result.violations = [Violation(v.field, v.reason, v.description) for v in bad.field_violations]
        elif detail.Unpack(retry):
            result.retry_after = max(1, math.ceil(retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9))
