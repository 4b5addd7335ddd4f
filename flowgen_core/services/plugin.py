"""PluginService: what is installed."""

from flowgen_core.pb.v1 import plugin_pb2, plugin_pb2_grpc
from flowgen_core.runtime.catalog import Catalog
from flowgen_core.services.call import Context
from flowgen_core.services.translate import plugin as translate
from flowgen_core.store.paging import Page


class PluginService(plugin_pb2_grpc.PluginServiceServicer):
    """Serves the rpcs of PluginService."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def ListPlugins(
        self, request: plugin_pb2.ListPluginsRequest, context: Context
    ) -> plugin_pb2.ListPluginsResponse:
        """Lists plugins, also broken ones."""
        page = Page.of(request.page_size, request.page_token)
        listing = self._catalog.plugins(page, with_total=request.with_total)
        return translate.plugins_out(listing)

    async def ListFlowTypes(
        self, request: plugin_pb2.ListFlowTypesRequest, context: Context
    ) -> plugin_pb2.ListFlowTypesResponse:
        """Lists flow types."""
        page = Page.of(request.page_size, request.page_token)
        listing = self._catalog.flow_types(page, with_total=request.with_total)
        return translate.flow_types_out(listing)

    async def ListActionTypes(
        self, request: plugin_pb2.ListActionTypesRequest, context: Context
    ) -> plugin_pb2.ListActionTypesResponse:
        """Lists action types."""
        page = Page.of(request.page_size, request.page_token)
        listing = self._catalog.action_types(page, with_total=request.with_total)
        return translate.action_types_out(listing)

    async def ListChannelTypes(
        self, request: plugin_pb2.ListChannelTypesRequest, context: Context
    ) -> plugin_pb2.ListChannelTypesResponse:
        """Lists channel types."""
        page = Page.of(request.page_size, request.page_token)
        listing = self._catalog.channel_types(page, with_total=request.with_total)
        return translate.channel_types_out(listing)
