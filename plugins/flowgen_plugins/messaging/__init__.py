"""Action types that reach people elsewhere: messages, e-mails, other chats, calls."""

from collections.abc import Callable

from flowgen_core.api import ActionType, hookimpl
from flowgen_plugins.messaging.call import CallOut
from flowgen_plugins.messaging.conversation import ConversationSend
from flowgen_plugins.messaging.email import EmailSend
from flowgen_plugins.messaging.message import MessageSend


@hookimpl
def register_action_types(register: Callable[[ActionType], None]) -> None:
    """Registers the action types of this plugin."""
    for kind in (CallOut, ConversationSend, EmailSend, MessageSend):
        register(kind())
