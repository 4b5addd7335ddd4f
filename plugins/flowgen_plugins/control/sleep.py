"""Waits for some time."""

from collections.abc import Collection
from datetime import timedelta

from pydantic import Field

from flowgen_core.api import ActionType, Cause, Context, Next, Outcome, Wait, WaitKind
from flowgen_plugins import loose

LONGEST = 86_400_000


class Sleep(ActionType):
    """Waits `duration` milliseconds, at most a day; the time survives a restart of the server."""

    name = "sleep"
    fatal = False

    class Option(loose.Option):
        """How long."""

        duration: int = Field(le=LONGEST, description="Milliseconds; 0 or less does not wait.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Begins to wait."""
        if option.duration <= 0:
            return Next()
        return Wait(WaitKind.TIME, until=ctx.now + timedelta(milliseconds=option.duration))

    async def resume(self, ctx: Context, option: Option, cause: Cause) -> Outcome:
        """The time is over."""
        return Next()

    def sets(self, option: Option) -> Collection[str]:
        """Sets nothing."""
        return ()

    def waits(self, option: Option) -> bool:
        """Waits where there is time to wait."""
        return option.duration > 0
