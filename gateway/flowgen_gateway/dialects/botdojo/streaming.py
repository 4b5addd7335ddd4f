"""Streams of what a run does, as server-sent events."""

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response

from flowgen_core.pb.v1.run_pb2 import GetRunRequest, Run, StreamRunRequest
from flowgen_gateway.deps import gateway_of
from flowgen_gateway.dialects.botdojo.asked import events_of
from flowgen_gateway.dialects.botdojo.frames import Frame, frame_of, last_frames, wanted_types
from flowgen_gateway.dialects.botdojo.http import Visit
from flowgen_gateway.dialects.botdojo.records import Records
from flowgen_gateway.dialects.botdojo.translate import draw_flow_request
from flowgen_gateway.errors import CoreError
from flowgen_gateway.outbox import Outbox
from flowgen_gateway.sse import EventStream, sse_frame
from flowgen_gateway.streams import End, drained, follow


def stream_run(request: Request, visit: Visit, run: Run, after: str = "", *, again: bool = False) -> Response:
    """Streams a run from its start, or after an event, with the events that the run was started with."""
    outbox, wanted = Outbox(), wanted_types(events_of(run))
    telling = _tell(visit, StreamRunRequest(id=run.id, after=after), wanted, outbox)
    response = EventStream(outbox, telling, drained(gateway_of(request)))
    if again:
        response.headers["idempotency-replayed"] = "true"
    return response


async def _tell(visit: Visit, asked: StreamRunRequest, wanted: Collection[str] | None, outbox: Outbox) -> End:
    """Draws what happens into the outbox until the run is at rest."""

    def draw(frame: Frame) -> bytes | None:
        shown = wanted is None or frame.type in wanted
        return sse_frame(frame.data(), event=frame.event, id=frame.id) if shown else None

    try:
        async with aclosing(_frames(visit, asked)) as frames:
            return await follow(frames, outbox, draw, lambda frame: frame.is_last)
    except CoreError:
        # Only reading the end can fail so: the reader comes back for it.
        return End.LOST


async def _frames(visit: Visit, asked: StreamRunRequest) -> AsyncGenerator[Frame, None]:
    call = visit.client.core.runs.StreamRun(asked, metadata=visit.client.metadata)
    try:
        async for event in call:
            if event.HasField("ended"):
                for frame in await _last(visit, event.id, asked.id):
                    yield frame
            elif (drawn := frame_of(event)) is not None:
                yield drawn
    finally:
        call.cancel()


async def _last(visit: Visit, event_id: str, run_id: str) -> list[Frame]:
    # As it is stored: the event may have been told before all of it was.
    run = await visit.client.call(visit.client.core.runs.GetRun, GetRunRequest(id=run_id))
    return last_frames(event_id, draw_flow_request(await Records(visit).of(run)))
