"""Waits until somebody continues the run."""

from flowgen_core.api import ActionType, Cause, Context, Medium, Next, Outcome, Wait, WaitKind
from flowgen_plugins import loose


class Block(ActionType):
    """Waits until the run is continued over the API; what people say does not wake it. Not on a call."""

    name = "block"
    media = frozenset({Medium.NONE, Medium.CHAT})
    fatal = False

    class Option(loose.Option):
        """Nothing to say."""

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Begins to wait."""
        return Wait(WaitKind.CONTINUE)

    async def resume(self, ctx: Context, option: Option, cause: Cause) -> Outcome:
        """Somebody continued."""
        return Next()
