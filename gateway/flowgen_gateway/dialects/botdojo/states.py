"""Where a flow request is, seen from the run behind it: pure functions."""

from collections.abc import Mapping

from flowgen_core.pb.v1.run_pb2 import (
    RUN_STATE_COMPLETED,
    RUN_STATE_FAILED,
    RUN_STATE_LISTENING,
    RUN_STATE_QUEUED,
    RUN_STATE_RUNNING,
    RUN_STATE_STOPPED,
    RUN_STATE_TIMED_OUT,
    RUN_STATE_WAITING,
    WAIT_KIND_INPUT,
    WAIT_KIND_TIME,
    Run,
)

_REASONS: Mapping[str, str] = {
    "EXECUTION_LIMIT": "LIMIT_EXCEEDED",
    "NESTING_LIMIT": "LIMIT_EXCEEDED",
    "INVALID_OUTPUT": "INVALID_OUTPUT",
    "INTERNAL": "INTERNAL",
}
_OVER = (RUN_STATE_COMPLETED, RUN_STATE_FAILED, RUN_STATE_STOPPED, RUN_STATE_TIMED_OUT)


def status_of(run: Run) -> str:
    """Tells the status of a flow request: `pending`, `running`, `complete` or `error`."""
    if run.state == RUN_STATE_QUEUED:
        return "pending"
    if is_under_way(run):
        return "running"
    failed = run.state in (RUN_STATE_FAILED, RUN_STATE_STOPPED) and not was_taken_over(run)
    return "error" if failed else "complete"


def is_under_way(run: Run) -> bool:
    """Tells whether something more happens by itself; a run that only sleeps is not at rest."""
    sleeps = run.state == RUN_STATE_WAITING and run.waiting.kind == WAIT_KIND_TIME
    return sleeps or run.state in (RUN_STATE_QUEUED, RUN_STATE_RUNNING)


def is_over(run: Run) -> bool:
    """Tells whether a run has ended."""
    return run.state in _OVER


def was_taken_over(run: Run) -> bool:
    """Tells whether the next request of the session has gone on from where this one waited."""
    return run.end_reason == "taken_over"


def waits_for_input(run: Run) -> bool:
    """Tells whether the request ended with a question, or with a flow that listens."""
    asks = run.state == RUN_STATE_WAITING and run.waiting.kind == WAIT_KIND_INPUT
    return asks or run.state == RUN_STATE_LISTENING or was_taken_over(run)


def error_of(run: Run) -> dict[str, str]:
    """Draws why a run went wrong."""
    if run.state == RUN_STATE_STOPPED:
        return {"code": "STOPPED", "message": "The run was stopped before it ended."}
    code = _REASONS.get(run.failure.reason, "ACTION_FAILED")
    return {"code": code, "message": run.failure.message}


def job_status_of(job: Run) -> str:
    """Tells the status of an evaluation job: `pending`, `running` or `complete`."""
    if job.state == RUN_STATE_QUEUED:
        return "pending"
    return "complete" if is_over(job) else "running"
