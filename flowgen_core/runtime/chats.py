"""Chats: made, read, listed, aborted, deleted."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flowgen_core.engine.talk import chat_property
from flowgen_core.model.chat import Chat, ChatState, Message
from flowgen_core.model.errors import FlowGenError, Reason, invalid
from flowgen_core.model.project import Caller
from flowgen_core.model.run import Run, RunState
from flowgen_core.model.times import to_micros
from flowgen_core.runtime import purge
from flowgen_core.runtime.bus import Bus
from flowgen_core.runtime.commit import KIND
from flowgen_core.runtime.once import Done
from flowgen_core.runtime.pausing import Pausing, pause, resume
from flowgen_core.runtime.scene import Flows
from flowgen_core.runtime.worker import Worker
from flowgen_core.store import chats, inputs, messages, requests, runs, work
from flowgen_core.store.paging import Listing, Page
from flowgen_core.store.run_events import run_text
from flowgen_core.store.store import Store
from flowgen_core.store.streams import Ledger, stream_of
from flowgen_core.store.tx import Tx

LONGEST_NAME = 200
LONGEST_METADATA = 16 * 1024
LONGEST_VARIABLES = 64 * 1024


@dataclass(frozen=True, slots=True)
class NewChat:
    """What a caller may say of a chat that it makes."""

    flow_id: str
    name: str = ""
    metadata: str = "{}"
    variables: str = "{}"


@dataclass(frozen=True, slots=True)
class Window:
    """Which messages of a chat are wanted."""

    after_seq: int | None = None
    before_seq: int | None = None
    first_entry: int = 0
    last_entry: int = 0
    without_internal: bool = False


class Chats:
    """The chats of all projects; every method takes the caller, whose project alone it sees."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        worker: Worker,
        flows: Flows,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store, self._bus, self._worker, self._flows = store, bus, worker, flows
        self._clock, self._new_id = clock, new_id

    async def create(self, caller: Caller, wanted: NewChat, once: requests.Once | None) -> Done[Chat]:
        """Makes a chat of a flow that can talk. Nothing of the flow runs yet."""
        _check_new(wanted)
        now = self._clock()
        return await self._store.write(lambda tx: self._create(tx, caller, wanted, once, now))

    async def get(self, caller: Caller, chat_id: str) -> Chat:
        """Gives a chat. Raises CHAT_NOT_FOUND."""
        return await self._store.read(lambda tx: find(tx, caller, chat_id))

    async def list(
        self,
        caller: Caller,
        page: Page,
        states: tuple[ChatState, ...],
        flow_id: str,
        by_activity: bool,
        total: bool,
    ) -> Listing[Chat]:
        """Lists the project's chats, newest first or by their last activity."""
        return await self._store.read(
            lambda tx: chats.select_page(
                tx,
                caller.project.id,
                page,
                states=states,
                flow_id=flow_id,
                by_activity=by_activity,
                with_total=total,
            )
        )

    async def messages(
        self, caller: Caller, chat_id: str, window: Window, page: Page, total: bool
    ) -> Listing[Message]:
        """Lists what was said in a chat."""

        def read(tx: Tx) -> Listing[Message]:
            find(tx, caller, chat_id)
            return messages.select_page(
                tx,
                chat_id,
                page,
                after_seq=window.after_seq,
                before_seq=window.before_seq,
                first_entry=window.first_entry,
                last_entry=window.last_entry,
                without_internal=window.without_internal,
                with_total=total,
            )

        return await self._store.read(read)

    async def abort(self, caller: Caller, chat_id: str) -> tuple[Chat, bool]:
        """Stops what the bot does in a chat and empties its queue. Tells whether there was anything to stop."""
        now = self._clock()
        chat, aborted = await self._store.write(lambda tx: _abort(tx, caller, chat_id, now))
        self._changed(chat_id)
        return chat, aborted

    async def delete(self, caller: Caller, chat_id: str) -> Chat:
        """Hides a chat with all it holds; its rows are deleted later."""
        now = self._clock()
        chat = await self._store.write(lambda tx: _delete(tx, caller, chat_id, now))
        self._changed(chat_id)
        return chat

    async def pause(self, caller: Caller, chat_id: str, seconds: float, reason: str) -> Chat:
        """Gives the floor to a moderator, for some seconds or until somebody resumes the chat."""
        now = self._clock()
        why = Pausing(reason, now + timedelta(seconds=seconds) if seconds else None)
        chat = await self._store.write(lambda tx: pause(tx, find(tx, caller, chat_id), why, now))
        self._changed(chat_id)
        self._worker.poke()
        return chat

    async def resume(self, caller: Caller, chat_id: str) -> Chat:
        """Gives the floor back to the bot; a chat that is not paused stays as it is."""
        now = self._clock()
        chat = await self._store.write(lambda tx: _resume(tx, find(tx, caller, chat_id), now))
        self._bus.publish(stream_of(chat_id))
        self._worker.wake(KIND, stream_of(chat_id))
        return chat

    def _create(
        self, tx: Tx, caller: Caller, wanted: NewChat, once: requests.Once | None, now: datetime
    ) -> Done[Chat]:
        known = requests.find(tx, once, to_micros(now))
        if known is not None:
            return Done(find(tx, caller, known), replayed=True)
        self._check_flow(tx, caller, wanted.flow_id)
        chat = _new(self._new_id(), caller, wanted, now)
        requests.store(tx, once, chat.id, to_micros(now))
        chats.insert(tx, chat)
        ledger = Ledger(chat, now)
        ledger.fact("chat.created")
        return Done(ledger.save(tx))

    def _check_flow(self, tx: Tx, caller: Caller, flow_id: str) -> None:
        head = self._flows.head(tx, caller.project.id, flow_id)
        if head is None:
            raise FlowGenError(Reason.FLOW_NOT_FOUND, "There is no such flow in this project.")
        if chat_property(self._flows.document(tx, head.revision_id)) is None:
            text = "The flow cannot talk: its `input_schema` needs one string property, and may require no other."
            raise FlowGenError(Reason.FLOW_NOT_CHAT_COMPATIBLE, text)

    def _changed(self, chat_id: str) -> None:
        self._worker.cancel(KIND, stream_of(chat_id))
        self._bus.publish(stream_of(chat_id))


def _resume(tx: Tx, chat: Chat, now: datetime) -> Chat:
    return resume(tx, chat, now) if chat.paused else chat


def find(tx: Tx, caller: Caller, chat_id: str) -> Chat:
    """Gives a chat of the caller's project. Raises CHAT_NOT_FOUND."""
    chat = chats.get(tx, chat_id, caller.project.id)
    if chat is None:
        raise FlowGenError(Reason.CHAT_NOT_FOUND, "There is no such chat in this project.")
    return chat


def _check_new(wanted: NewChat) -> None:
    if not wanted.flow_id:
        raise invalid("chat.flow_id", "REQUIRED", "is required")
    if len(wanted.name) > LONGEST_NAME:
        raise invalid("chat.name", "TOO_LONG", f"must have at most {LONGEST_NAME} characters")
    if len(wanted.metadata.encode()) > LONGEST_METADATA:
        raise invalid("chat.metadata_json", "TOO_LONG", f"must have at most {LONGEST_METADATA} bytes")
    if len(wanted.variables.encode()) > LONGEST_VARIABLES:
        raise invalid("chat.variables_json", "TOO_LONG", f"must have at most {LONGEST_VARIABLES} bytes")


def _new(id: str, caller: Caller, wanted: NewChat, now: datetime) -> Chat:
    return Chat(
        id=id,
        project_id=caller.project.id,
        name=wanted.name,
        flow_id=wanted.flow_id,
        state=ChatState.READY,
        metadata=wanted.metadata,
        variables=wanted.variables,
        created_by=caller.subject,
        create_time=now,
        update_time=now,
        activity_time=now,
    )


def _abort(tx: Tx, caller: Caller, chat_id: str, now: datetime) -> tuple[Chat, bool]:
    chat = find(tx, caller, chat_id)
    if chat.state not in {ChatState.RUNNING, ChatState.WAITING}:
        return chat, False
    return _clear(tx, chat, now, "chat_closed", Ledger(chat, now)), True


def _delete(tx: Tx, caller: Caller, chat_id: str, now: datetime) -> Chat:
    chat = find(tx, caller, chat_id)
    ledger = Ledger(replace(chat, delete_time=now), now)
    gone = _clear(tx, chat, now, "chat_closed", ledger, "chat.deleted")
    work.remind(tx, purge.CHAT, chat.id, to_micros(now + purge.LATER))
    return gone


def _clear(tx: Tx, chat: Chat, now: datetime, reason: str, ledger: Ledger, event: str = "") -> Chat:
    run = runs.get(tx, chat.run_id) if chat.run_id else None
    if run is not None and run.state.is_open:
        stopped = _stopped(run, chat, now, reason)
        runs.save(tx, stopped)
        ledger.note("run.ended", run_text(stopped))
    ledger.change(
        state=ChatState.READY,
        prompt="",
        prompt_sender="",
        failure=None,
        queued=0,
        taken=chat.last_input,
        dealt=chat.last_input,
        floor=chat.floor + 1,
        paused=False,
        pause_reason="",
        pause_until=None,
    )
    if event:
        ledger.fact(event)
    inputs.drop(tx, chat.id, chat.last_input)
    work.done(tx, KIND, stream_of(chat.id))
    return ledger.save(tx)


def _stopped(run: Run, chat: Chat, now: datetime, reason: str) -> Run:
    return replace(
        run,
        state=RunState.STOPPED,
        turn=run.turn + 1,
        end_reason=reason,
        variables=chat.variables,
        session_until=None,
        update_time=now,
        end_time=now,
    )
