"""RunService: executions of flows."""

from flowgen_core.pb.v1 import run_pb2, run_pb2_grpc
from flowgen_core.runtime.runs import Runs
from flowgen_core.services.call import Context, current_caller
from flowgen_core.services.translate import run as translate
from flowgen_core.services.translate.times import from_timestamp
from flowgen_core.store.paging import Page


class RunService(run_pb2_grpc.RunServiceServicer):
    """Serves the rpcs of RunService."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    async def GetRun(self, request: run_pb2.GetRunRequest, context: Context) -> run_pb2.Run:
        """Reads a run."""
        run = await self._runs.get(current_caller(), request.id.lower(), request.with_moves)
        return translate.run_out(run)

    async def ListRuns(
        self, request: run_pb2.ListRunsRequest, context: Context
    ) -> run_pb2.ListRunsResponse:
        """Lists runs."""
        page = Page.of(request.page_size, request.page_token)
        listing = await self._runs.list(
            current_caller(),
            page,
            chat_id=request.chat_id.lower(),
            flow_id=request.flow_id.lower(),
            created_from=from_timestamp(request.create_time_from, "create_time_from")
            if request.HasField("create_time_from")
            else None,
            created_to=from_timestamp(request.create_time_to, "create_time_to")
            if request.HasField("create_time_to")
            else None,
            with_moves=request.with_moves,
            with_total=request.with_total,
        )
        return translate.runs_out(listing)
