"""Opens a case for somebody to work on."""

from pydantic import Field

from flowgen_core.api import ActionError, ActionType, Context, Medium, Next, Outcome
from flowgen_plugins import loose
from flowgen_plugins.requests import request_of

CASE_ID = "contact_case_id"


class CaseCreate(ActionType):
    """Asks for a case about the chat and keeps its id in `contact_case_id`; a chat that has one gets no other."""

    name = "case_create"
    media = frozenset({Medium.CHAT, Medium.VOICE})
    fatal = False

    class Option(loose.Sparse):
        """What the case is about."""

        name: str = Field("", description="What the case is called.")
        detail: str = Field("", description="What it is about.")
        note: str = Field("", description="A note for who works on it.")
        sync: bool = Field(False, description="Has no effect.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Asks for the case."""
        if ctx.get(CASE_ID):
            raise ActionError("case exists", skip=True)
        request = request_of(ctx, option.model_dump())
        ctx.emit("case", request)
        ctx.set(CASE_ID, request["id"])
        return Next()
