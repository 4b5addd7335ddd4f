"""Handlers of `/activeflows`."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from flowgen_core.pb.v1.run_pb2 import (
    RUN_KIND_FLOW,
    ContinueRunRequest,
    DeleteRunRequest,
    GetRunRequest,
    ListRunsRequest,
    Run,
    StartRunRequest,
    StopRunRequest,
)
from flowgen_gateway.core import CoreClient
from flowgen_gateway.deps import idempotency_key
from flowgen_gateway.dialects.voipbin import ids
from flowgen_gateway.dialects.voipbin.drafts import Drafts
from flowgen_gateway.dialects.voipbin.errors import bad_parameter
from flowgen_gateway.dialects.voipbin.http import answer, body_of, client_of, id_in, replayed, skip_body
from flowgen_gateway.dialects.voipbin.paging import page_of
from flowgen_gateway.dialects.voipbin.projects import Projects
from flowgen_gateway.dialects.voipbin.schemas import ActiveflowIn, ContinueIn, FlowIn
from flowgen_gateway.dialects.voipbin.starting import start_of
from flowgen_gateway.dialects.voipbin.translate_run import as_accepted, draw_activeflow
from flowgen_gateway.dialects.voipbin.variables import variables_json, variables_of
from flowgen_gateway.pages import collect


class Activeflows:
    """Answers for activeflows."""

    def __init__(self, projects: Projects, drafts: Drafts) -> None:
        self._projects, self._drafts = projects, drafts

    async def list_activeflows(self, request: Request) -> Response:
        """Lists the activeflows of the project, newest first."""
        page, chat_id = page_of(request.query_params), _chat_id(request)
        client = client_of(request)
        asked = ListRunsRequest(
            chat_id=chat_id, kind=RUN_KIND_FLOW, create_time_to=page.until, with_moves=True
        )

        async def fetch(size: int, token: str) -> tuple[Sequence[Run], str]:
            asked.page_size, asked.page_token = size, token
            found = await client.call(client.core.runs.ListRuns, asked)
            return found.runs, found.next_page_token

        project = await self._projects.project_of(request, client)
        rows, token = await collect(fetch, page.size, page.token)
        drawn = [draw_activeflow(run, project) for run in rows]
        return answer({"result": drawn, "next_page_token": page.following(token)})

    async def start_activeflow(self, request: Request) -> Response:
        """Starts a run and answers it as accepted; doubtful inline actions are counted in `X-Flow-Warnings`."""
        key, body = idempotency_key(request.headers), await body_of(request, ActiveflowIn)
        asked, client = start_of(body, key), client_of(request)
        headers = {} if asked.flow_id else await self._add_actions(client, asked, body)
        # Before, so that nothing can fail once the run is there.
        project = await self._projects.project_of(request, client)
        run, again = await client.call_once(client.core.runs.StartRun, asked)
        drawn = draw_activeflow(run if again else as_accepted(run), project)
        return answer(drawn, headers | replayed(again))

    async def get_activeflow(self, request: Request, activeflow_id: str) -> Response:
        """Reads an activeflow: where it is and where it has been."""
        asked, client = GetRunRequest(id=id_in(activeflow_id), with_moves=True), client_of(request)
        run = await client.call(client.core.runs.GetRun, asked)
        return answer(draw_activeflow(run, await self._projects.project_of(request, client)))

    async def get_variables(self, request: Request, activeflow_id: str) -> Response:
        """Reads the variables of an activeflow."""
        asked, client = GetRunRequest(id=id_in(activeflow_id)), client_of(request)
        run = await client.call(client.core.runs.GetRun, asked)
        return answer({"variables": variables_of(run)})

    async def continue_activeflow(self, request: Request, activeflow_id: str) -> Response:
        """Ends the wait of an activeflow; the answer may still show it."""
        id, key = id_in(activeflow_id), idempotency_key(request.headers)
        body, client = await body_of(request, ContinueIn, may_be_empty=True), client_of(request)
        expected, given = ids.named(body.current_action_id), variables_json(body.variables)
        project = await self._projects.project_of(request, client)
        asked = ContinueRunRequest(id=id, expected_action_id=expected, variables_json=given, request_id=key)
        run, again = await client.call_once(client.core.runs.ContinueRun, asked)
        return answer(draw_activeflow(run, project), replayed(again))

    async def stop_activeflow(self, request: Request, activeflow_id: str) -> Response:
        """Ends an activeflow where it is; harmless to repeat."""
        asked = StopRunRequest(id=id_in(activeflow_id))
        await skip_body(request)
        client = client_of(request)
        project = await self._projects.project_of(request, client)
        return answer(draw_activeflow(await client.call(client.core.runs.StopRun, asked), project))

    async def delete_activeflow(self, request: Request, activeflow_id: str) -> Response:
        """Deletes an activeflow; one that is running is stopped first."""
        asked, client = DeleteRunRequest(id=id_in(activeflow_id)), client_of(request)
        project = await self._projects.project_of(request, client)
        return answer(draw_activeflow(await client.call(client.core.runs.DeleteRun, asked), project))

    async def _add_actions(
        self, client: CoreClient, asked: StartRunRequest, body: ActiveflowIn
    ) -> dict[str, str]:
        """Adds the inline actions to a request and gives the header that tells of their warnings."""
        draft = await self._drafts.make(client, FlowIn(actions=body.actions), asked.request_id)
        # Also an empty one: without a flow the core would run that of the chat.
        asked.flow.CopyFrom(draft.flow)
        return {} if body.actions is None else draft.headers


def _chat_id(request: Request) -> str:
    name = ids.named(request.query_params.get("reference_id"))
    id = ids.canonical_id(name)
    if name and id is None:
        raise bad_parameter("reference_id")
    return id or ""
