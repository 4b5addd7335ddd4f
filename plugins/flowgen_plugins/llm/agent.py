"""One agent."""

from pydantic import Field

from flowgen_core.api import ActionType, Answer, Cause, Context, Next, Outcome, Wait, WaitKind, Yield
from flowgen_plugins.llm.lines import MOST, as_messages, heard
from flowgen_plugins.llm.mind import Mind
from flowgen_plugins.llm.speaking import Asking, Character, Speaker, Spoken, Working


class Agent(ActionType):
    """Has an agent answer: a language model with instructions of its own, which may use tools and ask the person.

    Each of its messages is a turn of its own, seen as soon as it is said; its tool calls are internal messages
    with `metadata.tool_info`. With a `receiver` it speaks to that agent, internally, else to the person.
    Needs a language model in the server's settings, else the run fails with `LLM_UNAVAILABLE`.
    """

    name = "agent"

    class Option(Character):
        """Who the agent is."""

        name: str = Field("", max_length=64, description="Its name; else the action's title, else its id.")
        receiver: str = Field("", max_length=64, description="The agent it speaks to; empty is the person.")
        history: int = Field(
            20, ge=0, le=MOST, description="How many of the chat's last messages it is told."
        )
        variable: str = Field("", description="The variable that keeps what it says; empty keeps none.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Reads what was said; the agent thinks in a turn of its own."""
        me = _speaker(ctx, option).name
        lines = heard(await ctx.history(option.history), me) if option.history else []
        return Yield(Mind.begin(option.instructions, as_messages(lines, me)).to_json())

    async def resume(self, ctx: Context, option: Option, cause: Cause) -> Outcome:
        """Takes the agent's next step."""
        mind = Mind.from_json(ctx.data)
        if isinstance(cause, Answer):
            mind = mind.learns(cause.text)
        speaker = _speaker(ctx, option)
        match await speaker.step(ctx, mind):
            case Working(mind=mind):
                return Yield(mind.to_json())
            case Asking(question=question, mind=mind):
                ctx.say(question, sender=speaker.name)
                return Wait(WaitKind.INPUT, prompt=question, data=mind.to_json())
            case Spoken(text=text):
                _say(ctx, option, speaker, text)
        return Next()


def _speaker(ctx: Context, option: Agent.Option) -> Speaker:
    return Speaker(option.name or ctx.action.title or ctx.action.id, option, option.receiver)


def _say(ctx: Context, option: Agent.Option, speaker: Speaker, text: str) -> None:
    if text.strip():
        ctx.say(text, sender=speaker.name, receiver=speaker.receiver, internal=bool(speaker.receiver))
    if option.variable:
        ctx.set(option.variable, text)
