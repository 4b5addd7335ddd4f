"""Channels, wire and model."""

from flowgen_core.model.channel import Channel
from flowgen_core.model.errors import invalid
from flowgen_core.pb.v1 import project_pb2
from flowgen_core.runtime.channels import ChannelChange, ChannelDraft
from flowgen_core.services.translate.times import to_timestamp
from flowgen_core.store.paging import Listing

MOST_TYPES = 100
_CHANGEABLE = {"name": "name", "config_json": "config"}


def channel_draft(channel: project_pb2.Channel) -> ChannelDraft:
    """Reads a channel to make."""
    return ChannelDraft(channel.type, channel.name, channel.config_json)


def channel_change(request: project_pb2.UpdateChannelRequest) -> ChannelChange:
    """Reads what is to change in a channel. Raises INVALID_ARGUMENT."""
    sent, named = request.channel, list(request.update_mask.paths)
    for index, path in enumerate(named):
        if path not in _CHANGEABLE and named != ["*"]:
            raise invalid(
                f"update_mask.paths[{index}]", "NOT_CHANGEABLE", f"must be one of {', '.join(_CHANGEABLE)}"
            )
    if not named:
        paths = [path for path in _CHANGEABLE if getattr(sent, path)]
        return ChannelChange(**_values(sent, paths), type=sent.type)
    return ChannelChange(**_values(sent, list(_CHANGEABLE) if named == ["*"] else named))


def types_in(request: project_pb2.ListChannelsRequest) -> tuple[str, ...]:
    """Reads which types to list. Raises INVALID_ARGUMENT."""
    if len(request.types) > MOST_TYPES:
        raise invalid("types", "TOO_MANY", f"must have at most {MOST_TYPES} items")
    return tuple(request.types)


def channel_out(channel: Channel) -> project_pb2.Channel:
    """Writes a channel."""
    return project_pb2.Channel(
        id=channel.id,
        type=channel.type,
        name=channel.name,
        config_json=channel.config,
        create_time=to_timestamp(channel.create_time),
        update_time=to_timestamp(channel.update_time),
    )


def channels_out(listing: Listing[Channel]) -> project_pb2.ListChannelsResponse:
    """Writes one page of channels."""
    return project_pb2.ListChannelsResponse(
        channels=map(channel_out, listing.rows), next_page_token=listing.next_token, total_size=listing.total
    )


def _values(channel: project_pb2.Channel, paths: list[str]) -> dict[str, str]:
    return {_CHANGEABLE[path]: getattr(channel, path) for path in paths}
