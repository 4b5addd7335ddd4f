"""When a run is at rest: nothing happens until somebody does something."""

from flowgen_core.model.outcomes import WaitKind
from flowgen_core.model.run import Run, RunState


def at_rest(run: Run) -> bool:
    """Tells whether a run has ended, listens, or waits for anything but time."""
    if not run.state.is_open or run.state is RunState.LISTENING:
        return True
    pending = run.cursor.pending
    return pending is not None and pending.kind not in {None, WaitKind.TIME}
