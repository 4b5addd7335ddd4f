"""Moments and lengths of time as this API shows them: pure functions."""

from collections.abc import Sequence
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from flowgen_core.pb.v1.chat_pb2 import Message
from flowgen_core.pb.v1.run_pb2 import Run
from flowgen_gateway.dialects.botdojo.states import is_under_way, was_taken_over


def draw_time(time: Timestamp) -> str:
    """Draws a time: `2024-04-26T21:13:33.678Z`."""
    seconds = datetime.fromtimestamp(time.seconds, UTC).isoformat()[:19]
    return f"{seconds}.{time.nanos // 1_000_000:03d}Z"


def start_of(run: Run) -> Timestamp:
    """Tells when a run's first turn began; one that has not begun counts from when it was accepted."""
    return run.start_time if run.HasField("start_time") else run.create_time


def end_of(run: Run, said: Sequence[Message]) -> Timestamp | None:
    """Tells when the request ended, which for a run that waits is when it began to wait; None before."""
    if is_under_way(run):
        return None
    if was_taken_over(run):
        # It had waited since what it said last; its own end is that of the wait.
        return said[-1].create_time if said else start_of(run)
    return run.end_time if run.HasField("end_time") else run.update_time


def milliseconds(start: Timestamp, end: Timestamp) -> int:
    """Gives the whole milliseconds between two times, as they are drawn."""
    return (end.seconds - start.seconds) * 1000 + end.nanos // 1_000_000 - start.nanos // 1_000_000
