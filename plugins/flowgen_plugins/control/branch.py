"""Jumps by the value of a variable."""

from collections.abc import Collection, Mapping

from pydantic import Field

from flowgen_core.api import ActionType, Context, Jump, Next, Outcome
from flowgen_plugins import loose

DIGITS = "voipbin.call.digits"


class Branch(ActionType):
    """Jumps to the action that a variable's value names in `target_ids`, else to `default_target_id`, else goes on."""

    name = "branch"
    optional_jumps = True

    class Option(loose.Option):
        """Where each value leads."""

        variable: loose.Text = Field(
            DIGITS, description="Name of the variable; missing counts as an empty text."
        )
        target_ids: dict[str, loose.Text] = Field(default_factory=dict, description="Value → action id.")
        default_target_id: loose.Text = Field("", description="Action for every other value.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Jumps or goes on."""
        value = loose.as_text(ctx.get(option.variable or DIGITS))
        target = option.target_ids.get(value, "")
        if not loose.names(target):
            target = option.default_target_id
        return Jump(target, optional=True) if loose.names(target) else Next()

    def targets(self, option: Option) -> Mapping[str, str]:
        """Names the action of each value."""
        by_value = {f"target_ids.{value}": target for value, target in option.target_ids.items()}
        return {**by_value, "default_target_id": option.default_target_id}

    def always_leaves(self, option: Option) -> bool:
        """With a default there is always somewhere to jump to."""
        return loose.names(option.default_target_id)

    def sets(self, option: Option) -> Collection[str]:
        """Sets nothing; but what is asked whether it is empty counts as known from here on."""
        return [option.variable or DIGITS] if "" in option.target_ids else []

    def reads(self, option: Option) -> Collection[str]:
        """Reads the variable, unless it asks whether that is empty."""
        return [] if "" in option.target_ids else [option.variable or DIGITS]

    def waits(self, option: Option) -> bool:
        """Never waits."""
        return False
