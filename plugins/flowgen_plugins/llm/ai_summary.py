"""Summarises the chat."""

from typing import Any, Literal

from pydantic import Field

from flowgen_core.api import ActionError, ActionType, Context, LaterContext, LlmMessage, Medium, Next, Outcome
from flowgen_plugins import loose
from flowgen_plugins.llm.asking import ModelOption, ask
from flowgen_plugins.llm.lines import heard
from flowgen_plugins.requests import new_id

MOST_MESSAGES = 200
PREFIX = "voipbin.ai_summary"


class AiSummary(ActionType):
    """Has the chat summarised while the run goes on; a flow may run with the summary when it is there.

    Sets `voipbin.ai_summary.id`, `.reference_type`, `.reference_id`, `.language` and `.content`, in the run if it is
    still open and for the flow. Without a chat it is passed over. Needs a language model in the server's settings,
    else the run fails with `LLM_UNAVAILABLE`.
    """

    name = "ai_summary"
    media = frozenset({Medium.NONE, Medium.CHAT})

    class Option(loose.Sparse):
        """What is summarised, and what follows."""

        reference_type: Literal["", "call", "conference", "transcribe", "recording"] = Field(
            "", description="Kept in a variable; in a chat the chat is summarised."
        )
        reference_id: str = Field("", description="Kept in a variable.")
        language: str = Field("", description="BCP 47 language of the summary; else the chat's own.")
        on_end_flow_id: str = Field("", description="The flow that runs with the summary, without a chat.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Has it summarised after the commit."""
        if not ctx.chat_id:
            raise ActionError("nothing to summarise", skip=True)
        ctx.llm  # noqa: B018  fails here where there is no model
        ctx.later({**option.model_dump(), "id": new_id(ctx.random)})
        return Next()

    # `data` is what `run` put off.
    async def later(self, ctx: LaterContext, data: Any) -> None:
        """Summarises, sets the variables and starts the flow. Raises what is worth another try."""
        answer = await ask(ctx.llm, await _question(ctx, data["language"]), ModelOption())
        names = ("id", "reference_type", "reference_id", "language")
        values = {**{f"{PREFIX}.{name}": data[name] for name in names}, f"{PREFIX}.content": answer.text}
        await ctx.set(values)
        if loose.names(data["on_end_flow_id"]):
            await ctx.start(data["on_end_flow_id"], values)


async def _question(ctx: LaterContext, language: str) -> list[LlmMessage]:
    lines = heard(await ctx.history(MOST_MESSAGES))
    said = "\n\n".join(f"{line.sender}: {line.text}" for line in lines)
    wanted = f" in the language {language}" if language else ""
    return [LlmMessage("system", f"Summarise this conversation{wanted}."), LlmMessage("user", said)]
