"""Tells domain errors on the wire: one gRPC code a reason, and `google.rpc.Status` with its details."""

from collections.abc import Mapping

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import (  # type: ignore[import-untyped]  # ships no types
    BadRequest,
    ErrorInfo,
    RetryInfo,
)
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # ships no types

from flowgen_core.model.errors import FlowGenError, Reason, Violation

DOMAIN = "flowgen"
DETAILS_KEY = "grpc-status-details-bin"
# Clients refuse answers whose metadata is larger than 8 KiB, and base64 makes the details a third longer.
_MOST_BYTES = 5000
_LONGEST_TEXT = 500
_OMITTED = "violations_omitted"

CODES: Mapping[Reason, grpc.StatusCode] = {
    Reason.INVALID_ARGUMENT: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.INVALID_FLOW: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.INVALID_INPUT: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.INVALID_OVERRIDE: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.NOT_AN_EVALUATION: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.INVALID_PAGE_TOKEN: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.FLOW_NOT_CHAT_COMPATIBLE: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.UNAUTHENTICATED: grpc.StatusCode.UNAUTHENTICATED,
    Reason.PERMISSION_DENIED: grpc.StatusCode.PERMISSION_DENIED,
    Reason.PROJECT_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.FLOW_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.RELEASE_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.RUN_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.GENERATION_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.CHAT_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.API_KEY_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.CHANNEL_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.CHAT_PAUSED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.CHAT_HAS_OPEN_RUN: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.RUN_NOT_WAITING: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.RUN_ENDED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.RUN_ALREADY_EXISTS: grpc.StatusCode.ALREADY_EXISTS,
    Reason.CHAT_NOT_WAITING: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.FLOW_DELETED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.WAIT_NOT_AVAILABLE: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.CONFLICT: grpc.StatusCode.ABORTED,
    Reason.REQUEST_ID_REUSED: grpc.StatusCode.ALREADY_EXISTS,
    Reason.RELEASE_ALREADY_EXISTS: grpc.StatusCode.ALREADY_EXISTS,
    Reason.CHAT_QUEUE_FULL: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.OVERLOADED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Reason.STORAGE_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Reason.INTERNAL: grpc.StatusCode.INTERNAL,
}


def to_status(error: FlowGenError) -> Status:
    """Writes an error as a status. Violations that would not fit are left out and counted in the metadata."""
    info = ErrorInfo(reason=error.reason.value, domain=DOMAIN)
    info.metadata.update({key: _clip(value) for key, value in error.metadata.items()})
    status = Status(code=code_number(CODES[error.reason]), message=_clip(error.message))
    bad_request, omitted = _bad_request(error, _MOST_BYTES - info.ByteSize() - status.ByteSize())
    if omitted:
        info.metadata[_OMITTED] = str(omitted)
    status.details.append(_packed(info))
    if bad_request.field_violations:
        status.details.append(_packed(bad_request))
    if error.retry_after is not None:
        status.details.append(_packed(RetryInfo(retry_delay=_duration(error.retry_after))))
    return status


def code_number(code: grpc.StatusCode) -> int:
    """Gives the number that a code has on the wire."""
    number: int = code.value[0]
    return number


def _bad_request(error: FlowGenError, room: int) -> tuple[BadRequest, int]:
    violations = BadRequest()
    for count, violation in enumerate(error.violations):
        field = _field(violation)
        room -= field.ByteSize() + 3
        if room < 0:
            return violations, len(error.violations) - count
        violations.field_violations.append(field)
    return violations, 0


def _field(violation: Violation) -> BadRequest.FieldViolation:
    return BadRequest.FieldViolation(
        field=_clip(violation.path), description=_clip(violation.message), reason=violation.reason
    )


def _packed(message: Message) -> Any:
    packed = Any()
    packed.Pack(message)
    return packed


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromMilliseconds(round(seconds * 1000))
    return duration


def _clip(text: str) -> str:
    # A text may quote what somebody sent; replacing keeps a lone surrogate from spoiling the answer.
    short = text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
    return short.encode("utf-8", "replace").decode()
