"""Times: aware UTC datetimes in the code, integer microseconds since 1970 in the store."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)


def to_micros(time: datetime) -> int:
    """Converts an aware datetime to microseconds since 1970."""
    return (time - _EPOCH) // _MICRO


def from_micros(micros: int) -> datetime:
    """Converts microseconds since 1970 to a UTC datetime."""
    return _EPOCH + timedelta(microseconds=micros)
