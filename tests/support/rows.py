"""Things to store, with every field that matters to a test given by it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flowgen_core.model.chat import Author, Chat, ChatState, Input, InputKind, Message
from flowgen_core.model.flow import Action, Document, Flow
from flowgen_core.model.generation import Generation, GenerationState
from flowgen_core.model.project import ApiKey, Environment, Project, Scope
from flowgen_core.model.run import Cursor, Frame, Move, Run, RunState

# Not a whole second: what a store rounds off is lost.
NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
# Text that stores mangle: of four bytes, of two code points, quotes, what looks like a placeholder.
ODD = "😀 e\u0301 'a\" ? % _ \\ \u2028 \u007f"


def refused() -> Any:
    """What a store must not take; which error says so is the database's own affair."""
    return pytest.raises(Exception, match=r".+")


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def project(id: str = "p1", **fields: Any) -> Project:
    return replace(Project(id, f"Project {id}", Environment.SANDBOX, "account", NOW, NOW), **fields)


def key(id: str, project_id: str = "p1", **fields: Any) -> ApiKey:
    made = ApiKey(id, project_id, "CI", (Scope.READ, Scope.WRITE), "fg_test_…abcd", "somebody", NOW, NOW)
    return replace(made, **fields)


def document(name: str = "Driver", **fields: Any) -> Document:
    return replace(Document(name, (Action("a", "say", option={"text": ODD, "n": 7, "f": 7.0}),)), **fields)


def flow(id: str = "f1", name: str = "Driver", project_id: str = "p1", **fields: Any) -> Flow:
    return replace(Flow(id, project_id, document(name), f"{id}-r1", "1", NOW, NOW), **fields)


def chat(id: str = "c1", project_id: str = "p1", **fields: Any) -> Chat:
    made = Chat(id, project_id, "Test", "f1", ChatState.READY, "{}", "{}", "somebody", NOW, NOW, NOW)
    return replace(made, **fields)


def message(id: str, text: str = "Hello", chat_id: str = "c1", **fields: Any) -> Message:
    return replace(Message(id, chat_id, Author.BOT, "assistant", "user", text, NOW), **fields)


def item(number: int, said: Message | None = None, chat_id: str = "c1", **fields: Any) -> Input:
    kind = InputKind.MESSAGE if said else InputKind.EVENT
    return replace(Input(chat_id, number, kind, "somebody", said), **fields)


def run(id: str = "r1", project_id: str = "p1", **fields: Any) -> Run:
    made = Run(
        id, project_id, "c1", "f1", "f1-r1", RunState.WAITING, Cursor((Frame("f1-r1"),)), "somebody", NOW, NOW
    )
    return replace(made, root_id=id, **fields)


def move(number: int, run_id: str = "r1", **fields: Any) -> Move:
    return replace(Move(run_id, number, f"a{number}", "say", at(number)), **fields)


def generation(id: str = "g1", project_id: str = "p1", **fields: Any) -> Generation:
    made = Generation(id, project_id, "vacancy", "{}", None, GenerationState.QUEUED, NOW, NOW)
    return replace(made, **fields)
