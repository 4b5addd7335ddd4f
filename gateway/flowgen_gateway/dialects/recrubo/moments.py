"""Filters on times. Clients see whole seconds, so whole seconds are compared."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from flowgen_core.pb.v1.flow_pb2 import ListFlowsRequest
from flowgen_core.pb.v1.generation_pb2 import ListGenerationsRequest
from flowgen_gateway.dialects.recrubo.errors import bad_parameter
from flowgen_gateway.dialects.recrubo.query import Filter

_SECOND = timedelta(seconds=1)
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ].+)?", re.ASCII)
_BARE_PLUS = re.compile(r" (?=\d\d:?\d\d$)")

Window = tuple[datetime | None, datetime | None]


def narrow_times(request: ListGenerationsRequest | ListFlowsRequest, filters: Iterable[Filter]) -> bool:
    """Writes times into a request; False when none can fit. Raises `Refused` (400) for a bad value."""
    windows = [_window(each) for each in filters]
    first = max((start for start, _ in windows if start), default=None)
    last = min((end for _, end in windows if end), default=None)
    if first:
        request.create_time_from.FromDatetime(first)
    if last:
        request.create_time_to.FromDatetime(last)
    return first is None or last is None or first < last


def _window(each: Filter) -> Window:
    """The times from the first up to, not with, the second."""
    try:
        moment = _moment(each.value)
        return _around(moment, each.operator)
    except (ValueError, OverflowError):
        detail = f"{each.parameter} must be a date or a date-time such as 2026-11-21T09:30:00+00:00"
        raise bad_parameter(each.parameter, detail) from None


def _moment(text: str) -> datetime:
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    if len(text) > len("2026-11-21 09:30"):
        text = _BARE_PLUS.sub("+", text)  # an offset's plus that was not percent-encoded arrives as a blank
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _around(moment: datetime, operator: str) -> Window:
    second = moment.replace(microsecond=0)
    following = second + _SECOND
    beginning = second if moment == second else following
    match operator:
        case "gt":
            return following, None
        case "gte":
            return beginning, None
        case "lt":
            return None, beginning
        case "lte":
            return None, following
        case _:
            return beginning, following
