"""Channel types that need nothing but the network."""

from collections.abc import Callable

from flowgen_core.api import ChannelType, hookimpl
from flowgen_plugins.channels.http import Http


@hookimpl
def register_channels(register: Callable[[ChannelType], None]) -> None:
    """Registers the channel types of this plugin."""
    register(Http())
