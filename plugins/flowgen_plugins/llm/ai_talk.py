"""A conversation with an assistant."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import Field

from flowgen_core.api import (
    ActionType,
    Answer,
    Cause,
    Context,
    Due,
    Medium,
    Next,
    Outcome,
    Wait,
    WaitKind,
    Yield,
)
from flowgen_plugins.llm.asking import ModelOption, ask, with_prompt
from flowgen_plugins.llm.assistant import AssistantOption
from flowgen_plugins.llm.lines import MOST, as_messages, heard
from flowgen_plugins.requests import new_id


class AiTalk(ActionType):
    """Has an assistant talk with the person until the time is over or one of `end_call_phrases` is said.

    Sets `voipbin.aicall.id`, `.ai_id`, `.ai_engine_model` and `.stt_language`. Needs a language model in the
    server's settings, else the run fails with `LLM_UNAVAILABLE`.
    """

    name = "ai_talk"
    media = frozenset({Medium.CHAT, Medium.VOICE})

    class Option(AssistantOption):
        """Which assistant, and what ends the talk."""

        duration: int = Field(0, ge=0, description="Seconds that it may last; 0 is no limit.")
        language: str = Field("", description="BCP 47 language, kept in `voipbin.aicall.stt_language`.")
        end_call_phrases: list[str] = Field([], description="Messages that end it; case does not matter.")

    def __init__(self, assistants: Mapping[str, str]) -> None:
        self._assistants = assistants

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Notes the talk and when it ends; the assistant begins in a turn of its own."""
        ctx.llm  # noqa: B018  fails here where there is no model
        ctx.set("voipbin.aicall.id", new_id(ctx.random))
        ctx.set("voipbin.aicall.ai_id", option.assistant_id)
        ctx.set("voipbin.aicall.stt_language", option.language)
        until = ctx.now + timedelta(seconds=option.duration) if option.duration else None
        return Yield({"until": until.isoformat() if until else "", "prompt": ""})

    async def resume(self, ctx: Context, option: Option, cause: Cause) -> Outcome:
        """Answers what was said, or ends the talk."""
        match cause:
            case Due():
                return Next()
            case Answer(text=text) if not text.strip():
                return _wait(ctx, ctx.data["prompt"])
            case Answer(text=text) if _folded(text) in map(_folded, option.end_call_phrases):
                return Next()
        return _wait(ctx, await self._speak(ctx, option))

    async def _speak(self, ctx: Context, option: Option) -> str:
        messages = as_messages(heard(await ctx.history(MOST)))
        prompt = option.system_prompt(self._assistants)
        if not messages and not prompt:
            return ""  # nobody has said anything yet
        answer = await ask(ctx.llm, with_prompt(prompt, messages), ModelOption(), on_token=ctx.token)
        ctx.set("voipbin.aicall.ai_engine_model", answer.model)
        if answer.text.strip():
            ctx.say(answer.text)
        return answer.text


def _wait(ctx: Context, prompt: str) -> Wait:
    until = ctx.data["until"]
    end = datetime.fromisoformat(until) if until else None
    return Wait(WaitKind.INPUT, prompt=prompt, until=end, data={"until": until, "prompt": prompt})


def _folded(text: str) -> str:
    return text.strip().casefold()
