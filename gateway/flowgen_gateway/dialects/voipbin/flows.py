"""Handlers of `/flows`."""

from collections.abc import Sequence

from google.protobuf.field_mask_pb2 import FieldMask
from grpc import StatusCode
from starlette.requests import Request
from starlette.responses import Response

from flowgen_core.pb.v1.flow_pb2 import (
    CreateFlowRequest,
    DeleteFlowRequest,
    Flow,
    GetFlowRequest,
    ListFlowsRequest,
    UpdateFlowRequest,
)
from flowgen_gateway.core import CoreClient
from flowgen_gateway.deps import idempotency_key
from flowgen_gateway.dialects.voipbin.drafts import Drafts
from flowgen_gateway.dialects.voipbin.http import answer, body_of, client_of, id_in, replayed
from flowgen_gateway.dialects.voipbin.paging import page_of
from flowgen_gateway.dialects.voipbin.projects import Projects
from flowgen_gateway.dialects.voipbin.schemas import FlowIn
from flowgen_gateway.dialects.voipbin.translate import FIELDS, draw_flow, properties_of, with_detail
from flowgen_gateway.errors import CoreError
from flowgen_gateway.pages import collect

_TRIES = 10


class Flows:
    """Answers for flows."""

    def __init__(self, projects: Projects, drafts: Drafts) -> None:
        self._projects, self._drafts = projects, drafts

    async def list_flows(self, request: Request) -> Response:
        """Lists the flows of the project, newest first."""
        page, client = page_of(request.query_params), client_of(request)

        async def fetch(size: int, token: str) -> tuple[Sequence[Flow], str]:
            asked = ListFlowsRequest(page_size=size, page_token=token, create_time_to=page.until)
            found = await client.call(client.core.flows.ListFlows, asked)
            return found.flows, found.next_page_token

        project = await self._projects.project_of(request, client)
        rows, token = await collect(fetch, page.size, page.token)
        drawn = [draw_flow(flow, project) for flow in rows]
        return answer({"result": drawn, "next_page_token": page.following(token)})

    async def create_flow(self, request: Request) -> Response:
        """Makes a flow; what is doubtful in it is counted in `X-Flow-Warnings`."""
        key, body = idempotency_key(request.headers), await body_of(request, FlowIn)
        client = client_of(request)
        draft = await self._drafts.make(client, body, key)
        # Before, so that nothing can fail once the flow is there.
        project = await self._projects.project_of(request, client)
        asked = CreateFlowRequest(flow=draft.flow, lenient=True, request_id=key)
        made, again = await client.call_once(client.core.flows.CreateFlow, asked)
        return answer(draw_flow(made, project), draft.headers | replayed(again))

    async def get_flow(self, request: Request, flow_id: str) -> Response:
        """Reads a flow."""
        asked, client = GetFlowRequest(id=id_in(flow_id)), client_of(request)
        flow = await client.call(client.core.flows.GetFlow, asked)
        return answer(draw_flow(flow, await self._projects.project_of(request, client)))

    async def update_flow(self, request: Request, flow_id: str) -> Response:
        """Replaces a flow; runs under way stay on what they began with."""
        id = id_in(flow_id)
        body, client = await body_of(request, FlowIn), client_of(request)
        draft = await self._drafts.make(client, body, "")
        project = await self._projects.project_of(request, client)
        flow = await _replace(client, id, draft.flow, body.detail or "")
        return answer(draw_flow(flow, project), draft.headers)

    async def delete_flow(self, request: Request, flow_id: str) -> Response:
        """Deletes a flow; runs under way go on."""
        asked, client = DeleteFlowRequest(id=id_in(flow_id)), client_of(request)
        project = await self._projects.project_of(request, client)
        return answer(draw_flow(await client.call(client.core.flows.DeleteFlow, asked), project))


async def _replace(client: CoreClient, id: str, wanted: Flow, detail: str) -> Flow:
    """Writes a flow over the stored one, and keeps the properties that this API does not show."""
    for left in reversed(range(_TRIES)):
        old = await _read(client, id)
        wanted.id, wanted.etag = id, old.etag
        wanted.properties_json = with_detail(properties_of(old), detail)
        asked = UpdateFlowRequest(flow=wanted, update_mask=FieldMask(paths=FIELDS), lenient=True)
        try:
            return await client.call(client.core.flows.UpdateFlow, asked)
        except CoreError as error:
            # Somebody else was faster, and the last writer wins: once more.
            if error.code is not StatusCode.ABORTED or not left:
                raise
    raise AssertionError


async def _read(client: CoreClient, id: str) -> Flow:
    try:
        return await client.call(client.core.flows.GetFlow, GetFlowRequest(id=id))
    except CoreError as error:
        if error.code is not StatusCode.PERMISSION_DENIED:
            raise
    # Who may only write is told of a flow when it is changed, though in nothing.
    asked = UpdateFlowRequest(flow=Flow(id=id), lenient=True)
    return await client.call(client.core.flows.UpdateFlow, asked)
