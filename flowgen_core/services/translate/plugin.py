"""Plugins and what they bring, for the wire."""

from flowgen_core.api import Medium
from flowgen_core.pb.v1 import plugin_pb2
from flowgen_core.registry import Plugin
from flowgen_core.runtime.catalog import ActionTypeInfo, ChannelTypeInfo, FlowTypeInfo
from flowgen_core.store.paging import Listing

_MEDIA = {medium: plugin_pb2.Medium.Value(f"MEDIUM_{medium}") for medium in Medium}


def plugins_out(listing: Listing[Plugin]) -> plugin_pb2.ListPluginsResponse:
    """Writes one page of plugins."""
    return plugin_pb2.ListPluginsResponse(
        plugins=map(_plugin_out, listing.rows), next_page_token=listing.next_token, total_size=listing.total
    )


def flow_types_out(listing: Listing[FlowTypeInfo]) -> plugin_pb2.ListFlowTypesResponse:
    """Writes one page of flow types."""
    return plugin_pb2.ListFlowTypesResponse(
        flow_types=map(_flow_type_out, listing.rows),
        next_page_token=listing.next_token,
        total_size=listing.total,
    )


def action_types_out(listing: Listing[ActionTypeInfo]) -> plugin_pb2.ListActionTypesResponse:
    """Writes one page of action types."""
    return plugin_pb2.ListActionTypesResponse(
        action_types=map(_action_type_out, listing.rows),
        next_page_token=listing.next_token,
        total_size=listing.total,
    )


def channel_types_out(listing: Listing[ChannelTypeInfo]) -> plugin_pb2.ListChannelTypesResponse:
    """Writes one page of channel types."""
    return plugin_pb2.ListChannelTypesResponse(
        channel_types=map(_channel_type_out, listing.rows),
        next_page_token=listing.next_token,
        total_size=listing.total,
    )


def _plugin_out(plugin: Plugin) -> plugin_pb2.Plugin:
    return plugin_pb2.Plugin(
        name=plugin.name, version=plugin.version, distribution=plugin.distribution, error=plugin.error
    )


def _flow_type_out(info: FlowTypeInfo) -> plugin_pb2.FlowType:
    return plugin_pb2.FlowType(
        name=info.name,
        version=info.version,
        cost=info.cost,
        plugin=info.plugin,
        parameters_schema_json=info.parameters_schema,
        context_schema_json=info.context_schema,
    )


def _action_type_out(info: ActionTypeInfo) -> plugin_pb2.ActionType:
    return plugin_pb2.ActionType(
        name=info.name,
        plugin=info.plugin,
        distribution=info.distribution,
        description=info.description,
        media=[_MEDIA[medium] for medium in info.media],
        option_schema_json=info.option_schema,
    )


def _channel_type_out(info: ChannelTypeInfo) -> plugin_pb2.ChannelType:
    return plugin_pb2.ChannelType(
        name=info.name,
        plugin=info.plugin,
        description=info.description,
        config_schema_json=info.config_schema,
    )
