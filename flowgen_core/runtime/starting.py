"""Runs are started: accepted in one small transaction, begun by their first turn."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flowgen_core.engine.advance import start
from flowgen_core.model import jsontext
from flowgen_core.model.chat import Author, Chat, ChatState, Input, InputKind, Message
from flowgen_core.model.errors import FlowGenError, Reason, invalid
from flowgen_core.model.flow import Document
from flowgen_core.model.project import Caller
from flowgen_core.model.run import Run, RunState
from flowgen_core.model.times import to_micros
from flowgen_core.runtime.aftermath import begin_alone
from flowgen_core.runtime.asked import asked_text
from flowgen_core.runtime.chats import find as find_chat
from flowgen_core.runtime.commit import KIND
from flowgen_core.runtime.context import HUMAN
from flowgen_core.runtime.drafts import Checker, refuse_errors, with_ids
from flowgen_core.runtime.evaluating import Plan, plan_text
from flowgen_core.runtime.frames import Frames, Started
from flowgen_core.runtime.once import Done
from flowgen_core.runtime.override_checks import OverrideChecks
from flowgen_core.runtime.send import MOST_QUEUED
from flowgen_core.runtime.versions import Chosen, Versions
from flowgen_core.runtime.worker import Worker
from flowgen_core.store import chats, documents, inputs, requests, runs, work
from flowgen_core.store.run_events import run_text
from flowgen_core.store.store import Store
from flowgen_core.store.streams import Ledger, run_stream_of, stream_of
from flowgen_core.store.tx import Tx


@dataclass(frozen=True, slots=True)
class NewRun:
    """What a caller says of a run that it starts. JSON is text; `document` is an inline flow."""

    id: str = ""
    flow_id: str = ""
    document: Document | None = None
    version: str = ""
    chat_id: str = ""
    new_chat: bool = False
    take_over: bool = False
    # None: nobody said anything.
    input: str | None = None
    variables: str = "{}"
    overrides: str = "{}"
    metadata: str = "{}"
    webhook_uri: str = ""
    webhook_method: str = ""
    plan: Plan | None = None
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """A run that was accepted and where it is played."""

    run: Run
    lane: str
    replayed: bool = False


class Starter:
    """Starts runs."""

    def __init__(
        self,
        store: Store,
        worker: Worker,
        frames: Frames,
        versions: Versions,
        checks: OverrideChecks,
        checker: Checker,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store, self._worker, self._frames = store, worker, frames
        self._versions, self._checks = versions, checks
        self._checker, self._schemas = checker, checker.schemas
        self._clock, self._new_id = clock, new_id

    async def start(self, caller: Caller, new: NewRun, once: requests.Once | None) -> Done[Run]:
        """Accepts a run. Nothing of the flow runs yet."""
        now = self._clock()
        if new.document is not None:
            new = replace(new, document=await self._checked(caller, new.document, new.lenient))
        accepted = await self._store.write(lambda tx: self._accept(tx, caller, new, once, now))
        if not accepted.replayed:
            self._frames.open(accepted.run.id)
            self._frames.add(accepted.run.id, Started(accepted.run))
            self._worker.wake(KIND, accepted.lane)
        return Done(accepted.run, accepted.replayed)

    async def _checked(self, caller: Caller, document: Document, lenient: bool) -> Document:
        made, project_id = with_ids(document, self._new_id), caller.project.id
        problems = await self._store.read(
            lambda tx: self._checker.problems(tx, project_id, made, lenient=lenient)
        )
        refuse_errors(problems)
        return made

    def _accept(
        self, tx: Tx, caller: Caller, new: NewRun, once: requests.Once | None, now: datetime
    ) -> Accepted:
        known = requests.find(tx, once, to_micros(now))
        if known is not None:
            return Accepted(_known(tx, caller, known), "", replayed=True)
        chat = find_chat(tx, caller, new.chat_id) if new.chat_id else None
        open_run = runs.get(tx, chat.run_id) if chat and chat.run_id else None
        if open_run is not None and not open_run.state.is_open:
            open_run = None
        chosen = self._choose(tx, caller, new, chat, open_run)
        self._judge(new, chosen)
        run = self._run(tx, caller, new, chosen, now, open_run)
        accepted = self._store_run(tx, caller, new, run, chat, open_run, now)
        requests.store(tx, once, run.id, to_micros(now))
        return accepted

    def _choose(self, tx: Tx, caller: Caller, new: NewRun, chat: Chat | None, open_run: Run | None) -> Chosen:
        if chat is not None and open_run is not None and new.take_over:
            # The run goes on where the open one stands, on its revision.
            return self._versions.of_run(tx, open_run)
        if new.document is not None:
            return Chosen("", str(uuid.uuid4()), "", new.document, inline=True)
        flow_id = new.flow_id or (chat.flow_id if chat else "")
        if not flow_id:
            raise invalid("flow_id", "REQUIRED", "or `flow` is required")
        return self._versions.choose(tx, caller.project.id, flow_id, new.version)

    def _judge(self, new: NewRun, chosen: Chosen) -> None:
        self._checks.judge(chosen.document, jsontext.parse(new.overrides))
        if new.input is not None or chosen.document.input_schema is not None:
            problem = self._schemas.violation(chosen.document.input_schema, jsontext.parse(new.input or "{}"))
            if problem is not None:
                text = "The input does not fit the flow's input schema."
                raise FlowGenError(Reason.INVALID_INPUT, text, violations=[problem])

    def _run(
        self, tx: Tx, caller: Caller, new: NewRun, chosen: Chosen, now: datetime, open_run: Run | None
    ) -> Run:
        if new.id and runs.exists(tx, new.id):
            raise FlowGenError(Reason.RUN_ALREADY_EXISTS, "There is a run with this `id` already.")
        if chosen.inline:
            documents.insert(tx, chosen.revision_id, caller.project.id, chosen.document)
        id = new.id or self._new_id()
        earlier = open_run.overrides if open_run is not None and new.take_over else "{}"
        return Run(
            id=id,
            root_id=id,
            project_id=caller.project.id,
            chat_id=new.chat_id,
            flow_id=chosen.flow_id,
            revision_id=chosen.revision_id,
            version=chosen.version,
            state=RunState.QUEUED,
            cursor=start(chosen.revision_id),
            created_by=caller.subject,
            create_time=now,
            update_time=now,
            input=new.input or "{}",
            variables=new.variables,
            overrides=_merged(chosen.document, earlier, new.overrides),
            metadata=new.metadata,
            webhook_uri=new.webhook_uri,
            webhook_method=new.webhook_method,
            on_complete_flow_id=chosen.document.on_complete_flow_id,
            evaluation_plan=plan_text(tx, caller.project.id, chosen.flow_id, new.plan, self._versions),
        )

    def _store_run(
        self,
        tx: Tx,
        caller: Caller,
        new: NewRun,
        run: Run,
        chat: Chat | None,
        open_run: Run | None,
        now: datetime,
    ) -> Accepted:
        if new.new_chat:
            chat = _new_chat(tx, caller, run, self._new_id(), now)
            run = replace(run, chat_id=chat.id)
        if chat is None:
            return Accepted(begin_alone(tx, run, now), run_stream_of(run.id))
        _admit(chat, open_run, new.take_over)
        return Accepted(self._queue(tx, caller, chat, run, new, now), stream_of(chat.id))

    def _queue(self, tx: Tx, caller: Caller, chat: Chat, run: Run, new: NewRun, now: datetime) -> Run:
        ledger = Ledger(chat, now)
        number = chat.last_input + 1
        message = None
        if new.input is not None:
            message = ledger.add(
                _message(self._new_id(), chat, run, new.input, number, now, self._versions, tx)
            )
            run = replace(run, message_id=message.id)
        runs.insert(tx, run)
        inputs.insert(tx, Input(chat.id, number, InputKind.RUN, caller.subject, message, {"run_id": run.id}))
        busy = chat.state is ChatState.RUNNING
        ledger.note("run.created", run_text(run))
        ledger.change(
            state=ChatState.RUNNING,
            prompt="",
            prompt_sender="",
            failure=None,
            last_input=number,
            queued=chat.queued + 1 if busy else 0,
        )
        ledger.save(tx)
        work.hasten(tx, KIND, stream_of(chat.id), to_micros(now))
        return run


def _known(tx: Tx, caller: Caller, run_id: str) -> Run:
    run = runs.get(tx, run_id, caller.project.id, with_moves=True)
    if run is None:
        raise FlowGenError(Reason.RUN_NOT_FOUND, "The run that this request started was deleted.")
    return run


def _admit(chat: Chat, open_run: Run | None, take_over: bool) -> None:
    if chat.paused:
        raise FlowGenError(Reason.CHAT_PAUSED, "A moderator has the floor in this chat; resume it first.")
    if open_run is not None and not take_over:
        raise FlowGenError(Reason.CHAT_HAS_OPEN_RUN, "The chat has an open run; end it, or take it over.")
    if not take_over and chat.state is ChatState.RUNNING:
        raise FlowGenError(Reason.CHAT_HAS_OPEN_RUN, "A run is about to begin in this chat; end it first.")
    if chat.queued >= MOST_QUEUED:
        text = f"{MOST_QUEUED} messages wait in this chat; send again later."
        raise FlowGenError(Reason.CHAT_QUEUE_FULL, text, retry_after=1)


def _new_chat(tx: Tx, caller: Caller, run: Run, chat_id: str, now: datetime) -> Chat:
    chat = Chat(
        id=chat_id,
        project_id=caller.project.id,
        name="",
        flow_id=run.flow_id,
        state=ChatState.READY,
        metadata="{}",
        variables="{}",
        created_by=caller.subject,
        create_time=now,
        update_time=now,
        activity_time=now,
    )
    chats.insert(tx, chat)
    ledger = Ledger(chat, now)
    ledger.fact("chat.created")
    return ledger.save(tx)


def _message(
    id: str, chat: Chat, run: Run, given: str, number: int, now: datetime, versions: Versions, tx: Tx
) -> Message:
    asked = chat.prompt_sender if chat.state is ChatState.WAITING else ""
    return Message(
        id=id,
        chat_id=chat.id,
        author=Author.USER,
        sender=HUMAN,
        receiver=asked or "assistant",
        text=asked_text(versions.document(tx, run.revision_id), given),
        create_time=now,
        input=number,
        run_id=run.id,
    )


def _merged(document: Document, earlier: str, given: str) -> str:
    own = document.properties.get("override")
    layers: Sequence[Mapping[str, Any]] = (
        own if isinstance(own, Mapping) else {},
        jsontext.parse(earlier),
        jsontext.parse(given),
    )
    merged = {key: value for layer in layers for key, value in layer.items()}
    return jsontext.dump(merged) if merged else "{}"
