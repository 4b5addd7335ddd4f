"""All that a plugin imports: action types, flow types, outcomes, and the hooks that register them.

A plugin is a module that the entry-point group `flowgen` names::

    from flowgen_core.api import ActionType, Context, Next, Outcome, hookimpl
    from pydantic import BaseModel

    class Shout(ActionType):
        '''Says a text in capitals.'''
        name = "shout"

        class Option(BaseModel):
            text: str

        async def run(self, ctx: Context, option: Option) -> Outcome:
            ctx.say(option.text.upper())
            return Next()

    @hookimpl
    def register_action_types(register):
        register(Shout())
"""

import random as _random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, JsonValue

from flowgen_core.hookspecs import hookimpl
from flowgen_core.model.errors import Violation
from flowgen_core.model.flow import Action, Problem, Severity
from flowgen_core.model.outcomes import (
    Answer,
    Call,
    Cause,
    Continued,
    Due,
    End,
    EndState,
    FloorBack,
    Jump,
    Next,
    Outcome,
    Wait,
    WaitKind,
    Yield,
    Yielded,
)
from flowgen_core.parameters import MAX_VIOLATIONS, judge

__all__ = [
    "Action",
    "ActionError",
    "ActionType",
    "Answer",
    "Call",
    "Cause",
    "Context",
    "Continued",
    "Due",
    "End",
    "EndState",
    "FloorBack",
    "FlowType",
    "GenerationContext",
    "InvalidParameters",
    "JsonValue",
    "Jump",
    "Medium",
    "Next",
    "Outcome",
    "PastMessage",
    "Problem",
    "Severity",
    "Violation",
    "Wait",
    "WaitKind",
    "Yield",
    "Yielded",
    "hookimpl",
]  # fmt: skip


class Medium(StrEnum):
    """Where a run happens: without a chat, in a chat, or on a call."""

    NONE = "NONE"
    CHAT = "CHAT"
    VOICE = "VOICE"


class ActionError(Exception):
    """An action that cannot do its work. Ends the run unless `skip`, or unless the action type is not `fatal`.

    `reason` is one of the run's failure reasons, such as `ACTION_FAILED`, `BAD_OPTION`, `TARGET_NOT_FOUND`.
    """

    def __init__(self, message: str, *, reason: str = "ACTION_FAILED", skip: bool = False) -> None:
        super().__init__(message)
        self.reason, self.message, self.skip = reason, message, skip


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message of the chat's history; `author` is `user`, `bot` or `moderator`."""

    author: str
    sender: str
    receiver: str
    text: str
    internal: bool


class Context(Protocol):
    """What a running action knows and may do. Nothing is shown or stored before the turn commits."""

    @property
    def action(self) -> Action:
        """The action as the flow has it, `${…}` not yet replaced in its option."""

    @property
    def run_id(self) -> str:
        """The run's id."""

    @property
    def chat_id(self) -> str:
        """The chat's id; empty in a run without a chat."""

    @property
    def move(self) -> int:
        """The number of this move in its run; with `run_id` an idempotency key for calls to the outside."""

    @property
    def now(self) -> datetime:
        """The time of this turn, in UTC; the same for all its actions."""

    @property
    def random(self) -> _random.Random:
        """A generator seeded by run and move: a turn that is repeated draws the same."""

    @property
    def input(self) -> Answer | None:
        """What the turn deals with, where that is something said."""

    @property
    def data(self) -> Any:
        """What this action's last `Wait` or `Yield` kept; None at first. JSON."""

    @property
    def raw_option(self) -> Mapping[str, Any]:
        """The option as the flow has it, `${…}` not replaced. JSON."""

    @property
    def medium(self) -> Medium:
        """Where the run happens."""

    @property
    def properties(self) -> Mapping[str, Any]:
        """The `properties` of the run's flow. JSON."""

    def get(self, name: str, default: Any = None) -> Any:
        """Gives the value of a variable (JSON), with what this turn has set so far."""

    async def history(self, count: int) -> Sequence[PastMessage]:
        """Reads the chat's last messages, oldest first, with what this turn has said so far."""

    def say(
        self,
        text: str,
        *,
        responses: Sequence[Mapping[str, Any]] | None = None,
        quick_replies: Sequence[str] = (),
        sender: str = "assistant",
        receiver: str = "",
        internal: bool = False,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Says a text as one bot message. `responses` (`{"type", "payload"}`) replace its plain form.

        An empty `receiver` is the person that the chat is with; `internal` is talk between agents.
        """

    def token(self, text: str, *, sender: str = "assistant") -> None:
        """Shows text that is being written to those who watch; it is not stored and may be lost."""

    def set(self, name: str, value: Any) -> None:
        """Sets a variable to a JSON value."""

    def log(self, event: str, **facts: Any) -> None:
        """Writes one line to the server's log; never put what people said into it."""


class ActionType:
    """One kind of action. A subclass names it, gives its option's model and runs it.

    The class docstring is what users read about it.
    """

    name: ClassVar[str]
    media: ClassVar[frozenset[Medium]] = frozenset(Medium)
    # Whether an action that goes wrong ends the run; else it is traced as failed and the run goes on.
    fatal: ClassVar[bool] = True

    class Option(BaseModel):
        """The JSON object that the action takes; without fields any object does."""

        model_config = ConfigDict(extra="allow")

    # Reads the option of a run where runs forgive what validation refuses; without it `Option` does.
    Lenient: ClassVar[type[BaseModel] | None] = None

    async def run(self, ctx: Context, option: Any) -> Outcome:
        """Does the action. `option` is an `Option` with `${…}` replaced. Raises `ActionError`."""
        raise NotImplementedError

    async def resume(self, ctx: Context, option: Any, cause: Cause) -> Outcome:
        """Goes on after a `Wait` or `Yield` that `run` or `resume` returned."""
        return Next()

    def targets(self, option: Any) -> Mapping[str, str]:
        """Names the actions that the option may jump to: path inside the option → action id."""
        return {}

    def flows(self, option: Any) -> Mapping[str, str]:
        """Names the flows that the option calls: path inside the option → flow id."""
        return {}

    def always_leaves(self, option: Any) -> bool:
        """Tells whether the action never goes on to its `next_id` or the one that follows."""
        return False


@dataclass(frozen=True, slots=True)
class GenerationContext:
    """The one value from outside that a flow type may use: ids derived from it repeat when the job is repeated."""

    generation_id: str


class InvalidParameters(Exception):
    """The parameters or the context of a generation are wrong; `violations` name all of it at once.

    A violation's path begins with `parameters` or `context`; a key that is no name is written `["a key"]`.
    """

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__(f"{len(violations)} problems")
        self.violations = tuple(violations)


class FlowType:
    """A kind of flow that is written from parameters and context."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    cost: ClassVar[int] = 1

    class Parameters(BaseModel):
        """The JSON object `parameters`; its JSON Schema is what `ListFlowTypes` gives."""

        model_config = ConfigDict(extra="forbid")

    class Context(BaseModel):
        """The JSON object `context`; its JSON Schema is what `ListFlowTypes` gives."""

        model_config = ConfigDict(extra="forbid")

    def check(self, parameters: Any, context: Any) -> tuple[Any, Any]:
        """Judges JSON values and gives `Parameters` and `Context`, None where absent.

        Raises `InvalidParameters` with at most 100 violations, those of the context first.
        """
        about, violations = (None, []) if context is None else judge(self.Context, context, "context")
        judged, more = judge(self.Parameters, parameters, "parameters")
        if violations or more:
            raise InvalidParameters([*violations, *more][:MAX_VIOLATIONS])
        return judged, about

    async def generate(self, ctx: GenerationContext, parameters: Any, context: Any) -> Mapping[str, Any]:
        """Writes the flow document (JSON) from what `check` gave. The same values must give the same document."""
        raise NotImplementedError
