"""Messages come in: stored and acknowledged in one small transaction, dealt with by the chat's next turn."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flowgen_core.model.chat import Author, Chat, ChatState, Input, InputKind, Message
from flowgen_core.model.errors import FlowGenError, Reason, invalid
from flowgen_core.model.project import Caller
from flowgen_core.model.times import to_micros
from flowgen_core.runtime.bus import Bus, Subscription
from flowgen_core.runtime.chats import LONGEST_METADATA, find
from flowgen_core.runtime.commit import KIND
from flowgen_core.runtime.context import HUMAN
from flowgen_core.runtime.scene import Flows
from flowgen_core.runtime.worker import Worker
from flowgen_core.store import inputs, messages, requests, work
from flowgen_core.store.store import Store
from flowgen_core.store.streams import Ledger, stream_of
from flowgen_core.store.tx import Tx

LONGEST_TEXT = 32_768
LONGEST_NAME = 255
MOST_QUEUED = 100
MOST_REPLIES = 500
MOST_RESPONSES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What somebody says in a chat. `responses`, `profile`, `metadata`, `data` are JSON text."""

    chat_id: str
    text: str
    author: Author = Author.USER
    sender: str = ""
    responses: str = "[]"
    profile: str = "{}"
    metadata: str = "{}"
    # The name of an event instead of a text; it is an input but no message.
    event: str = ""
    # Only taken while the chat waits for input.
    answers: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """The stored message, the chat, and what the bot said since; `complete` when all of it was dealt with."""

    message: Message
    chat: Chat
    replies: tuple[Message, ...] = ()
    complete: bool = False
    replayed: bool = False


class Inbox:
    """Accepts what people say."""

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

    async def send(self, caller: Caller, new: NewMessage, wait: float, once: requests.Once | None) -> Sent:
        """Stores a message; with `wait` seconds, answers when it has been dealt with or they are over."""
        _check(new)
        now = self._clock()
        with self._bus.subscribe(stream_of(new.chat_id)) as subscription:
            sent = await self._store.write(lambda tx: self._accept(tx, caller, new, once, now))
            self._bus.publish(stream_of(new.chat_id))
            if sent.message.input:
                self._worker.wake(KIND, stream_of(new.chat_id))
            return await self._dealt_with(caller, sent, wait, subscription) if wait > 0 else sent

    async def _dealt_with(self, caller: Caller, sent: Sent, wait: float, subscription: Subscription) -> Sent:
        end = time.monotonic() + wait
        while not sent.complete and not subscription.closed and (left := end - time.monotonic()) > 0:
            await subscription.wait(left)
            sent = await self._look(caller, sent)
        return sent

    async def _look(self, caller: Caller, sent: Sent) -> Sent:
        return await self._store.read(lambda tx: _look(tx, caller, sent))

    def _accept(
        self, tx: Tx, caller: Caller, new: NewMessage, once: requests.Once | None, now: datetime
    ) -> Sent:
        known = requests.find(tx, once, to_micros(now))
        chat = find(tx, caller, new.chat_id)
        if known is not None:
            return self._again(tx, caller, chat, known)
        self._admit(tx, chat, new)
        ledger = Ledger(chat, now)
        message = self._message(new, chat, now)
        if not new.event:
            message = ledger.add(message)
        if message.input:
            _queue(tx, ledger, message, new, caller)
            work.hasten(tx, KIND, stream_of(chat.id), to_micros(now))
        requests.store(tx, once, message.id, to_micros(now))
        return Sent(message, ledger.save(tx), complete=not message.input)

    def _again(self, tx: Tx, caller: Caller, chat: Chat, message_id: str) -> Sent:
        message = messages.get(tx, message_id)
        if message is None:
            # An event is no message: only that it was accepted is known.
            return Sent(
                Message(message_id, chat.id, Author.USER, HUMAN, "", "", chat.update_time),
                chat,
                replayed=True,
            )
        return _look(tx, caller, Sent(message, chat, replayed=True))

    def _admit(self, tx: Tx, chat: Chat, new: NewMessage) -> None:
        if new.answers and chat.state is not ChatState.WAITING and not chat.paused:
            raise FlowGenError(
                Reason.CHAT_NOT_WAITING,
                "The chat does not wait for input; use SendMessage.",
                {"state": chat.state},
            )
        if chat.queued >= MOST_QUEUED:
            text = f"{MOST_QUEUED} messages wait in this chat; send again later."
            raise FlowGenError(Reason.CHAT_QUEUE_FULL, text, retry_after=1)
        if (
            chat.state in {ChatState.READY, ChatState.COMPLETED, ChatState.FAILED}
            and new.author is Author.USER
            and not chat.paused
        ):
            self._check_flow(tx, chat)

    def _check_flow(self, tx: Tx, chat: Chat) -> None:
        # Where a run is open the flow may be gone: it goes on with its own revision.
        if self._flows.head(tx, chat.project_id, chat.flow_id) is None:
            raise FlowGenError(Reason.FLOW_DELETED, "The chat's flow was deleted; make a new chat.")

    def _message(self, new: NewMessage, chat: Chat, now: datetime) -> Message:
        asked = chat.prompt_sender if chat.state is ChatState.WAITING else ""
        return Message(
            id=self._new_id(),
            chat_id=chat.id,
            author=new.author,
            sender=new.sender or (HUMAN if new.author is Author.USER else "moderator"),
            receiver=(asked or "assistant") if new.author is Author.USER else HUMAN,
            text=new.text,
            create_time=now,
            # While a moderator has the floor, what people say is for the moderator.
            input=chat.last_input + 1 if new.author is Author.USER and not chat.paused else 0,
            run_id=chat.run_id if chat.state is ChatState.WAITING else "",
            responses=new.responses,
            profile=new.profile,
            metadata=new.metadata,
        )


def _queue(tx: Tx, ledger: Ledger, message: Message, new: NewMessage, caller: Caller) -> None:
    chat = ledger.chat
    kind = InputKind.EVENT if new.event else InputKind.MESSAGE
    data = {"name": new.event} if new.event else {}
    stored = None if new.event else message
    inputs.insert(tx, Input(chat.id, message.input, kind, caller.subject, stored, data))
    busy = chat.state is ChatState.RUNNING
    ledger.change(
        state=ChatState.RUNNING,
        prompt="",
        prompt_sender="",
        failure=None,
        last_input=message.input,
        queued=chat.queued + 1 if busy else 0,
    )


def _look(tx: Tx, caller: Caller, sent: Sent) -> Sent:
    chat = find(tx, caller, sent.chat.id)
    complete = chat.dealt >= sent.message.input
    said = messages.replies(tx, sent.message, MOST_REPLIES) if complete and sent.message.input else []
    return Sent(sent.message, chat, tuple(said), complete, sent.replayed)


def _check(new: NewMessage) -> None:
    if len(new.text) > LONGEST_TEXT:
        raise invalid("text", "TOO_LONG", f"must have at most {LONGEST_TEXT} characters")
    if not (new.text.strip() or new.event or new.responses != "[]" or new.answers):
        raise invalid("text", "REQUIRED", "must not be empty")
    if len(new.sender) > LONGEST_NAME:
        raise invalid("sender", "TOO_LONG", f"must have at most {LONGEST_NAME} characters")
    if len(new.responses.encode()) > MOST_RESPONSES:
        raise invalid("responses", "TOO_LONG", f"must have at most {MOST_RESPONSES} bytes as JSON text")
    for name, text in (("metadata_json", new.metadata), ("profile_json", new.profile)):
        if len(text.encode()) > LONGEST_METADATA:
            raise invalid(name, "TOO_LONG", f"must have at most {LONGEST_METADATA} bytes")
