"""Runs: read and listed."""

from dataclasses import dataclass, replace

from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.model.project import Caller
from flowgen_core.model.run import Run, RunKind
from flowgen_core.store import chats, runs
from flowgen_core.store.paging import Listing, Page
from flowgen_core.store.runs import RunFilter
from flowgen_core.store.store import Store
from flowgen_core.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Seen:
    """A run with the evaluations of it, in their order."""

    run: Run
    evaluations: tuple[Run, ...] = ()


class Runs:
    """The runs of the caller's project."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, caller: Caller, run_id: str, with_moves: bool) -> Seen:
        """Gives a run. Raises RUN_NOT_FOUND."""
        return await self._store.read(lambda tx: _see(tx, caller, run_id, with_moves))

    async def list(
        self, caller: Caller, page: Page, fits: RunFilter, with_total: bool = False
    ) -> Listing[Run]:
        """Lists runs, newest first."""
        return await self._store.read(
            lambda tx: runs.select_page(tx, caller.project.id, fits, page, with_total=with_total)
        )


def _see(tx: Tx, caller: Caller, run_id: str, with_moves: bool) -> Seen:
    run = runs.get(tx, run_id, caller.project.id, with_moves=with_moves)
    if run is None:
        raise FlowGenError(Reason.RUN_NOT_FOUND, "There is no such run in this project.")
    chat = chats.get(tx, run.chat_id) if run.chat_id and run.state.is_open else None
    if chat is not None:
        run = replace(run, variables=chat.variables)
    job_id = run.id if run.kind is RunKind.EVALUATION_JOB else run.evaluation_run_id
    return Seen(run, tuple(runs.children(tx, job_id)) if job_id else ())
