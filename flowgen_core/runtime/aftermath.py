"""What a run's end brings about: the on-complete run, the evaluations, the job that waits for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flowgen_core.engine.advance import start
from flowgen_core.model import jsontext
from flowgen_core.model.chat import Chat, ChatState, Input, InputKind
from flowgen_core.model.run import Run, RunKind, RunState
from flowgen_core.model.times import to_micros
from flowgen_core.runtime.scene import Flows, takes_input
from flowgen_core.store import inputs, runs, work
from flowgen_core.store.run_events import run_text
from flowgen_core.store.streams import RunLedger, run_stream_of
from flowgen_core.store.tx import Tx

TURN = "turn"
EVALUATION = "evaluation"
# On-complete runs may follow each other so many times.
DEPTH = 5
_SILENT = frozenset({"error", "deleted", "taken_over"})


@dataclass(frozen=True, slots=True)
class After:
    """Fields of the chat that change too, the evaluation job that was made, and work to wake."""

    chat: Mapping[str, Any] = field(default_factory=dict)
    job_id: str = ""
    wake: tuple[tuple[str, str], ...] = ()


def after(
    tx: Tx, run: Run, chat: Chat | None, now: datetime, new_id: Callable[[], str], flows: Flows
) -> After:
    """Writes what follows from a turn's end."""
    job_id, wake = "", []
    if run.evaluation_plan and not run.evaluation_run_id and run.kind is RunKind.FLOW and _is_done(run):
        job_id = _start_job(tx, run, now, new_id)
        wake.append((EVALUATION, job_id))
    if not run.state.is_open and run.kind is RunKind.EVALUATION:
        work.remind(tx, EVALUATION, run.parent_id, to_micros(now))
        wake.append((EVALUATION, run.parent_id))
    follow = _on_complete(tx, run, now, new_id, flows)
    if follow is None:
        return After({}, job_id, tuple(wake))
    if chat is not None and run.end_reason != "chat_closed":
        return After(_queue(tx, chat, follow), job_id, tuple(wake))
    alone = begin_alone(tx, replace(follow, chat_id=""), now)
    return After({}, job_id, (*wake, (TURN, run_stream_of(alone.id))))


def begin_alone(tx: Tx, run: Run, now: datetime) -> Run:
    """Stores a new run without a chat, with its event and its reminder."""
    ledger = RunLedger(run, now)
    ledger.note("run.created", run_text(run))
    begun = ledger.save(tx)
    runs.insert(tx, begun)
    work.remind(tx, TURN, run_stream_of(run.id), to_micros(now))
    return begun


def _is_done(run: Run) -> bool:
    return not run.state.is_open or takes_input(run)


def _start_job(tx: Tx, run: Run, now: datetime, new_id: Callable[[], str]) -> str:
    job = Run(
        id=new_id(),
        project_id=run.project_id,
        chat_id="",
        flow_id=run.flow_id,
        revision_id=run.revision_id,
        state=RunState.QUEUED,
        cursor=replace(start(run.revision_id), frames=()),
        created_by=run.created_by,
        create_time=now,
        update_time=now,
        kind=RunKind.EVALUATION_JOB,
        parent_id=run.id,
        root_id=run.root_id or run.id,
        evaluation_plan=_plan_of(run),
    )
    runs.insert(tx, job)
    work.remind(tx, EVALUATION, job.id, to_micros(now))
    return job.id


def _plan_of(run: Run) -> str:
    # What failed or was stopped is not judged: its job is over at once.
    judged = run.state.is_open or run.state is RunState.COMPLETED
    plan = jsontext.parse(run.evaluation_plan)
    return jsontext.dump(plan if judged else {**plan, "parts": []})


def _on_complete(tx: Tx, run: Run, now: datetime, new_id: Callable[[], str], flows: Flows) -> Run | None:
    ended_well = not run.state.is_open and run.end_reason not in _SILENT and run.state is not RunState.FAILED
    if not ended_well or not run.on_complete_flow_id or run.depth + 1 >= DEPTH:
        return None
    head = flows.head(tx, run.project_id, run.on_complete_flow_id)
    if head is None:
        return None
    return Run(
        id=new_id(),
        project_id=run.project_id,
        chat_id=run.chat_id,
        flow_id=head.flow_id,
        revision_id=head.revision_id,
        state=RunState.QUEUED,
        cursor=start(head.revision_id),
        created_by=run.created_by,
        create_time=now,
        update_time=now,
        variables=run.variables,
        parent_id=run.id,
        root_id=run.root_id or run.id,
        depth=run.depth + 1,
        on_complete_flow_id=flows.document(tx, head.revision_id).on_complete_flow_id,
    )


def _queue(tx: Tx, chat: Chat, run: Run) -> dict[str, Any]:
    # In front of nothing: what people wrote before comes first, as the run ended after they wrote it.
    number = chat.last_input + 1
    runs.insert(tx, run)
    inputs.insert(tx, Input(chat.id, number, InputKind.RUN, run.created_by, None, {"run_id": run.id}))
    return {"state": ChatState.RUNNING, "prompt": "", "last_input": number, "queued": number - chat.taken - 1}
