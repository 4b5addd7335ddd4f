"""Times as this API writes and reads them: UTC, microseconds, and a far future for "not yet"."""

import re
from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

NEVER = "9999-01-01 00:00:00.000000"
_FORM = re.compile(r"(\d{4}-\d\d-\d\d)[T +](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z?", re.ASCII)
_MICROSECOND = timedelta(microseconds=1)


def write(time: Timestamp) -> str:
    """Writes a time as `YYYY-MM-DD HH:MM:SS.ffffff`."""
    return f"{datetime.fromtimestamp(time.seconds, UTC):%Y-%m-%d %H:%M:%S}.{time.nanos // 1000:06}"


def parse(text: str) -> Timestamp | None:
    """Reads a time in the form above, or as ISO 8601 with `T`, in UTC; None for anything else.

    What is finer than a microsecond is rounded up, so that "before" it stays before.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    day, clock, fraction = match[1], match[2], (match[3] or "").ljust(9, "0")
    try:
        moment = datetime.fromisoformat(f"{day} {clock}.{fraction[:6]}+00:00")
        rounded = moment + _MICROSECOND if fraction[6:] > "000" else moment
    except (ValueError, OverflowError):
        return None
    time = Timestamp()
    time.FromDatetime(rounded)
    return time
