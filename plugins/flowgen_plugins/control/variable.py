"""Sets a variable."""

from collections.abc import Collection
from typing import Any

from pydantic import Field

from flowgen_core.api import ActionType, Context, Next, Outcome
from flowgen_plugins import loose


class VariableSet(ActionType):
    """Sets the variable `key` to `value`."""

    name = "variable_set"
    fatal = False

    class Option(loose.Option):
        """Name and value."""

        key: str = Field(min_length=1, max_length=255, description="The variable's name.")
        # Any JSON: text from most flows, a list or an object where an author wants one.
        value: Any = Field("", description="The value: text with `${…}` replaced, or any JSON.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Sets it."""
        ctx.set(option.key, option.value)
        return Next()

    def sets(self, option: Option) -> Collection[str]:
        """Sets the variable."""
        return [option.key]

    def waits(self, option: Option) -> bool:
        """Never waits."""
        return False
