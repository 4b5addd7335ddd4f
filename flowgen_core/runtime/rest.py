"""When a run is at rest: nothing happens until somebody does something."""

from flowgen_core.model import jsontext
from flowgen_core.model.outcomes import WaitKind
from flowgen_core.model.run import Run, RunState


def at_rest(run: Run) -> bool:
    """Tells whether a run has ended, listens, or waits for anything but time."""
    if not run.state.is_open or run.state is RunState.LISTENING:
        return True
    pending = run.cursor.pending
    return pending is not None and pending.kind not in {None, WaitKind.TIME}


def waits_for_evaluations(run: Run, job: Run | None = None) -> bool:
    """Tells whether a run that is at rest is answered only when its evaluations are over; `job` as it is now."""
    if not run.evaluation_run_id or (job is not None and not job.state.is_open):
        return False
    return bool(jsontext.parse(run.evaluation_plan).get("blocks"))
