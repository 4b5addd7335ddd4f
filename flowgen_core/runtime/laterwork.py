"""Does what actions put off until after their turn's commit; up to three tries, a second apart."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from flowgen_core.api import ActionError, ActionType, HttpClient, LanguageModel, Mailer, PastMessage
from flowgen_core.engine.advance import start
from flowgen_core.model import jsontext
from flowgen_core.model.chat import Author, Message
from flowgen_core.model.run import Run, RunState
from flowgen_core.model.times import to_micros
from flowgen_core.runtime.aftermath import TURN, begin_alone
from flowgen_core.runtime.channel_work import MESSAGE, PART, ChannelWork
from flowgen_core.runtime.context import Outside, model_of
from flowgen_core.runtime.staging import Stage
from flowgen_core.runtime.worker import Worker
from flowgen_core.store import chats, laters, runs, work
from flowgen_core.store.laters import KIND, StoredLater
from flowgen_core.store.streams import Ledger, run_stream_of, stream_of
from flowgen_core.store.tx import Tx

log = structlog.get_logger(__name__)
TRIES = 3
PAUSE = timedelta(seconds=1)
# The core's own work, by the name that stands in place of an action type.
SEND, START = "core.send", "core.start"


@dataclass(frozen=True, slots=True)
class LaterCall:
    """The `LaterContext` of one try; see `flowgen_core.api`."""

    item: StoredLater
    work: "LaterWork"
    now: datetime

    @property
    def id(self) -> str:
        """Names this piece of work."""
        return self.item.id

    @property
    def run_id(self) -> str:
        """The run that put it off."""
        return self.item.run_id

    @property
    def chat_id(self) -> str:
        """The run's chat."""
        return self.item.chat_id

    @property
    def attempt(self) -> int:
        """Which try this is."""
        return self.item.attempt + 1

    @property
    def http(self) -> HttpClient:
        """Reaches the outside by HTTP."""
        return self.work.outside.http

    @property
    def llm(self) -> LanguageModel:
        """The language model of the settings."""
        return model_of(self.work.outside)

    @property
    def mail(self) -> Mailer:
        """Sends e-mail."""
        if self.work.outside.mail is None:
            raise ActionError("No mail server is configured: set FLOWGEN_SMTP__HOST and __SENDER.")
        return self.work.outside.mail

    async def history(self, count: int) -> Sequence[PastMessage]:
        """Reads the chat's last messages."""
        return await self.work.stage.history(self.item.chat_id, count)

    async def set(self, values: Mapping[str, Any]) -> None:
        """Sets variables of the run, where it is still open."""
        await self.work.stage.store.write(lambda tx: _set(tx, self.item, values, self.now))

    async def start(self, flow_id: str, variables: Mapping[str, Any] | None = None) -> str:
        """Starts another flow as a run without a chat."""
        return await self.work.start(self.item, flow_id, dict(variables or {}), self.now)


class LaterWork:
    """The work of the kind `later`."""

    def __init__(
        self,
        stage: Stage,
        worker: Worker,
        channels: ChannelWork,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self.stage, self._worker, self._channels = stage, worker, channels
        self._clock, self._new_id = clock, new_id
        self.outside: Outside = stage.outside

    async def work(self, id: str) -> None:
        """Makes one try."""
        item = await self.stage.store.read(lambda tx: laters.get(tx, id))
        if item is None:
            await self.stage.store.write(lambda tx: work.done(tx, KIND, id))
            return
        try:
            await self._do(item)
        except Exception as error:
            log.warning(
                "later_failed", action_type=item.action_type, run_id=item.run_id, error=type(error).__name__
            )
            await self._again(item)
        else:
            await self.stage.store.write(lambda tx: _forget(tx, id))

    async def start(self, item: StoredLater, flow_id: str, variables: dict[str, Any], now: datetime) -> str:
        """Starts a flow as a run without a chat; the same run in every try."""
        run_id = str(uuid.uuid5(uuid.UUID(item.id), f"start/{flow_id}"))
        made = await self.stage.store.write(lambda tx: self._start(tx, item, run_id, flow_id, variables, now))
        if made:
            self._worker.wake(TURN, run_stream_of(run_id))
        return run_id if made else ""

    async def _do(self, item: StoredLater) -> None:
        data, now = jsontext.parse(item.data, max_depth=256), self._clock()
        if item.action_type == START:
            await self.start(item, data["flow_id"], data["variables"], now)
        elif item.action_type == SEND:
            await self.stage.store.write(lambda tx: _send(tx, item, data, self._new_id(), now))
            self.stage.bus.publish(stream_of(data["chat_id"]))
        elif item.action_type == MESSAGE:
            await self._channels.split(item, data)
        elif item.action_type == PART:
            await self._channels.send(item, data)
        else:
            kind: ActionType | None = self.stage.action_types.get(item.action_type)
            if kind is not None:
                await kind.later(LaterCall(item, self, now), data)

    async def _again(self, item: StoredLater) -> None:
        due = to_micros(self._clock() + PAUSE)
        await self.stage.store.write(lambda tx: _retry(tx, item, due))

    def _start(
        self, tx: Tx, item: StoredLater, run_id: str, flow_id: str, variables: dict[str, Any], now: datetime
    ) -> bool:
        parent = runs.get(tx, item.run_id)
        head = self.stage.flows.head(tx, item.project_id, flow_id)
        if head is None or runs.exists(tx, run_id):
            return head is not None
        document = self.stage.flows.document(tx, head.revision_id)
        run = Run(
            id=run_id,
            root_id=parent.root_id if parent else run_id,
            parent_id=item.run_id,
            depth=parent.depth + 1 if parent else 0,
            project_id=item.project_id,
            chat_id="",
            flow_id=flow_id,
            revision_id=head.revision_id,
            state=RunState.QUEUED,
            cursor=start(head.revision_id),
            created_by=parent.created_by if parent else "",
            create_time=now,
            update_time=now,
            variables=jsontext.dump(variables),
            on_complete_flow_id=document.on_complete_flow_id,
        )
        begin_alone(tx, run, now)
        return True


def _send(tx: Tx, item: StoredLater, data: Mapping[str, Any], message_id: str, now: datetime) -> None:
    chat = chats.get(tx, str(data["chat_id"]), item.project_id)
    if chat is None:
        return
    ledger = Ledger(chat, now)
    ledger.add(
        Message(
            id=message_id,
            chat_id=chat.id,
            author=Author.BOT,
            sender="assistant",
            receiver="user",
            text=str(data["text"]),
            create_time=now,
            run_id=item.run_id,
        )
    )
    ledger.change()
    ledger.save(tx)


def _set(tx: Tx, item: StoredLater, values: Mapping[str, Any], now: datetime) -> None:
    chat = chats.get(tx, item.chat_id) if item.chat_id else None
    if chat is not None:
        merged = jsontext.dump({**jsontext.parse(chat.variables, max_depth=256), **values})
        chats.save(tx, replace(chat, variables=merged, update_time=now, floor=chat.floor))
        return
    run = runs.get(tx, item.run_id)
    if run is not None and run.state.is_open:
        merged = jsontext.dump({**jsontext.parse(run.variables or "{}", max_depth=256), **values})
        # The fence moves: a turn that is being computed has not seen these values.
        runs.save(tx, replace(run, variables=merged, turn=run.turn + 1))


def _retry(tx: Tx, item: StoredLater, due: int) -> None:
    if item.attempt + 1 >= TRIES:
        _forget(tx, item.id)
        return
    laters.count_attempt(tx, item.id)
    work.remind(tx, KIND, item.id, due)


def _forget(tx: Tx, id: str) -> None:
    laters.delete(tx, id)
    work.done(tx, KIND, id)
