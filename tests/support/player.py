"""Plays a flow document in memory, through nothing but the plugin API: a small stand-in for the runtime."""

import json
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flowgen_core.api import (
    Action,
    ActionType,
    Answer,
    Cause,
    Due,
    End,
    FlowType,
    GenerationContext,
    Jump,
    Medium,
    Next,
    Outcome,
    Wait,
)
from flowgen_plugins import conversation, vacancy

START = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
GENERATION = "8d328918-2622-4de5-a41c-9a8749fedeb0"
MOST_MOVES = 1000


class FakeContext:
    """What a running action knows and may do, with everything it says kept in lists."""

    def __init__(self, variables: dict[str, Any], properties: Mapping[str, Any]) -> None:
        self.variables, self._properties = variables, properties
        self.action = Action("", "")
        self.run_id, self.chat_id, self.move = "run", "chat", 0
        self.now, self.random = START, random.Random(0)
        self.input: Answer | None = None
        self.data: Any = None
        self.medium = Medium.CHAT
        self.said: list[str] = []
        self.offered: list[list[str]] = []

    @property
    def raw_option(self) -> Mapping[str, Any]:
        return self.action.option

    @property
    def properties(self) -> Mapping[str, Any]:
        return self._properties

    def get(self, name: str, default: Any = None) -> Any:
        return self.variables.get(name, default)

    def set(self, name: str, value: Any) -> None:
        self.variables[name] = json.loads(json.dumps(value))

    async def history(self, count: int) -> Sequence[Any]:
        return []

    def say(self, text: str, *, quick_replies: Sequence[str] = (), **_others: Any) -> None:
        self.said.append(text)
        self.offered.append(list(quick_replies))

    def token(self, text: str, *, sender: str = "assistant") -> None:
        pass

    def log(self, event: str, **facts: Any) -> None:
        pass


class Player:
    """Plays one run: `start`, then `hear` what people say or `time_pass`; each gives what the bot says."""

    def __init__(self, document: Mapping[str, Any], now: datetime = START) -> None:
        self._types = action_types()
        self._actions = [Action(**action) for action in document["actions"]]
        self._at: Action | None = None
        self.ctx = FakeContext({}, document.get("properties", {}))
        self.ctx.now = now
        self.wait: Wait | None = None
        self.end: End | None = None
        self.visited: list[str] = []

    @property
    def ended(self) -> bool:
        return self._at is None and bool(self.visited)

    @property
    def output(self) -> dict[str, Any] | None:
        return self.end.output if self.end else None

    async def start(self) -> list[str]:
        self._at = self._actions[0]
        return await self._turn(None)

    async def hear(self, text: str) -> list[str]:
        assert self.wait, "the run does not wait"
        return await self._turn(Answer(text))

    async def time_pass(self) -> list[str]:
        """Goes to the time that the run waits for at most."""
        assert self.wait and self.wait.until, "the run waits for ever"
        self.ctx.now = self.wait.until
        return await self._turn(Due())

    async def _turn(self, cause: Cause | None) -> list[str]:
        self.ctx.said, self.ctx.offered = [], []
        while self._at:
            outcome = await self._do(self._at, cause)
            cause = None
            self.wait = outcome if isinstance(outcome, Wait) else None
            if self.wait:
                self.ctx.data = json.loads(json.dumps(self.wait.data))
                break
            self._at = self._follow(self._at, outcome)
        return self.ctx.said

    async def _do(self, action: Action, cause: Cause | None) -> Outcome:
        kind, self.ctx.action = self._types[action.type], action
        option = kind.Option.model_validate(substitute(action.option, self.ctx.variables))
        if cause:
            return await kind.resume(self.ctx, option, cause)
        self.visited.append(action.title or action.id)
        assert len(self.visited) <= MOST_MOVES, "the run never ends"
        self.ctx.data = None
        return await kind.run(self.ctx, option)

    def _follow(self, action: Action, outcome: Outcome) -> Action | None:
        if isinstance(outcome, End):
            self.end = outcome
            return None
        if isinstance(outcome, Jump):
            return self._find(outcome.target_id)
        assert isinstance(outcome, Next)
        following = self._actions[self._actions.index(action) + 1 :]
        return self._find(action.next_id) if action.next_id else next(iter(following), None)

    def _find(self, action_id: str) -> Action:
        return next(action for action in self._actions if action.id == action_id)


def action_types() -> dict[str, ActionType]:
    found: list[ActionType] = []
    for plugin in (conversation, vacancy):
        plugin.register_action_types(found.append)
    return {kind.name: kind for kind in found}


def flow_type() -> FlowType:
    found: list[FlowType] = []
    vacancy.register_flow_types(found.append)
    return found[0]


async def generate(parameters: Any, context: Any, generation_id: str = GENERATION) -> dict[str, Any]:
    kind = flow_type()
    judged = kind.check(parameters, context)
    return dict(await kind.generate(GenerationContext(generation_id), *judged))


async def play(document: Mapping[str, Any], inputs: Iterable[str]) -> tuple[Player, list[list[str]]]:
    player = Player(document)
    heard = [await player.start()]
    return player, heard + [await player.hear(text) for text in inputs]


def substitute(value: Any, variables: Mapping[str, Any]) -> Any:
    """Replaces `${name}` once, as the runtime does."""
    if isinstance(value, Mapping):
        return {key: substitute(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [substitute(item, variables) for item in value]
    if not isinstance(value, str):
        return value
    return re.sub(r"\$\{(.*?)\}", lambda match: _text(variables.get(match[1])), value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
