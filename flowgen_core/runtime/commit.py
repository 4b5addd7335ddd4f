"""The third part of a turn: everything that it did, written together or not at all."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from flowgen_core.model import jsontext
from flowgen_core.model.chat import Author, Chat, ChatState, Message
from flowgen_core.model.run import Cursor, Run, RunState
from flowgen_core.model.times import to_micros
from flowgen_core.runtime.context import Said
from flowgen_core.runtime.play import Ending, Play
from flowgen_core.runtime.scene import Idle, ReadHead, Scene, deadline, read_scene, takes_input
from flowgen_core.store import chats, inputs, runs, work
from flowgen_core.store.streams import Ledger
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
    now: datetime
    new_id: Callable[[], str]


def commit_turn(tx: Tx, turn: Computed) -> bool:
    """Writes a turn unless the chat has moved on. Tells whether there is more to do now."""
    chat = chats.get(tx, turn.scene.chat.id)
    if chat is None or _was_overtaken(tx, chat, turn):
        log.info("turn_dropped", chat_id=turn.scene.chat.id, run_id=turn.run_id)
        return chat is not None
    variables = _variables(chat, turn.play)
    run = _next_run(chat, turn, variables)
    (runs.insert if turn.scene.run is None else runs.save)(tx, run)
    runs.save_moves(tx, list(turn.play.moves.values()))
    ledger = Ledger(chat, turn.now)
    for said in turn.play.collected.said:
        ledger.add(_message(said, chat.id, run.id, turn))
    ledger.change(variables=variables, run_id=run.id, **_chat_state(chat, run, turn))
    saved = ledger.save(tx)
    inputs.drop(tx, chat.id, saved.taken)
    return _remind(tx, saved, run, turn.now)


def settle(tx: Tx, chat_id: str, now: datetime, read_head: ReadHead) -> bool:
    """Sets the reminder of a chat that has nothing to do now. Tells whether there is something after all."""
    scene = read_scene(tx, chat_id, now, read_head)
    if isinstance(scene, Scene):
        return True
    until = scene.until if isinstance(scene, Idle) else None
    if until is None:
        work.done(tx, KIND, chat_id)
    else:
        work.remind(tx, KIND, chat_id, to_micros(until))
    return False


def _was_overtaken(tx: Tx, chat: Chat, turn: Computed) -> bool:
    if chat.floor != turn.scene.chat.floor or chat.run_id != turn.scene.chat.run_id:
        return True
    return turn.scene.run is not None and runs.turn_of(tx, turn.run_id) != turn.scene.run.turn


def _variables(chat: Chat, play: Play) -> str:
    if not play.collected.changed:
        return chat.variables
    text = jsontext.dump(play.collected.variables)
    if len(text.encode()) > MOST_VARIABLES:
        play.fail("ACTION_FAILED", "The variables take more than 1 MiB.")
        return chat.variables
    return text


def _next_run(chat: Chat, turn: Computed, variables: str) -> Run:
    run = turn.scene.run or _new_run(chat, turn)
    play, now = turn.play, turn.now
    run = replace(run, turn=run.turn + 1, update_time=now, cursor=_numbered(play.cursor, chat))
    if play.ending is not None:
        return _ended(run, play.ending, variables, now)
    state = RunState.LISTENING if play.listening else RunState.WAITING
    return replace(run, state=state, session_until=_session(run, turn))


def _new_run(chat: Chat, turn: Computed) -> Run:
    head, item = turn.scene.head, turn.scene.input
    return Run(
        id=turn.run_id,
        project_id=chat.project_id,
        chat_id=chat.id,
        flow_id=chat.flow_id,
        revision_id=head.revision_id if head else "",
        state=RunState.RUNNING,
        cursor=turn.play.cursor,
        created_by=item.created_by if item else "",
        create_time=turn.now,
        update_time=turn.now,
        start_time=turn.now,
        message_id=item.message.id if item and item.message else "",
        input=jsontext.dump(turn.play.given),
    )


def _numbered(cursor: Cursor, chat: Chat) -> Cursor:
    pending = cursor.pending
    if pending is None or pending.after_input >= 0:
        return cursor
    # A fresh wait passes over all that was accepted before it began, which is now.
    return replace(cursor, pending=replace(pending, after_input=chat.last_input))


def _ended(run: Run, ending: Ending, variables: str, now: datetime) -> Run:
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
    state = _state(run) if rests and not goes_on else ChatState.RUNNING
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


def _state(run: Run) -> ChatState:
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
        text=said.text,
        create_time=turn.now,
        run_id=run_id,
        internal=said.internal,
        responses=jsontext.dump(said.responses),
        metadata=jsontext.dump(said.metadata),
        origin=jsontext.dump({"reply_to": item.message.id if item and item.message else ""}),
    )


def _remind(tx: Tx, chat: Chat, run: Run, now: datetime) -> bool:
    yielded = run.state.is_open and run.cursor.pending is not None and run.cursor.pending.kind is None
    rests = not run.state.is_open or takes_input(run)
    more = yielded or (rests and chat.taken < chat.last_input)
    until = deadline(run) if run.state.is_open else None
    if more:
        work.remind(tx, KIND, chat.id, to_micros(now))
    elif until is not None:
        work.remind(tx, KIND, chat.id, to_micros(until))
    else:
        work.done(tx, KIND, chat.id)
    return more
