"""Evaluations and the jobs that hold them, as this API shows them: pure functions."""

from collections.abc import Mapping
from typing import Any

import orjson

from flowgen_core.pb.v1.project_pb2 import Project
from flowgen_core.pb.v1.run_pb2 import (
    RUN_STATE_COMPLETED,
    RUN_STATE_QUEUED,
    RUN_STATE_RUNNING,
    RUN_STATE_WAITING,
    EvaluationResult,
    Run,
    RunState,
)
from flowgen_gateway.dialects.botdojo.asked import run_mode_of
from flowgen_gateway.dialects.botdojo.states import job_status_of
from flowgen_gateway.dialects.botdojo.times import draw_time

Drawn = dict[str, Any]  # JSON
_STATUSES: Mapping["RunState.ValueType", str] = {
    RUN_STATE_QUEUED: "pending",
    RUN_STATE_RUNNING: "running",
    RUN_STATE_WAITING: "running",
    RUN_STATE_COMPLETED: "complete",
}
_SENTENCES: Mapping[str, str] = {
    "pending": "The evaluation has not begun.",
    "running": "The evaluation is under way.",
    "complete": "",
    "error": "The evaluation failed.",
}


def draw_result(result: EvaluationResult) -> Drawn:
    """Draws what an evaluation found; nothing is passed before it is complete."""
    status = _STATUSES.get(result.state, "error")
    complete = status == "complete"
    return {
        "flowEvalId": result.flow_id,
        "name": result.name,
        "variable": result.variable,
        "flow_request_id": result.run_id,
        "status": status,
        "pass": result.passed if complete and result.HasField("passed") else None,
        "reason": result.reason or _SENTENCES[status],
        "type": result.type,
        "value": orjson.loads(result.value_json) if complete and result.value_json else None,
    }


def draw_results(job: Run) -> list[Drawn]:
    """Draws what the evaluations of a job found."""
    return [draw_result(result) for result in job.evaluations]


def draw_job(job: Run, judged: Run, project: Project) -> Drawn:
    """Draws an evaluation job and the run that it judges."""
    return {
        "id": job.id,
        "flow_id": judged.flow_id,
        "flow_request_id": judged.id,
        "flow_session_id": judged.chat_id,
        "runMode": run_mode_of(judged),
        "status": job_status_of(job),
        "results": draw_results(job),
        "created": draw_time(job.create_time),
        "modified": draw_time(job.update_time),
        "account_id": project.account_id,
        "project_id": project.id,
    }
