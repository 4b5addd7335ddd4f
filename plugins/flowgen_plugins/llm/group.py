"""Several agents that take turns."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from flowgen_core.api import ActionType, Answer, Cause, Context, Next, Outcome, Wait, WaitKind, Yield
from flowgen_plugins.llm.lines import LONGEST, MOST, Line, as_messages, heard
from flowgen_plugins.llm.mind import Mind
from flowgen_plugins.llm.next_speaker import choose
from flowgen_plugins.llm.speaking import Asking, Character, Speaker, Spoken, Working


class Member(Character):
    """An agent of a group."""

    name: str = Field(min_length=1, max_length=64, description="Its name.")


@dataclass(frozen=True, slots=True)
class Talk:
    """What a group keeps between turns: what was said, whose turn it is, how many messages there were."""

    lines: tuple[Line, ...]
    speaker: int = 0
    rounds: int = 0
    mind: Mind | None = None

    def to_json(self) -> dict[str, Any]:
        """Gives it as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Reads what `to_json` gave."""
        mind = Mind.from_json(kept["mind"]) if kept["mind"] else None
        return cls(tuple(Line(**line) for line in kept["lines"]), kept["speaker"], kept["rounds"], mind)

    def hears(self, author: str, sender: str, text: str) -> Self:
        """Adds something said; the oldest is forgotten."""
        return replace(self, lines=(*self.lines, Line(author, sender, text[:LONGEST]))[-MOST:])


class AgentGroup(ActionType):
    """Has agents talk with each other until they are done, and says the last message to the person.

    They speak `in_turn`, or the model chooses the next one after each message (`chosen`), or nobody, which ends
    the talk. Talk between them is internal: its receiver is the group, and `metadata.next_speaker` names who goes
    on. Needs a language model in the server's settings, else the run fails with `LLM_UNAVAILABLE`.
    """

    name = "agent_group"

    class Option(BaseModel):
        """Who talks, and when they are done."""

        name: str = Field("", max_length=64, description="Its name; else the action's title, else its id.")
        agents: list[Member] = Field(
            min_length=2, max_length=10, description="The agents, 2 to 10; the first begins."
        )
        speakers: Literal["in_turn", "chosen"] = Field("in_turn", description="Who goes on.")
        max_rounds: int = Field(10, ge=1, le=100, description="The most messages in all.")
        end_phrase: str = Field("", description="A message that holds this is the last; it is not shown.")
        history: int = Field(
            20, ge=0, le=MOST, description="How many of the chat's last messages they are told."
        )
        variable: str = Field("", description="The variable that keeps the last message; empty keeps none.")

        @model_validator(mode="after")
        def _names_differ(self) -> "AgentGroup.Option":
            if len({agent.name for agent in self.agents}) < len(self.agents):
                raise ValueError("two agents have the same name")
            return self

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Reads what was said; the first agent thinks in a turn of its own."""
        past = await ctx.history(option.history) if option.history else []
        return Yield(Talk(tuple(heard(past, _name(ctx, option)))).to_json())

    async def resume(self, ctx: Context, option: Option, cause: Cause) -> Outcome:
        """Takes the next step of the agent whose turn it is."""
        talk, me = Talk.from_json(ctx.data), option.agents[ctx.data["speaker"]]
        mind = talk.mind or Mind.begin(me.instructions, as_messages(talk.lines, me.name))
        if isinstance(cause, Answer):
            mind, talk = mind.learns(cause.text), talk.hears("user", "user", cause.text)
        match await Speaker(me.name, me, _name(ctx, option)).step(ctx, mind):
            case Working(mind=mind):
                return Yield(replace(talk, mind=mind).to_json())
            case Asking(question=question, mind=mind):
                ctx.say(question, sender=me.name)
                talk = replace(talk, mind=mind).hears("bot", me.name, question)
                return Wait(WaitKind.INPUT, prompt=question, data=talk.to_json())
            case Spoken(text=text):
                return await _go_on(ctx, option, talk, text)


async def _go_on(ctx: Context, option: AgentGroup.Option, talk: Talk, text: str) -> Outcome:
    """Says what an agent has found: to the group, or as the last word to the person."""
    me = option.agents[talk.speaker]
    last = talk.rounds + 1 >= option.max_rounds or (option.end_phrase and option.end_phrase in text)
    talk = replace(talk.hears("bot", me.name, text), rounds=talk.rounds + 1, mind=None)
    following = None if last else await _following(ctx, option, talk)
    if following is None:
        return _end(ctx, option, me.name, text)
    facts = {"next_speaker": option.agents[following].name}
    ctx.say(text or "-", sender=me.name, receiver=_name(ctx, option), internal=True, metadata=facts)
    return Yield(replace(talk, speaker=following).to_json())


async def _following(ctx: Context, option: AgentGroup.Option, talk: Talk) -> int | None:
    in_turn = (talk.speaker + 1) % len(option.agents)
    if option.speakers == "in_turn":
        return in_turn
    return await choose(ctx, [agent.name for agent in option.agents], talk.lines, in_turn)


def _end(ctx: Context, option: AgentGroup.Option, sender: str, text: str) -> Next:
    text = text.replace(option.end_phrase, "").strip() if option.end_phrase else text
    if text.strip():
        ctx.say(text, sender=sender)
    if option.variable:
        ctx.set(option.variable, text)
    return Next()


def _name(ctx: Context, option: AgentGroup.Option) -> str:
    return option.name or ctx.action.title or ctx.action.id
