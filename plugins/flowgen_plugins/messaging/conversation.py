"""Says something in another chat."""

import uuid

from pydantic import Field

from flowgen_core.api import ActionError, ActionType, Context, Next, Outcome
from flowgen_plugins import loose


class ConversationSend(ActionType):
    """Says a text in a chat of the project: in another one after this turn, in the run's own at once."""

    name = "conversation_send"
    fatal = False

    class Option(loose.Sparse):
        """What is said where."""

        conversation_id: str = Field(min_length=1, description="The chat's id.")
        text: str = Field(min_length=1, description="What the bot says there.")
        sync: bool = Field(False, description="Has no effect.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Says it."""
        if option.conversation_id != ctx.chat_id and not _is_id(option.conversation_id):
            raise ActionError(f"There is no chat `{option.conversation_id[:80]}`.")
        ctx.send(option.conversation_id, option.text)
        return Next()


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
