"""RunService: executions of flows."""

from collections.abc import AsyncIterator

from flowgen_core.pb.v1 import run_pb2, run_pb2_grpc
from flowgen_core.runtime.runs import Runs
from flowgen_core.runtime.starting import Starter
from flowgen_core.runtime.steering import Steering
from flowgen_core.runtime.streaming import Streamer
from flowgen_core.services.call import Context, current_caller
from flowgen_core.services.once import answer_once, once_of, wait_of
from flowgen_core.services.translate import run as translate
from flowgen_core.services.translate import run_in
from flowgen_core.services.translate.chat import json_object
from flowgen_core.services.translate.run_frames import event_out
from flowgen_core.store.paging import Page


class RunService(run_pb2_grpc.RunServiceServicer):
    """Serves the rpcs of RunService."""

    def __init__(
        self, runs: Runs, starter: Starter, steering: Steering, streamer: Streamer, longest_wait: float
    ) -> None:
        self._runs, self._starter, self._steering, self._streamer = runs, starter, steering, streamer
        self._longest_wait = longest_wait

    async def StartRun(self, request: run_pb2.StartRunRequest, context: Context) -> run_pb2.Run:
        """Starts a run."""
        new, wait = run_in.new_run(request), wait_of(request, context, self._longest_wait)
        done = await self._starter.start(current_caller(), new, once_of(request, current_caller()))
        run = answer_once(context, done)
        return await self._seen(run.id) if not wait else await self._waited(run.id, wait)

    async def StreamRun(
        self, request: run_pb2.StreamRunRequest, context: Context
    ) -> AsyncIterator[run_pb2.RunEvent]:
        """Shows what happens in a run."""
        async for shown in self._streamer.run(current_caller(), request.id.lower(), request.after):
            yield event_out(shown)

    async def GetRun(self, request: run_pb2.GetRunRequest, context: Context) -> run_pb2.Run:
        """Reads a run."""
        seen = await self._runs.get(current_caller(), request.id.lower(), request.with_moves)
        return translate.seen_out(seen)

    async def ListRuns(self, request: run_pb2.ListRunsRequest, context: Context) -> run_pb2.ListRunsResponse:
        """Lists runs."""
        page, fits = Page.of(request.page_size, request.page_token), run_in.filter_of(request)
        listing = await self._runs.list(current_caller(), page, fits, request.with_total)
        return translate.runs_out(listing)

    async def ContinueRun(self, request: run_pb2.ContinueRunRequest, context: Context) -> run_pb2.Run:
        """Ends a run's wait for a caller."""
        given = json_object(request.variables_json, "variables_json")
        done = await self._steering.go_on(
            current_caller(),
            request.id.lower(),
            request.expected_action_id,
            given,
            once_of(request, current_caller()),
        )
        return translate.run_out(answer_once(context, done))

    async def StopRun(self, request: run_pb2.StopRunRequest, context: Context) -> run_pb2.Run:
        """Ends a run where it is."""
        run = await self._steering.stop(current_caller(), request.id.lower())
        return translate.run_out(run)

    async def DeleteRun(self, request: run_pb2.DeleteRunRequest, context: Context) -> run_pb2.Run:
        """Hides a run."""
        run = await self._steering.delete(current_caller(), request.id.lower())
        return translate.run_out(run)

    async def _waited(self, run_id: str, wait: float) -> run_pb2.Run:
        await self._steering.wait(current_caller(), run_id, wait)
        return await self._seen(run_id)

    async def _seen(self, run_id: str) -> run_pb2.Run:
        return translate.seen_out(await self._runs.get(current_caller(), run_id, with_moves=True))
