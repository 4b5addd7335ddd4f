"""Handlers of `/flows`."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from flowgen_core.pb.v1.flow_pb2 import Flow, GetFlowRequest, ListFlowsRequest
from flowgen_gateway.core import CoreClient
from flowgen_gateway.dialects.recrubo.answers import many, one
from flowgen_gateway.dialects.recrubo.filters import FLOWS, narrow_flows
from flowgen_gateway.dialects.recrubo.paging import Fetch, read_list
from flowgen_gateway.dialects.recrubo.projects import Projects
from flowgen_gateway.dialects.recrubo.query import parse_fields, parse_list
from flowgen_gateway.dialects.recrubo.requests import client_of, id_in
from flowgen_gateway.dialects.recrubo.translate import flow_resource


class Flows:
    """Answers for flows."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    async def list_flows(self, request: Request) -> Response:
        """Lists all flows of the organization, generated ones and others, newest first."""
        query = parse_list(request.query_params.multi_items(), FLOWS)
        asked = ListFlowsRequest(oldest_first=query.oldest_first)
        fits = narrow_flows(asked, query.filters)
        client = client_of(request)
        fetch, fetch_any = _fetcher(client, asked), _fetcher(client, ListFlowsRequest())
        rows, total, everything = await read_list(fetch if fits else None, fetch_any, query)
        project = await self._projects.project_of(request, client)
        drawn = [flow_resource(row, project, query.fields) for row in rows]
        return many(drawn, query, total, everything)

    async def get_flow(self, request: Request) -> Response:
        """Reads a flow."""
        fields = parse_fields(request.query_params.multi_items(), FLOWS.type)
        asked = GetFlowRequest(id=id_in(request, "Flow", "read"))
        client = client_of(request)
        flow = await client.call(client.core.flows.GetFlow, asked)
        project = await self._projects.project_of(request, client)
        return one(flow_resource(flow, project, fields))


def _fetcher(client: CoreClient, asked: ListFlowsRequest) -> Fetch[Flow]:
    async def fetch(size: int, token: str) -> tuple[Sequence[Flow], str, int]:
        asked.page_size, asked.page_token, asked.with_total = size, token, not token
        answer = await client.call(client.core.flows.ListFlows, asked)
        return answer.flows, answer.next_page_token, answer.total_size

    return fetch
