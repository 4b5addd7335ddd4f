"""Evaluations: flows that judge what a run answered, as runs of a job of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flowgen_core.engine.advance import start
from flowgen_core.model import jsontext
from flowgen_core.model.errors import FlowGenError, Reason, Violation
from flowgen_core.model.run import Run, RunKind, RunState
from flowgen_core.model.times import to_micros
from flowgen_core.runtime.aftermath import EVALUATION, begin_alone
from flowgen_core.runtime.answered import answered
from flowgen_core.runtime.bus import Bus
from flowgen_core.runtime.frames import Ended, Frames
from flowgen_core.runtime.rest import waits_for_evaluations
from flowgen_core.runtime.versions import Versions
from flowgen_core.runtime.worker import Worker
from flowgen_core.store import messages, runs, work
from flowgen_core.store.store import Store
from flowgen_core.store.streams import run_stream_of
from flowgen_core.store.tx import Tx

MARK = "evaluation"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An evaluation that a caller names; `external` is JSON text of an object."""

    flow_id: str
    external: str = "{}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Which evaluations follow a run: the ones marked so (`auto`), or exactly the wanted ones."""

    auto: bool
    wanted: tuple[Wanted, ...] = ()
    blocks: bool = False


def plan_text(tx: Tx, project_id: str, flow_id: str, plan: Plan | None, versions: Versions) -> str:
    """Writes which evaluations follow, as they are marked now; empty without a plan. Raises NOT_AN_EVALUATION."""
    if plan is None:
        return ""
    marked = {found[0]: found for found in versions.marked(tx, project_id, MARK)}
    if plan.auto:
        chosen = [(id, "{}") for id, (_, _, mark) in marked.items() if _is_meant(mark, flow_id)]
    else:
        chosen = [(one.flow_id, one.external) for one in plan.wanted]
        _refuse_unmarked([id for id, _ in chosen], marked)
    parts = [_part(marked[id], external) for id, external in chosen]
    return jsontext.dump({"blocks": plan.blocks, "parts": parts})


class Evaluations:
    """Does evaluation jobs."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        worker: Worker,
        frames: Frames,
        versions: Versions,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store, self._bus, self._worker = store, bus, worker
        self._frames, self._versions = frames, versions
        self._clock, self._new_id = clock, new_id

    async def work(self, job_id: str) -> None:
        """Starts a job's parts, or ends it when they are over."""
        now = self._clock()
        wake, parent = await self._store.write(lambda tx: self._advance(tx, job_id, now))
        for lane in wake:
            self._worker.wake("turn", lane)
        judged = await self._store.read(lambda tx: _when_over(tx, job_id, parent))
        if judged is not None:
            self._frames.add(parent, Ended(judged))
        for stream in (job_id, parent):
            self._bus.publish(run_stream_of(stream))

    def _advance(self, tx: Tx, job_id: str, now: datetime) -> tuple[list[str], str]:
        job = runs.get(tx, job_id)
        if job is None or not job.state.is_open:
            work.done(tx, EVALUATION, job_id)
            return [], ""
        parts = jsontext.parse(job.evaluation_plan)["parts"]
        if job.state is RunState.QUEUED and parts:
            return self._start_parts(tx, job, parts, now), job.parent_id
        if any(child.state.is_open for child in runs.children(tx, job_id)):
            work.done(tx, EVALUATION, job_id)
            return [], job.parent_id
        done = replace(job, state=RunState.COMPLETED, end_reason="completed", update_time=now, end_time=now)
        runs.save(tx, done)
        work.done(tx, EVALUATION, job_id)
        return [], job.parent_id

    def _start_parts(self, tx: Tx, job: Run, parts: list[dict[str, Any]], now: datetime) -> list[str]:
        judged = runs.get(tx, job.parent_id)
        runs.save(tx, replace(job, state=RunState.RUNNING, start_time=now, update_time=now))
        work.done(tx, EVALUATION, job.id)
        if judged is None:
            return []
        given = self._input(tx, judged)
        return [run_stream_of(self._start_part(tx, job, part, given, now).id) for part in parts]

    def _start_part(
        self, tx: Tx, job: Run, part: dict[str, Any], given: Mapping[str, Any], now: datetime
    ) -> Run:
        id = self._new_id()
        run = Run(
            id=id,
            root_id=job.root_id,
            project_id=job.project_id,
            chat_id="",
            flow_id=part["flow_id"],
            revision_id=part["revision_id"],
            state=RunState.QUEUED,
            cursor=start(part["revision_id"]),
            created_by=job.created_by,
            create_time=now,
            update_time=now,
            input=jsontext.dump({**given, "external": part["external"]}),
            variables="{}",
            kind=RunKind.EVALUATION,
            parent_id=job.id,
            evaluation_plan=jsontext.dump(part),
        )
        return begin_alone(tx, run, now)

    def _input(self, tx: Tx, run: Run) -> dict[str, Any]:
        said = messages.of_run(tx, run.id)
        asked = messages.get(tx, run.message_id) if run.message_id else None
        document = self._versions.document(tx, run.revision_id)
        response, text = answered(document, run, said)
        begun, over = run.start_time or run.create_time, run.end_time or run.update_time
        return {
            "input": jsontext.parse(run.input),
            "output": response,
            "user_message": asked.text if asked else "",
            "ai_message": text,
            "duration": (to_micros(over) - to_micros(begun)) // 1000,
        }


def _when_over(tx: Tx, job_id: str, run_id: str) -> Run | None:
    job, run = runs.get(tx, job_id), runs.get(tx, run_id, with_moves=True)
    over = job is not None and run is not None and waits_for_evaluations(run) and not job.state.is_open
    return run if over else None


def _part(found: tuple[str, str, Mapping[str, Any]], external: str) -> dict[str, Any]:
    flow_id, revision_id, mark = found
    return {
        "flow_id": flow_id,
        "revision_id": revision_id,
        "name": str(mark.get("name", "")),
        "variable": str(mark.get("variable", "")),
        "type": str(mark.get("type", "")),
        "external": jsontext.parse(external),
    }


def _is_meant(mark: Mapping[str, Any], flow_id: str) -> bool:
    flow_ids = mark.get("flow_ids")
    return bool(mark.get("auto_run")) and (not isinstance(flow_ids, list) or flow_id in flow_ids)


def _refuse_unmarked(ids: list[str], marked: Mapping[str, object]) -> None:
    bad = [
        Violation(
            f"evaluations.requests[{n}].flow_id", "NOT_AN_EVALUATION", "is no flow marked as an evaluation"
        )
        for n, id in enumerate(ids)
        if id not in marked
    ]
    if bad:
        text = "This flow is not marked as an evaluation."
        raise FlowGenError(Reason.NOT_AN_EVALUATION, text, violations=bad)
