"""The third part of a turn: everything that it did, written together or not at all."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from flowgen_core.model import jsontext
from flowgen_core.model.chat import Author, Chat, ChatState, Message
from flowgen_core.model.run import Cursor, Run, RunState
from flowgen_core.model.times import to_micros
from flowgen_core.runtime import aftermath, pausing
from flowgen_core.runtime.context import Said
from flowgen_core.runtime.play import Ending, Play
from flowgen_core.runtime.scene import Flows, Idle, ReadHead, Scene, deadline, read_scene, takes_input
from flowgen_core.store import chats, documents, inputs, laters, runs, work
from flowgen_core.store.run_events import run_text
from flowgen_core.store.streams import Ledger, RunLedger
from flowgen_core.store.tx import Tx

log = structlog.get_logger(__name__)
KIND = "turn"
MOST_VARIABLES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Computed:
    """A turn that has been computed and waits for its commit."""

    scene: Scene
    play: Play
    run_id: str
    began: datetime
    # The time of the commit: what the turn made is dated by it.
    now: datetime
    new_id: Callable[[], str]
    flows: Flows


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit did: whether there is more to do now, the run as it is, other work to wake."""

    more: bool
    run: Run | None = None
    wake: tuple[tuple[str, str], ...] = ()


def commit_turn(tx: Tx, turn: Computed) -> Committed:
    """Writes a turn unless the lane has moved on."""
    chat = chats.get(tx, turn.scene.chat.id) if turn.scene.chat else None
    if _was_overtaken(tx, chat, turn):
        log.info("turn_dropped", lane=turn.scene.lane, run_id=turn.run_id)
        return Committed(more=True)
    return _commit_in_chat(tx, chat, turn) if chat else _commit_alone(tx, turn)


def settle(tx: Tx, lane: str, now: datetime, read_head: ReadHead) -> bool:
    """Sets the reminder of a lane that has nothing to do now. Tells whether there is something after all."""
    if pausing.resume_when_due(tx, lane, now):
        return True
    scene = read_scene(tx, lane, now, read_head)
    if isinstance(scene, Scene):
        return True
    until = scene.until if isinstance(scene, Idle) else None
    if until is None:
        work.done(tx, KIND, lane)
    else:
        work.remind(tx, KIND, lane, to_micros(until))
    return False


def skip_input(tx: Tx, chat_id: str, number: int) -> None:
    """Takes away an input whose run is gone."""
    chat = chats.get(tx, chat_id)
    if chat is not None and chat.taken < number:
        chats.save(tx, replace(chat, taken=number, dealt=number, queued=max(0, chat.queued - 1)))
        inputs.drop(tx, chat_id, number)


def _commit_in_chat(tx: Tx, chat: Chat, turn: Computed) -> Committed:
    variables = _variables(chat.variables, turn.play)
    run = _next_run(turn, variables, chat.last_input)
    _write_run(tx, turn, run)
    ledger = Ledger(chat, turn.now)
    if turn.scene.taken_over is not None:
        ledger.note("run.ended", run_text(_close_taken_over(tx, turn.scene.taken_over, chat, turn.now)))
    for said in turn.play.collected.said:
        ledger.add(_message(said, chat.id, run.id, turn))
    ledger.change(variables=variables, run_id=run.id, **_chat_state(chat, run, turn))
    _note(ledger, turn, run)
    pause = turn.play.collected.pause
    if pause is not None and run.state.is_open:
        pausing.hand_over(ledger, pause)
    extra = aftermath.after(tx, run, ledger.chat, turn.now, turn.new_id, turn.flows)
    if extra.job_id:
        run = replace(run, evaluation_run_id=extra.job_id)
        runs.save(tx, run)
    ledger.change(**extra.chat)
    saved = ledger.save(tx)
    inputs.drop(tx, chat.id, saved.taken)
    wake = (*extra.wake, *_put_off(tx, turn, run))
    return Committed(_remind(tx, turn.scene.lane, saved, run, turn.now), run, wake)


def _commit_alone(tx: Tx, turn: Computed) -> Committed:
    assert turn.scene.run is not None, "a lane without a chat is a run"  # noqa: S101  the scene's promise
    variables = _variables(turn.scene.run.variables, turn.play)
    run = _next_run(turn, variables, 0)
    ledger = RunLedger(replace(run, variables=variables), turn.now)
    _note(ledger, turn, run)
    run = ledger.save(tx)
    extra = aftermath.after(tx, run, None, turn.now, turn.new_id, turn.flows)
    run = replace(run, evaluation_run_id=extra.job_id or run.evaluation_run_id)
    _write_run(tx, turn, run)
    wake = (*extra.wake, *_put_off(tx, turn, run))
    return Committed(_remind(tx, turn.scene.lane, None, run, turn.now), run, wake)


def _was_overtaken(tx: Tx, chat: Chat | None, turn: Computed) -> bool:
    scene = turn.scene
    if scene.chat is not None:
        if chat is None or (chat.floor, chat.run_id) != (scene.chat.floor, scene.chat.run_id):
            return True
        if scene.taken_over is not None and runs.turn_of(tx, scene.taken_over.id) != scene.taken_over.turn:
            return True
    return scene.run is not None and runs.turn_of(tx, turn.run_id) != scene.run.turn


def _variables(before: str, play: Play) -> str:
    if not play.collected.changed:
        return before
    text = jsontext.dump(play.collected.variables)
    if len(text.encode()) > MOST_VARIABLES:
        play.fail("ACTION_FAILED", "The variables take more than 1 MiB.")
        return before
    return text


def _write_run(tx: Tx, turn: Computed, run: Run) -> None:
    for id, document in turn.play.collected.documents.items():
        documents.insert_once(tx, id, run.project_id, document)
    (runs.insert if turn.scene.run is None else runs.save)(tx, run)
    runs.save_moves(tx, list(turn.play.moves.values()))
    if turn.play.interrupted:
        runs.finish_move(tx, run.id, turn.play.interrupted, "interrupted")


def _note(ledger: Ledger | RunLedger, turn: Computed, run: Run) -> None:
    for type, data in turn.play.collected.emitted:
        ledger.note(type, data)
    if turn.scene.run is None:
        ledger.note("run.created", run_text(run))
    ledger.note("run.advanced", run_text(run, list(turn.play.moves.values())))
    if not run.state.is_open:
        ledger.note("run.ended", run_text(run))


def _put_off(tx: Tx, turn: Computed, run: Run) -> tuple[tuple[str, str], ...]:
    put = [(turn.new_id(), later) for later in turn.play.collected.laters]
    for id, later in put:
        laters.insert(tx, id, run, later, turn.now)
        work.remind(tx, laters.KIND, id, to_micros(turn.now))
    return tuple((laters.KIND, id) for id, _ in put)


def _next_run(turn: Computed, variables: str, last_input: int) -> Run:
    run = turn.scene.run or _new_run(turn)
    play, now = turn.play, turn.now
    run = replace(
        run,
        turn=run.turn + 1,
        update_time=now,
        start_time=run.start_time or turn.began,
        cursor=_numbered(play.cursor, last_input),
        usage=play.collected.usage_text(run.usage),
    )
    if not run.chat_id:
        run = replace(run, variables=variables)
    if play.ending is not None:
        return ended(run, play.ending, variables, now)
    state = RunState.LISTENING if play.listening else RunState.WAITING
    return replace(run, state=state, session_until=_session(run, turn))


def _new_run(turn: Computed) -> Run:
    scene = turn.scene
    head, item, chat = scene.head, scene.input, scene.chat
    assert chat is not None, "only messages in chats make runs here"  # noqa: S101  the scene's promise
    return Run(
        id=turn.run_id,
        root_id=turn.run_id,
        project_id=chat.project_id,
        chat_id=chat.id,
        flow_id=chat.flow_id,
        revision_id=head.revision_id if head else "",
        state=RunState.RUNNING,
        cursor=turn.play.cursor,
        created_by=item.created_by if item else "",
        create_time=turn.began,
        update_time=turn.now,
        start_time=turn.began,
        message_id=item.message.id if item and item.message else "",
        input=jsontext.dump(turn.play.given),
        on_complete_flow_id=turn.play.root.on_complete_flow_id,
    )


def _numbered(cursor: Cursor, last_input: int) -> Cursor:
    pending = cursor.pending
    if pending is None or pending.after_input >= 0:
        return cursor
    # A fresh wait passes over all that was accepted before it began, which is now.
    return replace(cursor, pending=replace(pending, after_input=last_input))


def ended(run: Run, ending: Ending, variables: str, now: datetime) -> Run:
    """Gives a run as it is at its end."""
    return replace(
        run,
        state=RunState(ending.state.value),
        cursor=replace(run.cursor, pending=None),
        end_reason=ending.reason,
        failure=ending.failure,
        output=jsontext.dump(ending.output) if ending.output is not None else "",
        variables=variables,
        session_until=None,
        end_time=now,
    )


def _close_taken_over(tx: Tx, old: Run, chat: Chat, now: datetime) -> Run:
    closed = replace(
        old,
        state=RunState.COMPLETED,
        turn=old.turn + 1,
        end_reason="taken_over",
        variables=chat.variables,
        session_until=None,
        update_time=now,
        end_time=now,
    )
    runs.save(tx, closed)
    return closed


def _session(run: Run, turn: Computed) -> datetime | None:
    seconds = turn.play.root.session_timeout
    if not seconds:
        return None
    # Only a person's input begins the time anew; a reminder does not.
    if turn.scene.input is None and run.session_until is not None:
        return run.session_until
    return turn.now + timedelta(seconds=seconds)


# Fields of a chat, by name.
def _chat_state(chat: Chat, run: Run, turn: Computed) -> dict[str, object]:
    taken = turn.scene.input.number if turn.scene.input else chat.taken
    pending = run.cursor.pending
    if pending is not None and pending.after_input > taken:
        taken = pending.after_input
    left = chat.last_input - taken
    rests = not run.state.is_open or takes_input(run)
    goes_on = rests and left > 0
    state = state_after(run) if rests and not goes_on else ChatState.RUNNING
    asks = state is ChatState.WAITING and pending is not None
    return {
        "state": state,
        "prompt": pending.prompt if asks and pending else "",
        "prompt_sender": pending.sender if asks and pending else "",
        "failure": run.failure if state is ChatState.FAILED else None,
        "taken": taken,
        "dealt": taken if rests else chat.dealt,
        "queued": left - 1 if goes_on else left,
    }


def state_after(run: Run) -> ChatState:
    """Tells how a chat stands whose run rests or is over."""
    if run.state.is_open:
        return ChatState.WAITING
    return ChatState.FAILED if run.state is RunState.FAILED else ChatState.COMPLETED


def _message(said: Said, chat_id: str, run_id: str, turn: Computed) -> Message:
    item = turn.scene.input
    return Message(
        id=turn.new_id(),
        chat_id=chat_id,
        author=Author.BOT,
        sender=said.sender,
        receiver=said.receiver,
        input=item.number if item else turn.scene.chat.taken if turn.scene.chat else 0,
        text=said.text,
        create_time=turn.now,
        run_id=run_id,
        internal=said.internal,
        responses=jsontext.dump(said.responses),
        metadata=jsontext.dump(said.metadata),
        origin=jsontext.dump({"reply_to": item.message.id if item and item.message else ""}),
    )


def _remind(tx: Tx, lane: str, chat: Chat | None, run: Run, now: datetime) -> bool:
    yielded = run.state.is_open and run.cursor.pending is not None and run.cursor.pending.kind is None
    rests = not run.state.is_open or takes_input(run)
    more = yielded or (rests and chat is not None and chat.taken < chat.last_input)
    until = deadline(run) if run.state.is_open else None
    if chat is not None and chat.paused:
        more, until = False, chat.pause_until
    if more:
        work.remind(tx, KIND, lane, to_micros(now))
    elif until is not None:
        work.remind(tx, KIND, lane, to_micros(until))
    else:
        work.done(tx, KIND, lane)
    return more
