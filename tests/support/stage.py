"""Plays flows with the real engine and the real actions in memory: no store, no server, a clock that tests move."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flowgen_core.api import ActionType, PastMessage
from flowgen_core.engine.advance import start
from flowgen_core.engine.talk import chat_property
from flowgen_core.model import documents, state
from flowgen_core.model.chat import InputKind
from flowgen_core.model.flow import Document
from flowgen_core.model.outcomes import Answer, Cause, Due, WaitKind, Yielded
from flowgen_core.model.outside import HttpFailed
from flowgen_core.model.run import Cursor, Move, Pending
from flowgen_core.registry import load
from flowgen_core.runtime.context import Collected, Outside, Said, Surroundings
from flowgen_core.runtime.play import Ending, Heard, Play, medium_of

START = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
MOST_TURNS = 50


RUN = "00000000-0000-4000-8000-000000000001"


class Unseen:
    """Nobody watches."""

    def token(self, sender: str, text: str) -> None: ...
    def said(self, sender: str, text: str, internal: bool) -> None: ...
    def missed(self, texts: Any) -> None: ...
    def progress(self, action: Any, phase: Any, text: str = "") -> None: ...
    def tool(self, name: str, arguments: Any, result: Any, ended: bool) -> None: ...
    def log(self, level: str, text: str) -> None: ...


class NoHttp:
    """There is no outside."""

    async def request(self, method: str, url: str, **options: Any) -> Any:
        raise HttpFailed("no network in this test")


class Stage:
    """One chat: each thing that happens gives the texts that the bot says to it.

    Between turns everything goes through JSON, as it does through a store.
    """

    def __init__(
        self,
        document: Mapping[str, Any],
        flows: Mapping[str, Mapping[str, Any]] | None = None,
        types: dict[str, ActionType] | None = None,
        *,
        chat_id: str = "chat",
    ) -> None:
        self._document = documents.from_json(document)
        self._flows = {id: documents.from_json(flow) for id, flow in (flows or {}).items()}
        self._types = load().action_types if types is None else types
        self._chat_id = chat_id
        self._cursor, self._variables = "", "{}"
        self.now = START
        self.ending: Ending | None = None
        self.moves: dict[int, Move] = {}
        self.said: list[Said] = []

    @property
    def cursor(self) -> Cursor:
        return state.from_json(self._cursor)

    @property
    def pending(self) -> Pending | None:
        return self.cursor.pending if self._cursor else None

    @property
    def variables(self) -> dict[str, Any]:
        return dict(json.loads(self._variables))

    @property
    def waits(self) -> bool:
        return self.pending is not None and self.pending.kind is WaitKind.INPUT

    @property
    def trace(self) -> list[tuple[str, str]]:
        """The actions that the run came to, each with what became of it."""
        return [(move.action_id, str(move.outcome or "")) for move in self.moves.values()]

    async def hear(self, text: str = "Hello") -> list[str]:
        """Somebody says something: a new run where none is open."""
        if self._cursor:
            return await self._turns(Answer(text) if self.waits else None, Heard(InputKind.MESSAGE, text))
        self.ending, self.moves = None, {}
        return await self._turns(None, Heard(InputKind.MESSAGE, text), text)

    async def happen(self, event: str) -> list[str]:
        """Something else than a text comes in."""
        return await self._turns(Answer("") if self.waits else None, Heard(InputKind.EVENT, event=event))

    async def time_pass(self) -> list[str]:
        """Goes to the time that the run waits for."""
        assert self.pending and self.pending.until, "the run waits for no time"
        self.now = self.pending.until
        return await self._turns(Due(), None)

    def record(self) -> bytes:
        """Everything that the run did and is, byte for byte."""
        moves = [asdict(move) for move in self.moves.values()]
        said = [asdict(one) for one in self.said]
        ending = asdict(self.ending) if self.ending else None
        facts = [moves, said, ending, self._cursor, self._variables, self.now]
        return json.dumps(facts, default=str).encode()

    async def _turns(self, cause: Cause | None, heard: Heard | None, said: str = "") -> list[str]:
        before = len(self.said)
        play = await self._turn(cause, heard, said)
        for _ in range(MOST_TURNS):
            if not play.cursor.pending or play.cursor.pending.kind is not None or play.ending:
                return [one.text for one in self.said[before:]]
            play = await self._turn(Yielded(), None)
        raise AssertionError("the run yields for ever")

    async def _turn(self, cause: Cause | None, heard: Heard | None, said: str = "") -> Play:
        play = self._play()
        if not self._cursor:
            name = chat_property(self._document)
            play.give({name: said} if name else {})
        await play.run(cause, heard)
        self._keep(play)
        return play

    def _play(self) -> Play:
        collected = Collected(self.variables)
        around = Surroundings(
            run_id=RUN,
            chat_id=self._chat_id,
            human="user",
            now=self.now,
            medium=medium_of(self._chat_id),
            properties=self._document.properties,
            input=None,
            read_history=self._history,
            show=Unseen(),
            lookup=collected.variables.get,
            outside=Outside(NoHttp()),
        )
        cursor = self.cursor if self._cursor else start("main")
        known = {"main": self._document, **self._flows}
        return Play(cursor, "main", known, self._types, around, collected, self._load)

    def _keep(self, play: Play) -> None:
        self.moves |= play.moves
        self.said += play.collected.said
        self._variables = json.dumps(play.collected.variables)
        self.ending = play.ending
        self._cursor = "" if play.ending else state.to_json(play.cursor)

    async def _load(self, flow_id: str) -> tuple[str, Document] | None:
        return (flow_id, self._flows[flow_id]) if flow_id in self._flows else None

    async def _history(self, count: int) -> Sequence[PastMessage]:
        return []


def act(type: str, id: str = "", next_id: str = "", **option: Any) -> dict[str, Any]:
    """Writes one action of a flow document."""
    return {"id": id, "type": type, "option": option, "next_id": next_id}


def say(text: str, id: str = "", next_id: str = "") -> dict[str, Any]:
    """Writes an action that says a text."""
    return act("say", id, next_id, text=text)
