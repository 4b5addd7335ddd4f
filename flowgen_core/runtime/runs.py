"""Runs: read and listed."""

from datetime import datetime

from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.model.project import Caller
from flowgen_core.model.run import Run
from flowgen_core.store import runs
from flowgen_core.store.paging import Listing, Page
from flowgen_core.store.store import Store


class Runs:
    """The runs of the caller's project."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, caller: Caller, run_id: str, with_moves: bool) -> Run:
        """Gives a run. Raises RUN_NOT_FOUND."""
        run = await self._store.read(
            lambda tx: runs.get(tx, run_id, caller.project.id, with_moves=with_moves)
        )
        if run is None:
            raise FlowGenError(Reason.RUN_NOT_FOUND, "There is no such run in this project.")
        return run

    async def list(
        self,
        caller: Caller,
        page: Page,
        *,
        chat_id: str = "",
        flow_id: str = "",
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        with_moves: bool = False,
        with_total: bool = False,
    ) -> Listing[Run]:
        """Lists runs, newest first."""
        return await self._store.read(
            lambda tx: runs.select_page(
                tx,
                caller.project.id,
                page,
                chat_id=chat_id,
                flow_id=flow_id,
                created_from=created_from,
                created_to=created_to,
                with_moves=with_moves,
                with_total=with_total,
            )
        )
