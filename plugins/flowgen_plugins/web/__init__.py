"""Action types that speak HTTP: webhooks, and actions fetched from elsewhere."""

from collections.abc import Callable

from flowgen_core.api import ActionType, hookimpl
from flowgen_plugins.web.fetch import Fetch
from flowgen_plugins.web.webhook import WebhookSend


@hookimpl
def register_action_types(register: Callable[[ActionType], None]) -> None:
    """Registers the action types of this plugin."""
    register(Fetch())
    register(WebhookSend())
