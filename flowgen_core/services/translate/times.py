"""Times and durations of the wire."""

from datetime import UTC, datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from flowgen_core.model.errors import invalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = -62135596800, 253402300799


def to_timestamp(time: datetime) -> Timestamp:
    """Writes an aware datetime."""
    since = time - _EPOCH
    return Timestamp(seconds=since.days * 86400 + since.seconds, nanos=since.microseconds * 1000)


def from_timestamp(timestamp: Timestamp, path: str) -> datetime:
    """Reads a timestamp as UTC with microseconds. Raises INVALID_ARGUMENT for years outside 1 to 9999."""
    if not _FIRST <= timestamp.seconds <= _LAST or not 0 <= timestamp.nanos < 1_000_000_000:
        raise invalid(path, "OUT_OF_RANGE", "must be a time in the years 1 to 9999")
    return _EPOCH + timedelta(seconds=timestamp.seconds, microseconds=timestamp.nanos // 1000)


def from_duration(duration: Duration, path: str) -> float:
    """Reads a duration as seconds. Raises INVALID_ARGUMENT for one below zero."""
    seconds = duration.seconds + duration.nanos / 1e9
    if seconds < 0:
        raise invalid(path, "OUT_OF_RANGE", "must not be below zero")
    return seconds
