"""One step of an agent: it thinks, has a tool called, asks the person, or says what it has found."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field, model_validator

from flowgen_core.api import ActionError, Context, LlmMessage, LlmTool, LlmToolCall
from flowgen_plugins.llm.asking import ModelOption, ask
from flowgen_plugins.llm.mind import Mind
from flowgen_plugins.llm.tools import Tool, arguments_of, use

ASK_HUMAN = LlmTool(
    "ask_human",
    "Asks the person that the chat is with, and gives what they answer.",
    {"type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"]},
)


class Character(ModelOption):
    """How an agent thinks and what it may do."""

    instructions: str = Field(min_length=1, description="What it does and how: its system prompt.")
    tools: list[Tool] = Field([], max_length=20, description="What it may have done, at most 20 tools.")
    asks_human: bool = Field(False, description="Whether it may ask the person and wait for the answer.")
    max_calls: int = Field(10, ge=1, le=50, description="How often the model is asked for one message.")

    @model_validator(mode="after")
    def _tools_differ(self) -> "Character":
        names = [tool.name for tool in self.tools] + ([ASK_HUMAN.name] if self.asks_human else [])
        if len(set(names)) < len(names):
            raise ValueError("two tools have the same name")
        return self


@dataclass(frozen=True, slots=True)
class Working:
    """There is more to do."""

    mind: Mind


@dataclass(frozen=True, slots=True)
class Asking:
    """The person is to be asked."""

    question: str
    mind: Mind


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the agent has to say."""

    text: str


@dataclass(frozen=True, slots=True)
class Speaker:
    """An agent in its place: whom it speaks to, empty for the person."""

    name: str
    character: Character
    receiver: str = ""

    async def step(self, ctx: Context, mind: Mind) -> Working | Asking | Spoken:
        """Takes one step. Raises `ActionError` when the model fails or thinks for too long."""
        if not mind.open_calls:
            return await self._think(ctx, mind)
        call = mind.open_calls[0]
        if call.name == ASK_HUMAN.name and self.character.asks_human:
            return Asking(_question(call), mind)
        return Working(mind.learns(await self._use(ctx, call)))

    async def _think(self, ctx: Context, mind: Mind) -> Working | Spoken:
        if mind.thoughts >= self.character.max_calls:
            raise ActionError(f"`{self.name}` found no answer in {mind.thoughts} calls of the model.")
        answer = await ask(
            ctx.llm,
            [LlmMessage("system", self.character.instructions), *mind.messages],
            self.character,
            tools=self._tools(),
            on_token=None if self.receiver else lambda token: ctx.token(token, sender=self.name),
        )
        if not answer.tool_calls:
            return Spoken(answer.text)
        self._tell_calls(ctx, answer.text, answer.tool_calls)
        return Working(mind.wants(answer))

    async def _use(self, ctx: Context, call: LlmToolCall) -> str:
        arguments = arguments_of(call)
        ctx.tool(call.name, arguments)
        result = await use(ctx, self.character.tools, call)
        ctx.tool(call.name, arguments, result, ended=True)
        text = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
        info = {"type": "tool_response", "tool": call.name, "result": result}
        self._mutter(ctx, text or "-", info)
        return text

    def _tell_calls(self, ctx: Context, text: str, calls: tuple[LlmToolCall, ...]) -> None:
        if text.strip():
            ctx.say(text, sender=self.name, receiver=self.receiver, internal=bool(self.receiver))
        for call in calls:
            if call.name != ASK_HUMAN.name:
                info = {"type": "suggested_tool_call", "tool": call.name, "arguments": arguments_of(call)}
                self._mutter(ctx, f"{call.name}({call.arguments})", info)

    def _mutter(self, ctx: Context, text: str, info: Mapping[str, object]) -> None:
        # An agent tells nobody but itself of its tools: that is how its own history leaves them out.
        metadata = {"tool_info": info}
        ctx.say(text, sender=self.name, receiver=self.name, internal=True, metadata=metadata)

    def _tools(self) -> list[LlmTool]:
        tools = [tool.for_model() for tool in self.character.tools]
        return [*tools, ASK_HUMAN] if self.character.asks_human else tools


def _question(call: LlmToolCall) -> str:
    question = (arguments_of(call) or {}).get("question")
    return question if isinstance(question, str) and question.strip() else "?"
