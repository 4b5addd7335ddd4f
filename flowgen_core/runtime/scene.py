"""The first part of a turn: what a lane has to do next, read in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from flowgen_core.model.chat import Chat, Input, InputKind
from flowgen_core.model.flow import Document
from flowgen_core.model.outcomes import WaitKind
from flowgen_core.model.run import Pending, Run, RunState
from flowgen_core.store import chats, inputs, runs
from flowgen_core.store.streams import run_stream_of, stream_of
from flowgen_core.store.tx import Tx

# Gives a document by its revision.
ReadDocument = Callable[[Tx, str], Document]


@dataclass(frozen=True, slots=True)
class Head:
    """The newest revision of a flow that is not deleted."""

    flow_id: str
    revision_id: str


# Gives the head of a flow of a project; None where the flow is gone.
ReadHead = Callable[[Tx, str, str], Head | None]


@dataclass(frozen=True, slots=True)
class Flows:
    """How turns reach flows: documents by revision, and the newest revision of a flow."""

    document: ReadDocument
    head: ReadHead


@dataclass(frozen=True, slots=True)
class Scene:
    """What a turn begins with. `input` is None when time, a yield or a caller wakes the run.

    `run` is None where a message begins one. A run that takes another over stands where that one stood; the other
    is `taken_over`.
    """

    chat: Chat | None
    run: Run | None
    input: Input | None = None
    due: bool = False
    session_over: bool = False
    begins: bool = False
    head: Head | None = None
    taken_over: Run | None = None

    @property
    def lane(self) -> str:
        """The lane's name."""
        return stream_of(self.chat.id) if self.chat else run_stream_of(self.run.id if self.run else "")

    @property
    def project_id(self) -> str:
        """Whose lane it is."""
        return self.chat.project_id if self.chat else self.run.project_id if self.run else ""

    @property
    def chat_id(self) -> str:
        """The chat's id; empty without one."""
        return self.chat.id if self.chat else ""


@dataclass(frozen=True, slots=True)
class Idle:
    """There is nothing to do now; look again at `until`, where that is known."""

    until: datetime | None = None


def read_scene(tx: Tx, lane: str, now: datetime, read_head: ReadHead) -> Scene | Idle | None:
    """Finds what comes next: a run that yielded, else a deadline, else the oldest input. None: the lane is gone."""
    kind, _, id = lane.partition("/")
    if kind == "run":
        run = runs.get(tx, id)
        return _alone(run, now) if run else None
    chat = chats.get(tx, id)
    return _in_chat(tx, chat, now, read_head) if chat else None


def deadline(run: Run) -> datetime | None:
    """Gives the earliest time at which an open run must be looked at."""
    pending = run.cursor.pending
    times = [time for time in (pending.until if pending else None, run.session_until) if time is not None]
    return min(times, default=None)


def takes_input(run: Run) -> bool:
    """Tells whether an open run deals with the next input now."""
    pending = run.cursor.pending
    return run.state == RunState.LISTENING or (pending is not None and pending.kind is WaitKind.INPUT)


def _alone(run: Run, now: datetime) -> Scene | Idle:
    if not run.state.is_open:
        return Idle()
    if run.state is RunState.QUEUED:
        return Scene(None, run, begins=True)
    return _by_itself(None, run, now) or Idle(deadline(run))


def _in_chat(tx: Tx, chat: Chat, now: datetime, read_head: ReadHead) -> Scene | Idle:
    if chat.paused:
        return Idle(chat.pause_until)
    run = runs.get(tx, chat.run_id) if chat.run_id else None
    if run is None or not run.state.is_open:
        item = inputs.first(tx, chat.id, chat.taken)
        return _begin(tx, chat, item, read_head) if item else Idle()
    scene = _by_itself(chat, run, now)
    if scene is not None:
        return scene
    item = inputs.first(tx, chat.id, max(chat.taken, _fresh_from(run.cursor.pending)))
    if item is None or not takes_input(run):
        return Idle(deadline(run))
    return _take_over(tx, chat, run, item) if item.kind is InputKind.RUN else Scene(chat, run, item)


def _by_itself(chat: Chat | None, run: Run, now: datetime) -> Scene | None:
    pending = run.cursor.pending
    if pending is not None and pending.kind is None:
        return Scene(chat, run)
    if run.session_until is not None and run.session_until <= now:
        return Scene(chat, run, session_over=True)
    if pending is not None and pending.until is not None and pending.until <= now:
        return Scene(chat, run, due=True)
    return None


def _begin(tx: Tx, chat: Chat, item: Input, read_head: ReadHead) -> Scene:
    if item.kind is InputKind.RUN:
        return Scene(chat, runs.get(tx, item.data["run_id"]), item, begins=True)
    return Scene(chat, None, item, begins=True, head=read_head(tx, chat.project_id, chat.flow_id))


def _take_over(tx: Tx, chat: Chat, old: Run, item: Input) -> Scene:
    new = runs.get(tx, item.data["run_id"])
    if new is None:
        # It was deleted while it waited: the input is done with.
        return Scene(chat, None, item, begins=True)
    moved = replace(
        new,
        cursor=old.cursor,
        flow_id=old.flow_id,
        revision_id=old.revision_id,
        version=old.version,
        state=old.state,
        session_until=old.session_until,
    )
    return Scene(chat, moved, item, taken_over=old)


def _fresh_from(pending: Pending | None) -> int:
    return pending.after_input if pending else 0
