"""Saying and asking: the actions that hold a conversation without any model."""

from collections.abc import Callable

from flowgen_core.api import ActionType, hookimpl
from flowgen_plugins.conversation.ask import Ask
from flowgen_plugins.conversation.say import Say


@hookimpl
def register_action_types(register: Callable[[ActionType], None]) -> None:
    """Registers `say` and `ask`."""
    register(Say())
    register(Ask())
