"""The routes of the flow request API."""

from fastapi import APIRouter
from starlette.responses import Response

from flowgen_gateway.dialect import Dialect
from flowgen_gateway.dialects.botdojo import answers, requests, runs, schemas, sessions
from flowgen_gateway.dialects.botdojo.documented import IDEMPOTENCY_KEY, LAST_EVENT_ID, documented
from flowgen_gateway.dialects.botdojo.errors import answer_error
from flowgen_gateway.plain_route import PlainRoute

PREFIX = "/api/v1"
_PROJECT = f"{PREFIX}/accounts/{{account_id}}/projects/{{project_id}}"
_SENDING = (400, 409, 413)


def botdojo_dialect() -> Dialect:
    """Puts the dialect together."""
    router = APIRouter(route_class=PlainRoute)
    _add_runs(router)
    _add_requests(router)
    _add_sessions(router)
    return Dialect("botdojo", (router,), (PREFIX,), answer_error)


def _add_runs(router: APIRouter) -> None:
    headers = (IDEMPOTENCY_KEY, LAST_EVENT_ID)
    running = documented(answers.FlowRequestOut, schemas.RunBody, headers, errors=_SENDING, streams=True)
    router.post(f"{_PROJECT}/flows/{{flow_id}}/run", **running)(runs.run_flow)


def _add_requests(router: APIRouter) -> None:
    one, many = answers.FlowRequestOut, list[answers.FlowRequestOut]
    loading = documented(many, schemas.LoadBody, errors=(400, 413))
    router.post(f"{_PROJECT}/flow_requests/loadByFlowSession", **loading)(requests.load_by_flow_session)
    request = f"{_PROJECT}/flow_requests/{{request_id}}"
    router.get(request, **documented(one))(requests.get_flow_request)
    following = documented(None, headers=(LAST_EVENT_ID,), errors=(400,), streams=True)
    router.get(f"{request}/events", response_class=Response, **following)(requests.stream_flow_request)
    job = documented(answers.EvalJobOut)
    router.get(f"{_PROJECT}/eval_jobs/{{job_id}}", **job)(requests.get_eval_job)


def _add_sessions(router: APIRouter) -> None:
    body, headers = schemas.SessionBody, (IDEMPOTENCY_KEY,)
    making = documented(answers.SessionOut, body, headers, errors=_SENDING)
    router.post(f"{_PROJECT}/flow_sessions/createSession", **making)(sessions.create_session)
