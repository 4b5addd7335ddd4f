"""Runs of flows: started, waited for or streamed."""

from starlette.requests import Request
from starlette.responses import Response

from flowgen_core.pb.v1.options_pb2 import SCOPE_WRITE
from flowgen_core.pb.v1.run_pb2 import Run, StartRunRequest
from flowgen_gateway.deps import gateway_of, idempotency_key
from flowgen_gateway.dialects.botdojo.asked import start_request
from flowgen_gateway.dialects.botdojo.http import Visit, answer, enter, known, last_event_of, read_body
from flowgen_gateway.dialects.botdojo.records import Records
from flowgen_gateway.dialects.botdojo.refusals import in_terms_of_run, late, not_found
from flowgen_gateway.dialects.botdojo.requests import find_request
from flowgen_gateway.dialects.botdojo.schemas import RunBody
from flowgen_gateway.dialects.botdojo.sessions import require_session
from flowgen_gateway.dialects.botdojo.streaming import stream_run
from flowgen_gateway.dialects.botdojo.translate import draw_flow_request
from flowgen_gateway.errors import CoreError


async def run_flow(request: Request, account_id: str, project_id: str, flow_id: str) -> Response:
    """Runs a flow: answers its end or what it asks, or streams what it does. It goes on if its caller leaves."""
    seen = last_event_of(request.headers)
    if seen is not None:
        visit = await enter(request, account_id, project_id, SCOPE_WRITE)
        return await _resume(request, visit, known(flow_id), *seen)
    key = idempotency_key(request.headers)
    body, sent = await read_body(request, RunBody)
    visit = await enter(request, account_id, project_id, SCOPE_WRITE)
    streams = body.options.stream == "http"
    wait = 0 if streams else gateway_of(request).settings.run_wait
    wanted = start_request(known(flow_id), body, sent, key, wait)
    run, again = await _start(visit, wanted, wait)
    if streams:
        return stream_run(request, visit, run, again=again)
    return await _finished(visit, run, again=again)


async def _resume(request: Request, visit: Visit, flow_id: str, run_id: str, after: str) -> Response:
    run = await find_request(visit, run_id)
    if run.flow_id != flow_id:
        raise not_found("RUN_NOT_FOUND")
    return stream_run(request, visit, run, after)


async def _start(visit: Visit, wanted: StartRunRequest, wait: int) -> tuple[Run, bool]:
    if wanted.chat_id:
        await require_session(visit, wanted.flow_id, wanted.chat_id, wanted.version)
    try:
        return await visit.client.call_once(visit.client.core.runs.StartRun, wanted, wait=wait)
    except CoreError as error:
        raise in_terms_of_run(error, wanted.version, wanted.chat_id) from None


async def _finished(visit: Visit, run: Run, *, again: bool) -> Response:
    record = await Records(visit).of(run)
    if not record.is_done:
        raise late(run)
    return answer(draw_flow_request(record), again=again)
