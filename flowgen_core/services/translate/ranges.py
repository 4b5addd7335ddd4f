"""Ranges of time that lists are filtered by."""

from datetime import datetime

from google.protobuf.message import Message

from flowgen_core.services.translate.times import from_timestamp


def time_in(request: Message, name: str) -> datetime | None:
    """Reads a timestamp field of a request; None where it is unset. Raises INVALID_ARGUMENT."""
    return from_timestamp(getattr(request, name), name) if request.HasField(name) else None
