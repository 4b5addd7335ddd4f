"""Jumps, always or a number of times."""

from collections.abc import Collection, Mapping

from pydantic import Field

from flowgen_core.api import ActionError, ActionType, Context, Jump, Next, Outcome
from flowgen_plugins import loose


class Goto(ActionType):
    """Jumps to `target_id`: always, or with `loop_count` so many times, after which it goes on."""

    name = "goto"

    class Option(loose.Option):
        """Where to, and how often."""

        target_id: loose.Text = Field(description="Action to jump to.")
        loop_count: int | None = Field(
            None, description="How many times; without it always, 0 or less never."
        )

    class Lenient(Option):
        """A jump that is never made needs no target."""

        target_id: loose.Text = ""

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Jumps or goes on."""
        if option.loop_count is not None and option.loop_count <= 0:
            return Next()
        if not loose.names(option.target_id):
            raise ActionError("`target_id` names no action.", reason="TARGET_NOT_FOUND")
        return Jump(option.target_id, option.loop_count)

    def targets(self, option: Option) -> Mapping[str, str]:
        """Names the target."""
        return {"target_id": option.target_id}

    def always_leaves(self, option: Option) -> bool:
        """Without a count the next action is never reached from here."""
        return option.loop_count is None

    def sets(self, option: Option) -> Collection[str]:
        """Sets nothing."""
        return ()

    def waits(self, option: Option) -> bool:
        """Never waits."""
        return False
