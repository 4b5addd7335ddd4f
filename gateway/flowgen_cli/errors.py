"""What goes wrong for reasons that a person can put right, and how the core's errors read to people."""

from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]  # ships no types

# Where gRPC carries a `google.rpc.Status`; an answer without one is not the core's.
DETAILS = "grpc-status-details-bin"


class CliError(Exception):
    """Something that the person at the terminal can put right; its text is what they read."""


def explain(error: grpc.aio.AioRpcError, address: str) -> CliError:
    """Gives what a failed call to the core at `address` (host:port) means to a person."""
    answered = _status(error)
    if error.code() is grpc.StatusCode.UNAVAILABLE and answered is None:
        return CliError(
            f"No FlowGen server answers at `{address}`: "
            "start one with `flowgen serve`, or name another with `--grpc`."
        )
    if error.code() is grpc.StatusCode.UNAUTHENTICATED:
        return CliError(
            f"The server at `{address}` does not accept the API key: "
            "give a valid one with `--api-key` or FLOWGEN_API_KEY."
        )
    return CliError("\n".join([error.details() or error.code().name, *_violations(answered)]))


def _status(error: grpc.aio.AioRpcError) -> status_pb2.Status | None:
    trailing: Any = error.trailing_metadata() or ()  # the stubs' pairs do not know that they are pairs
    found = [value for name, value in trailing if name == DETAILS]
    return status_pb2.Status.FromString(found[0]) if found else None


def _violations(status: status_pb2.Status | None) -> list[str]:
    bad = error_details_pb2.BadRequest()
    found = [
        bad.FromString(any_.value) for any_ in (status.details if status else ()) if any_.Is(bad.DESCRIPTOR)
    ]
    return [f"  {v.field}: {v.description}" for request in found for v in request.field_violations]
