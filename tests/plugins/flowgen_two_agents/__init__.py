"""Action types that only tests use: agents that follow a script, and actions that misbehave."""

import asyncio
import os
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from flowgen_core.api import (
    ActionType,
    Answer,
    Cause,
    Context,
    End,
    EndState,
    Next,
    Outcome,
    Wait,
    Yield,
    hookimpl,
)


class Line(BaseModel):
    sender: str
    receiver: str
    text: str


class ScriptedAgents(ActionType):
    """Agents that say the lines of a script, each in a turn of its own; a line to `user` waits for an answer."""

    name = "scripted_agents"

    class Option(BaseModel):
        lines: list[Line]
        # Seconds between two lines.
        pause: float = 0

    async def run(self, ctx: Context, option: Option) -> Outcome:
        return await self._say(ctx, option, 0)

    async def resume(self, ctx: Context, option: Option, cause: Cause) -> Outcome:
        if isinstance(cause, Answer):
            ctx.set("answer", cause.text)
        return await self._say(ctx, option, int(ctx.data["next"]))

    async def _say(self, ctx: Context, option: Option, number: int) -> Outcome:
        if number >= len(option.lines):
            return Next()
        line = option.lines[number]
        await asyncio.sleep(option.pause)
        human = line.receiver == "user"
        for word in line.text.split():
            ctx.token(word, sender=line.sender)
        ctx.say(line.text, sender=line.sender, receiver="" if human else line.receiver, internal=not human)
        data = {"next": number + 1}
        return Wait(prompt=line.text, data=data) if human else Yield(data)


class Raise(ActionType):
    """Raises what no plugin should."""

    name = "raise"

    async def run(self, ctx: Context, option: Any) -> Outcome:
        raise RuntimeError("secret: hunter2")


class Exit(ActionType):
    """Ends the process in the middle of a turn, as long as the file `path` exists or none is named."""

    name = "exit"

    class Option(BaseModel):
        path: str = ""

    async def run(self, ctx: Context, option: Option) -> Outcome:
        if not option.path or Path(option.path).exists():
            os._exit(9)
        return Next()


class Slow(ActionType):
    """Computes for some seconds."""

    name = "slow"

    class Option(BaseModel):
        seconds: float = 1

    async def run(self, ctx: Context, option: Option) -> Outcome:
        await asyncio.sleep(option.seconds)
        ctx.say("done")
        return Next()


class Finish(ActionType):
    """Ends the run with an output."""

    name = "finish"

    class Option(BaseModel):
        output: dict[str, Any]

    async def run(self, ctx: Context, option: Option) -> Outcome:
        return End(EndState.COMPLETED, option.output, "finished")


@hookimpl
def register_action_types(register: Any) -> None:
    for kind in (ScriptedAgents, Raise, Exit, Slow, Finish):
        register(kind())
