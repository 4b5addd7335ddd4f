"""Ends the run."""

from collections.abc import Collection

from flowgen_core.api import ActionType, Context, End, Outcome
from flowgen_plugins import loose


class Stop(ActionType):
    """Ends the run."""

    name = "stop"

    class Option(loose.Option):
        """Nothing to say."""

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Ends the run."""
        return End(reason="stop_action")

    def always_leaves(self, option: Option) -> bool:
        """Nothing comes after the end."""
        return True

    def sets(self, option: Option) -> Collection[str]:
        """Sets nothing."""
        return ()
