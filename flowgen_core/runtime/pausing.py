"""The floor: a moderator takes it, the bot gets it back."""

from dataclasses import dataclass, replace
from datetime import datetime

from flowgen_core.model.chat import Chat, ChatState
from flowgen_core.model.outcomes import WaitKind
from flowgen_core.model.run import Run
from flowgen_core.model.times import to_micros
from flowgen_core.store import chats, inputs, runs, work
from flowgen_core.store.streams import Ledger, stream_of
from flowgen_core.store.tx import Tx

TURN = "turn"
FLOOR_BACK = "FLOOR_BACK"
CONTINUED = "CONTINUED"


@dataclass(frozen=True, slots=True)
class Pausing:
    """Why, and until when; without a time until somebody resumes."""

    reason: str = ""
    until: datetime | None = None


def hand_over(ledger: Ledger, pause: Pausing) -> None:
    """Gives the floor to a moderator with the turn that asks for it; queued messages are not dealt with."""
    chat = ledger.chat
    ledger.change(
        state=ChatState.WAITING,
        prompt="",
        prompt_sender="",
        queued=0,
        taken=chat.last_input,
        dealt=chat.last_input,
        floor=chat.floor + 1,
        paused=True,
        pause_reason=pause.reason,
        pause_until=pause.until,
    )
    ledger.fact("chat.paused")
    ledger.fact("chat.handed_over")


def pause(tx: Tx, chat: Chat, why: Pausing, now: datetime) -> Chat:
    """Takes the floor from the bot: what is being computed is dropped, the queue is emptied."""
    run = runs.get(tx, chat.run_id) if chat.run_id else None
    ledger = Ledger(chat, now)
    ledger.change(
        state=resting_state(chat, run),
        prompt="",
        prompt_sender="",
        queued=0,
        taken=chat.last_input,
        dealt=chat.last_input,
        floor=chat.floor + 1,
        paused=True,
        pause_reason=why.reason,
        pause_until=why.until,
    )
    ledger.fact("chat.paused")
    inputs.drop(tx, chat.id, chat.last_input)
    if why.until is not None:
        work.remind(tx, TURN, stream_of(chat.id), to_micros(why.until))
    else:
        work.done(tx, TURN, stream_of(chat.id))
    return ledger.save(tx)


def resume(tx: Tx, chat: Chat, now: datetime) -> Chat:
    """Gives the floor back to the bot; a hand-over's wait ends with it."""
    run = runs.get(tx, chat.run_id) if chat.run_id else None
    ledger = Ledger(chat, now)
    waits = run is not None and run.state.is_open and run.cursor.pending is not None
    ledger.change(paused=False, pause_reason="", pause_until=None, floor=chat.floor + 1)
    if run is not None and waits and run.cursor.pending is not None:
        if run.cursor.pending.kind is WaitKind.FLOOR:
            runs.save(tx, woken(run, FLOOR_BACK, now))
            ledger.change(state=ChatState.RUNNING)
        elif run.cursor.pending.kind is WaitKind.INPUT:
            ledger.change(prompt=run.cursor.pending.prompt, prompt_sender=run.cursor.pending.sender)
        else:
            ledger.change(state=ChatState.RUNNING)
    ledger.fact("chat.resumed")
    work.remind(tx, TURN, stream_of(chat.id), to_micros(now))
    return ledger.save(tx)


def resume_when_due(tx: Tx, lane: str, now: datetime) -> bool:
    """Ends a pause whose time is over."""
    kind, _, id = lane.partition("/")
    chat = chats.get(tx, id) if kind == "chat" else None
    if chat is None or not chat.paused or chat.pause_until is None or chat.pause_until > now:
        return False
    resume(tx, chat, now)
    return True


def woken(run: Run, cause: str, now: datetime) -> Run:
    """Gives a run whose wait was ended by a caller; its next turn resumes it with that cause."""
    assert run.cursor.pending is not None, "only a run that waits can be woken"  # noqa: S101  the caller's promise
    pending = replace(run.cursor.pending, kind=None, cause=cause)
    return replace(run, cursor=replace(run.cursor, pending=pending), turn=run.turn + 1, update_time=now)


def resting_state(chat: Chat, run: Run | None) -> ChatState:
    """Tells how a chat stands when what was being computed is dropped."""
    if chat.state is not ChatState.RUNNING:
        return chat.state
    if run is None:
        return ChatState.READY
    return ChatState.WAITING if run.state.is_open else ChatState.COMPLETED
