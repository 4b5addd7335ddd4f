"""FlowService: flows and their releases."""

from flowgen_core.pb.v1 import flow_pb2, flow_pb2_grpc
from flowgen_core.runtime.flows import Flows
from flowgen_core.runtime.releases import Releases
from flowgen_core.services.call import Context, current_caller
from flowgen_core.services.once import answer_once, once_of
from flowgen_core.services.translate import flow as translate
from flowgen_core.services.translate.flow_in import flow_of
from flowgen_core.store.paging import Page


class FlowService(flow_pb2_grpc.FlowServiceServicer):
    """Serves the rpcs of FlowService."""

    def __init__(self, flows: Flows, releases: Releases) -> None:
        self._flows, self._releases = flows, releases

    async def CreateFlow(self, request: flow_pb2.CreateFlowRequest, context: Context) -> flow_pb2.Flow:
        """Makes a flow."""
        document, once = flow_of(request), once_of(request, current_caller())
        done = await self._flows.create(_project(), document, lenient=request.lenient, once=once)
        return translate.flow_out(answer_once(context, done))

    async def GetFlow(self, request: flow_pb2.GetFlowRequest, context: Context) -> flow_pb2.Flow:
        """Reads a flow."""
        flow = await self._flows.get(_project(), request.id.lower(), request.revision_id.lower())
        return translate.flow_out(flow)

    async def ListFlows(
        self, request: flow_pb2.ListFlowsRequest, context: Context
    ) -> flow_pb2.ListFlowsResponse:
        """Lists flows."""
        fits, page = translate.filter_in(request), Page.of(request.page_size, request.page_token)
        listing = await self._flows.list(_project(), fits, page, with_total=request.with_total)
        return translate.flows_out(listing)

    async def UpdateFlow(self, request: flow_pb2.UpdateFlowRequest, context: Context) -> flow_pb2.Flow:
        """Changes a flow."""
        change, flow_id = translate.change_in(request), request.flow.id.lower()
        flow = await self._flows.update(
            _project(), flow_id, change, etag=request.flow.etag, lenient=request.lenient
        )
        return translate.flow_out(flow)

    async def DeleteFlow(self, request: flow_pb2.DeleteFlowRequest, context: Context) -> flow_pb2.Flow:
        """Deletes a flow."""
        flow = await self._flows.delete(_project(), request.id.lower(), request.etag)
        return translate.flow_out(flow)

    async def ValidateFlow(
        self, request: flow_pb2.ValidateFlowRequest, context: Context
    ) -> flow_pb2.ValidateFlowResponse:
        """Names all problems of a flow."""
        document = flow_of(request)
        problems = await self._flows.validate(_project(), document)
        return translate.problems_out(problems)

    async def CreateRelease(
        self, request: flow_pb2.CreateReleaseRequest, context: Context
    ) -> flow_pb2.Release:
        """Freezes a revision of a flow."""
        draft, once = translate.release_in(request), once_of(request, current_caller())
        done = await self._releases.create(current_caller(), draft, once)
        return translate.release_out(answer_once(context, done))

    async def GetRelease(self, request: flow_pb2.GetReleaseRequest, context: Context) -> flow_pb2.Release:
        """Reads a release."""
        release = await self._releases.get(current_caller(), request.flow_id.lower(), request.version)
        return translate.release_out(release)

    async def ListReleases(
        self, request: flow_pb2.ListReleasesRequest, context: Context
    ) -> flow_pb2.ListReleasesResponse:
        """Lists the releases of a flow."""
        page, flow_id = Page.of(request.page_size, request.page_token), request.flow_id.lower()
        listing = await self._releases.list(current_caller(), flow_id, page, request.with_total)
        return translate.releases_out(listing)


def _project() -> str:
    return current_caller().project.id
