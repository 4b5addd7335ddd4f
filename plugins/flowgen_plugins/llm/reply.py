"""Lets a language model answer."""

from pydantic import Field

from flowgen_core.api import ActionType, Cause, Context, Next, Outcome, Yield
from flowgen_plugins.llm.asking import ModelOption, ask, with_prompt
from flowgen_plugins.llm.lines import as_messages, heard


class ReplyWithLlm(ActionType):
    """Has a language model answer what was said in the chat, and says the answer.

    Needs a language model in the server's settings, else the run fails with `LLM_UNAVAILABLE`.
    """

    name = "reply_with_llm"

    class Option(ModelOption):
        """What the model is told."""

        prompt: str = Field("", description="How to answer: the system prompt.")
        history: int = Field(20, ge=0, le=200, description="How many of the chat's last messages it is told.")
        variable: str = Field("", description="The variable that keeps the answer; empty keeps none.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Lets what was said so far be seen while the model thinks."""
        return Yield()

    async def resume(self, ctx: Context, option: Option, cause: Cause) -> Outcome:
        """Asks the model and says its answer."""
        messages = as_messages(heard(await ctx.history(option.history)))
        answer = await ask(ctx.llm, with_prompt(option.prompt, messages), option, on_token=ctx.token)
        if answer.text.strip():
            ctx.say(answer.text)
        if option.variable:
            ctx.set(option.variable, answer.text)
        return Next()
