"""Sets a variable."""

from typing import Any

from pydantic import Field

from flowgen_core.api import ActionError, ActionType, Context, Next, Outcome
from flowgen_plugins.control import loose


class VariableSet(ActionType):
    """Sets the variable `key` to `value`."""

    name = "variable_set"

    class Option(loose.Option):
        """Name and value."""

        key: loose.Text = Field(description="The variable's name, 1 to 255 characters.")
        # Any JSON: text from most flows, a list or an object where an author wants one.
        value: Any = Field("", description="The value: text with `${…}` replaced, or any JSON.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Sets it."""
        if not 1 <= len(option.key) <= 255:
            raise ActionError("`key` must have 1 to 255 characters.", reason="BAD_OPTION", skip=True)
        ctx.set(option.key, option.value)
        return Next()
