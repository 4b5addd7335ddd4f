"""The query of lists: how many rows, and where a page begins."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from google.protobuf.timestamp_pb2 import Timestamp

from flowgen_gateway.dialects.voipbin import moments
from flowgen_gateway.dialects.voipbin.errors import bad_parameter

LARGEST = 100
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_SEPARATOR = "~"  # neither in times nor in tokens of the core


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows are wanted: those made before `until`, from the core's `token` on.

    The core takes a token only with the filters that it was given for, so a token that follows from a time
    goes out with that time in front.
    """

    size: int = LARGEST
    token: str = ""
    since: str = ""
    until: Timestamp | None = None

    def following(self, token: str) -> str:
        """Makes the token of the next page from the core's; empty after the last page."""
        return f"{self.since}{_SEPARATOR}{token}" if token and self.since else token


def page_of(query: Mapping[str, str]) -> Page:
    """Reads `page_size` and `page_token`. Raises Refused."""
    size, text = _size(query.get("page_size")), query.get("page_token", "")
    since, separated, token = text.rpartition(_SEPARATOR)
    if not separated:
        since, token = (text, "") if moments.parse(text) else ("", text)
    until = moments.parse(since)
    if separated and until is None:
        raise bad_parameter("page_token")
    return Page(size, token, since, until)


def _size(text: str | None) -> int:
    if text is None:
        return LARGEST
    if not _INTEGER.fullmatch(text):
        raise bad_parameter("page_size")
    # Python refuses to read numbers of thousands of digits.
    size = int(text) if len(text) < 20 else LARGEST
    return size if 0 < size <= LARGEST else LARGEST
