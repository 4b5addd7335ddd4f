"""A real store in a folder, action types to build flows of, and a clock that only tests move."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, model_validator

from flowgen_core.api import ActionType
from flowgen_core.model.flow import Action, Document
from flowgen_core.model.project import Caller, Environment, Project, Scope
from flowgen_core.runtime.drafts import Checker
from flowgen_core.runtime.flows import Flows
from flowgen_core.runtime.releases import Releases
from flowgen_core.runtime.schemas import Schemas
from flowgen_core.store import projects
from flowgen_core.store.documents import Documents
from flowgen_core.store.requests import Once
from flowgen_core.store.store import Store


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Ids:
    def __init__(self) -> None:
        self._numbers = count(1)

    def __call__(self) -> str:
        return str(UUID(int=next(self._numbers)))


class Choice(BaseModel):
    value: int
    label: str = ""


class Talk(ActionType):
    """Says a text."""

    name = "talk"

    class Option(BaseModel):
        model_config = ConfigDict(extra="forbid")

        text: str
        times: int = 1
        choices: list[Choice] = []


class Go(ActionType):
    """Goes elsewhere."""

    name = "go"

    class Option(BaseModel):
        target_id: str
        flow_id: str = ""

    def targets(self, option: Option) -> Mapping[str, str]:
        return {"target_id": option.target_id}

    def flows(self, option: Option) -> Mapping[str, str]:
        return {"flow_id": option.flow_id}

    def always_leaves(self, option: Option) -> bool:
        return True


class Anything(ActionType):
    """Takes any option."""

    name = "anything"


class Broken(ActionType):
    """Raises in every method that validation calls."""

    name = "broken"

    class Option(BaseModel):
        model_config = ConfigDict(extra="allow")
        fail: bool = False

        @model_validator(mode="after")
        def _break(self) -> "Broken.Option":
            if self.fail:
                raise TypeError("broken")
            return self

    def targets(self, option: Any) -> Mapping[str, str]:
        raise RuntimeError

    def flows(self, option: Any) -> Mapping[str, str]:
        raise RuntimeError

    def always_leaves(self, option: Any) -> bool:
        raise RuntimeError


TYPES: dict[str, ActionType] = {kind.name: kind for kind in (Talk(), Go(), Anything(), Broken())}


def say(text: str = "Hello", id: str = "", **option: Any) -> Action:
    return Action(id, "talk", option={"text": text, **option})


def document(name: str = "Driver", *actions: Action, **rest: Any) -> Document:
    return Document(name, actions or (say(),), **rest)


def once(request_id: str = "r1", fingerprint: str = "f", rpc: str = "Make", project_id: str = "p1") -> Once:
    return Once(project_id, request_id, rpc, fingerprint)


def caller(project_id: str = "p1", environment: Environment = Environment.SANDBOX) -> Caller:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    project = Project(project_id, "Test", environment, project_id, start, start)
    return Caller(project, "key1", frozenset(Scope))


class House:
    """Everything that flows need, over one store with the projects `p1` and `p2`."""

    def __init__(self, folder: Path) -> None:
        self.store, self.clock, self.new_id = Store(folder), Clock(), Ids()
        self.documents = Documents()
        self.checker = Checker(TYPES, Schemas())
        self.flows = Flows(self.store, self.documents, self.checker, self.clock, self.new_id)
        self.releases = Releases(self.store, self.documents, self.clock)
        self.store.open()

    async def fill(self) -> "House":
        for project_id in ("p1", "p2"):
            await self.store.write(lambda tx, id=project_id: projects.insert(tx, caller(id).project))
        return self
