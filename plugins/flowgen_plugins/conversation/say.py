"""The action `say`."""

from collections.abc import Collection

from pydantic import BaseModel, Field, JsonValue

from flowgen_core.api import ActionType, Context, Next, Outcome
from flowgen_plugins.conversation.spoken import tidy


class Say(ActionType):
    """Says a text and sets variables. A text that is blank is not said."""

    name = "say"

    class Option(BaseModel):
        """The option of `say`."""

        text: str = Field(description="What to say; `${name}` is replaced by a variable.")
        set: dict[str, JsonValue] = Field(default={}, description="Variables to set before: name → value.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Sets the variables, says the text, goes on."""
        for name, value in option.set.items():
            ctx.set(name, value)
        text = tidy(option.text)
        if text.strip():
            ctx.say(text)
        return Next()

    def sets(self, option: Option) -> Collection[str]:
        """Names the variables of `set`."""
        return option.set.keys()

    def waits(self, option: Option) -> bool:
        """Never waits."""
        return False
