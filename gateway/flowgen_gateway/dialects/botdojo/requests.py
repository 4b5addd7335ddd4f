"""Flow requests and the jobs of their evaluations: read, listed, followed."""

from starlette.requests import Request
from starlette.responses import Response

from flowgen_core.pb.v1.options_pb2 import SCOPE_READ
from flowgen_core.pb.v1.run_pb2 import (
    RUN_KIND_EVALUATION_JOB,
    RUN_KIND_FLOW,
    GetRunRequest,
    ListRunsRequest,
    Run,
)
from flowgen_gateway.dialects.botdojo.evaluations import draw_job
from flowgen_gateway.dialects.botdojo.http import Visit, answer, enter, known, last_event_of, read_body
from flowgen_gateway.dialects.botdojo.records import Records
from flowgen_gateway.dialects.botdojo.refusals import not_found
from flowgen_gateway.dialects.botdojo.schemas import LoadBody
from flowgen_gateway.dialects.botdojo.sessions import require_flow, require_session
from flowgen_gateway.dialects.botdojo.streaming import stream_run
from flowgen_gateway.dialects.botdojo.translate import draw_flow_request
from flowgen_gateway.errors import CoreError
from flowgen_gateway.pages import collect

MOST = 1000


async def get_flow_request(request: Request, account_id: str, project_id: str, request_id: str) -> Response:
    """Reads a flow request, whatever its status is."""
    visit = await enter(request, account_id, project_id, SCOPE_READ)
    run = await find_request(visit, request_id)
    return answer(draw_flow_request(await Records(visit).of(run)))


async def stream_flow_request(
    request: Request, account_id: str, project_id: str, request_id: str
) -> Response:
    """Streams what a flow request does, from its start or after the event that was seen last."""
    seen = last_event_of(request.headers)
    visit = await enter(request, account_id, project_id, SCOPE_READ)
    run = await find_request(visit, request_id)
    if seen and seen[0] != run.id:
        raise not_found("RUN_NOT_FOUND")
    return stream_run(request, visit, run, seen[1] if seen else "")


async def load_by_flow_session(request: Request, account_id: str, project_id: str) -> Response:
    """Lists the flow requests of a session, oldest first; of very many the newest."""
    body, _ = await read_body(request, LoadBody)
    flow_id, session_id = body.params[0].lower(), body.params[1]
    visit = await enter(request, account_id, project_id, SCOPE_READ)
    await require_flow(visit, flow_id)
    await require_session(visit, flow_id, session_id)
    runs = await _runs_of(visit, flow_id, session_id)
    records = await Records(visit).of_all(session_id, runs)
    return answer([draw_flow_request(record) for record in records])


async def get_eval_job(request: Request, account_id: str, project_id: str, job_id: str) -> Response:
    """Reads the job of a flow request's evaluations: how far it is, and what they found."""
    visit = await enter(request, account_id, project_id, SCOPE_READ)
    job = await _find(visit, job_id)
    if job is None or job.kind != RUN_KIND_EVALUATION_JOB:
        raise not_found("EVALUATION_JOB_NOT_FOUND")
    judged = await _find(visit, job.parent_id)
    if judged is None:
        raise not_found("EVALUATION_JOB_NOT_FOUND")
    return answer(draw_job(job, judged, visit.project))


async def find_request(visit: Visit, request_id: str) -> Run:
    """Finds the run of a flow request. Raises Refused (RUN_NOT_FOUND) and CoreError."""
    run = await _find(visit, request_id)
    if run is None or run.kind == RUN_KIND_EVALUATION_JOB:
        raise not_found("RUN_NOT_FOUND")
    return run


async def _find(visit: Visit, run_id: str) -> Run | None:
    try:
        return await visit.client.call(visit.client.core.runs.GetRun, GetRunRequest(id=known(run_id)))
    except CoreError as error:
        if error.reason != "RUN_NOT_FOUND":
            raise
        return None


async def _runs_of(visit: Visit, flow_id: str, chat_id: str) -> list[Run]:
    wanted = ListRunsRequest(chat_id=chat_id, flow_id=flow_id, kind=RUN_KIND_FLOW)

    async def fetch(size: int, token: str) -> tuple[list[Run], str]:
        wanted.page_size, wanted.page_token = size, token
        page = await visit.client.call(visit.client.core.runs.ListRuns, wanted)
        return list(page.runs), page.next_page_token

    runs, _ = await collect(fetch, MOST, "")
    return runs[::-1]
