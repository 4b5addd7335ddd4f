"""What an action decides (an outcome), and what wakes it when it waits (a cause)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from flowgen_core.model.flow import Action


class WaitKind(StrEnum):
    """What ends a wait, besides its `until`."""

    INPUT = "INPUT"
    CONTINUE = "CONTINUE"
    TIME = "TIME"
    FLOOR = "FLOOR"


class EndState(StrEnum):
    """How a run ends."""

    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"
    TIMED_OUT = "TIMED_OUT"


@dataclass(frozen=True, slots=True)
class Next:
    """Goes on with the action's `next_id`, else the one that follows. The trace shows `message`."""

    message: str = ""


@dataclass(frozen=True, slots=True)
class Jump:
    """Goes to an action of this frame or of one further out.

    With `limit`, only the first so many jumps from this place are made; then it is `Next`. An unknown target
    fails the run, but an `optional` jump there is `Next` too.
    """

    target_id: str
    limit: int | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """Runs the actions of another flow, or the given ones, then comes back."""

    flow_id: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """Stops here until something of `kind` happens or `until` comes; `data` (JSON) is there again on resume.

    `prompt` is what is being asked. A `fresh` wait passes over messages accepted before it began.
    """

    kind: WaitKind = WaitKind.INPUT
    prompt: str | None = None
    until: datetime | None = None
    data: Any = None
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Yield:
    """Commits what was said and goes on in a new turn at once, before any queued input."""

    data: Any = None


@dataclass(frozen=True, slots=True)
class End:
    """Ends the run. `output` is a JSON object; `reason` is what `Run.end_reason` shows."""

    state: EndState = EndState.COMPLETED
    output: dict[str, Any] | None = None
    reason: str = "stop_action"


Outcome = Next | Jump | Call | Wait | Yield | End


@dataclass(frozen=True, slots=True)
class Answer:
    """Somebody said something. `text` is empty for media; `responses` are JSON objects `type`, `payload`."""

    text: str
    sender: str = "user"
    message_id: str = ""
    responses: Sequence[dict[str, Any]] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Due:
    """The wait's `until` has come."""


@dataclass(frozen=True, slots=True)
class Continued:
    """Somebody called ContinueRun."""


@dataclass(frozen=True, slots=True)
class FloorBack:
    """The bot has the floor again after a hand-over."""


@dataclass(frozen=True, slots=True)
class Yielded:
    """The turn after a `Yield`."""


Cause = Answer | Due | Continued | FloorBack | Yielded
