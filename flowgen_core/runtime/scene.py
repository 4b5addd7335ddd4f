"""The first part of a turn: what a chat has to do next, read in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flowgen_core.model.chat import Chat, Input
from flowgen_core.model.flow import Document
from flowgen_core.model.outcomes import WaitKind
from flowgen_core.model.run import Pending, Run, RunState
from flowgen_core.store import chats, inputs, runs
from flowgen_core.store.tx import Tx

# Gives a document by its revision.
ReadDocument = Callable[[Tx, str], Document]


@dataclass(frozen=True, slots=True)
class Head:
    """The newest revision of the chat's flow; None where the flow is gone."""

    flow_id: str
    revision_id: str


# Gives the head of a flow of a project.
ReadHead = Callable[[Tx, str, str], Head | None]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a turn begins with. `input` is None when time or a yield wakes the run."""

    chat: Chat
    run: Run | None
    input: Input | None
    due: bool = False
    session_over: bool = False
    head: Head | None = None


@dataclass(frozen=True, slots=True)
class Idle:
    """There is nothing to do now; look again at `until`, where that is known."""

    until: datetime | None = None


def read_scene(tx: Tx, chat_id: str, now: datetime, read_head: ReadHead) -> Scene | Idle | None:
    """Finds what comes next: a run that yielded, else a deadline, else the oldest input. None: the chat is gone."""
    chat = chats.get(tx, chat_id)
    if chat is None:
        return None
    run = runs.get(tx, chat.run_id) if chat.run_id else None
    if run is None or not run.state.is_open:
        return _new_run(tx, chat, read_head)
    if run.cursor.pending is not None and run.cursor.pending.kind is None:
        return Scene(chat, run, None)
    if run.session_until is not None and run.session_until <= now:
        return Scene(chat, run, None, session_over=True)
    return _woken(tx, chat, run, now)


def deadline(run: Run) -> datetime | None:
    """Gives the earliest time at which an open run must be looked at."""
    pending = run.cursor.pending
    times = [time for time in (pending.until if pending else None, run.session_until) if time is not None]
    return min(times, default=None)


def takes_input(run: Run) -> bool:
    """Tells whether an open run deals with the next input now."""
    pending = run.cursor.pending
    return run.state == RunState.LISTENING or (pending is not None and pending.kind is WaitKind.INPUT)


def _new_run(tx: Tx, chat: Chat, read_head: ReadHead) -> Scene | Idle:
    item = inputs.first(tx, chat.id, chat.taken)
    if item is None:
        return Idle()
    return Scene(chat, None, item, head=read_head(tx, chat.project_id, chat.flow_id))


def _woken(tx: Tx, chat: Chat, run: Run, now: datetime) -> Scene | Idle:
    pending = run.cursor.pending
    if pending is not None and pending.until is not None and pending.until <= now:
        return Scene(chat, run, None, due=True)
    if takes_input(run):
        item = inputs.first(tx, chat.id, max(chat.taken, _fresh_from(pending)))
        if item is not None:
            return Scene(chat, run, item)
    return Idle(deadline(run))


def _fresh_from(pending: Pending | None) -> int:
    return pending.after_input if pending else 0
