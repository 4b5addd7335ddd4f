"""One question to an assistant."""

from collections.abc import Mapping

from flowgen_core.api import ActionType, Cause, Context, Medium, Next, Outcome, Yield
from flowgen_plugins.llm.asking import ModelOption, ask, with_prompt
from flowgen_plugins.llm.assistant import AssistantOption
from flowgen_plugins.llm.lines import MOST, as_messages, heard

CONTENT = "voipbin.ai_task.content"


class AiTask(ActionType):
    """Asks an assistant once and keeps the answer in `voipbin.ai_task.content`; nothing is said.

    It is told what was said in the chat, if there is one. Needs a language model in the server's settings, else
    the run fails with `LLM_UNAVAILABLE`.
    """

    name = "ai_task"
    media = frozenset({Medium.NONE, Medium.CHAT})

    class Option(AssistantOption):
        """Which assistant."""

    def __init__(self, assistants: Mapping[str, str]) -> None:
        self._assistants = assistants

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Lets what was said so far be seen while the model thinks."""
        return Yield()

    async def resume(self, ctx: Context, option: Option, cause: Cause) -> Outcome:
        """Asks."""
        messages = as_messages(heard(await ctx.history(MOST))) if ctx.chat_id else []
        prompt = option.system_prompt(self._assistants)
        answer = await ask(ctx.llm, with_prompt(prompt, messages), ModelOption())
        ctx.set(CONTENT, answer.text)
        return Next()
