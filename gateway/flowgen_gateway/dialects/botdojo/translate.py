"""The flow request as this API shows it: pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from flowgen_core.pb.v1.chat_pb2 import Chat, Message
from flowgen_core.pb.v1.project_pb2 import Project
from flowgen_core.pb.v1.run_pb2 import Run
from flowgen_gateway.dialects.botdojo.asked import options_of, params_of, run_mode_of
from flowgen_gateway.dialects.botdojo.evaluations import draw_results
from flowgen_gateway.dialects.botdojo.states import error_of, is_over, status_of, waits_for_input
from flowgen_gateway.dialects.botdojo.steps import draw_steps
from flowgen_gateway.dialects.botdojo.texts import asked_text, output_text, response_of, said_text
from flowgen_gateway.dialects.botdojo.times import draw_time, end_of, milliseconds, start_of

Drawn = dict[str, Any]  # JSON
UNRELEASED = "0.0.0"


@dataclass(frozen=True, slots=True)
class Schemas:
    """What a flow takes and gives; None for anything."""

    input: Mapping[str, Any] | None = None  # JSON Schema
    output: Mapping[str, Any] | None = None  # JSON Schema


@dataclass(frozen=True, slots=True)
class Record:
    """A run with all that its flow request shows.

    `messages` are the bot's, in order, with what agents told each other; `job` holds the evaluations.
    """

    run: Run
    project: Project
    schemas: Schemas
    messages: Sequence[Message] = ()
    job: Run | None = None

    @property
    def said(self) -> Sequence[Message]:
        """What the user was told."""
        return [message for message in self.messages if not message.internal]

    @property
    def is_done(self) -> bool:
        """Whether the request has its answer; with `block` that has the evaluations too."""
        if status_of(self.run) in ("pending", "running"):
            return False
        return run_mode_of(self.run) != "block" or self.job is None or is_over(self.job)


def draw_flow_request(record: Record) -> Drawn:
    """Draws a flow request."""
    run, project = record.run, record.project
    start, end = start_of(run), end_of(run, record.said)
    drawn = {
        "tags": [],
        "startTime": draw_time(start),
        "id": run.id,
        "flow_id": run.flow_id,
        "flow_session_id": run.chat_id,
        "body": _json(run.input_json),
        "requestParams": params_of(run),
        "override": _json(run.overrides_json),
        "status": status_of(run),
        "top_request_id": run.root_id or run.id,
        "runOptions": options_of(run),
        "userMessage": _user_message(record),
        "flow_history_id": run.revision_id,
        "version": run.version or UNRELEASED,
        **_answers(record),
        "eval_job_id": run.evaluation_run_id or None,
        "endTime": draw_time(end) if end else None,
        "duration": milliseconds(start, end) if end else None,
        "created": draw_time(run.create_time),
        "owner_uid": run.created_by,
        "modified": draw_time(run.update_time),
        "account_id": project.account_id,
        "modified_uid": run.created_by,
        "project_id": project.id,
        "waitingForInput": waits_for_input(run),
    }
    return {**drawn, **_outcome(record)}


def draw_start(run: Run) -> Drawn:
    """Draws a flow request that begins."""
    return {
        "id": run.id,
        "flow_id": run.flow_id,
        "flow_session_id": run.chat_id,
        "status": "running",
        "startTime": draw_time(start_of(run)),
    }


def draw_session(chat: Chat, state: Drawn, project: Project) -> Drawn:
    """Draws a session that was made with variables."""
    return {
        "id": chat.id,
        "flow_session_id": chat.id,
        "flow_id": chat.flow_id,
        "state": state,
        "created": draw_time(chat.create_time),
        "modified": draw_time(chat.update_time),
        "owner_uid": chat.created_by,
        "modified_uid": chat.created_by,
        "account_id": project.account_id,
        "project_id": project.id,
    }


def _user_message(record: Record) -> Drawn:
    run = record.run
    return {
        "id": run.user_message_id or run.id,
        "date": draw_time(start_of(run)),
        "role": "user",
        "content": asked_text(orjson.loads(run.input_json or "{}"), record.schemas.input),
    }


def _answers(record: Record) -> Drawn:
    """Draws `response` and `aiMessage`; what was said before an error stays said."""
    run, said = record.run, said_text(record.said)
    complete = status_of(run) == "complete"
    if not complete:
        response: object = {}
    elif run.output_json:
        response = _json(run.output_json)
    else:
        response = response_of(said, record.schemas.output)
    content = said or (_output_text(run) if complete else "")
    return {"response": response, "aiMessage": _ai_message(record, content)}


def _ai_message(record: Record, content: str) -> Drawn:
    run, last = record.run, next(reversed(record.said), None)
    date = last.create_time if last else end_of(run, ())
    return {
        "id": last.id if last else run.id,
        "date": draw_time(date) if date else None,
        "role": "assistant",
        "steps": draw_steps(record.messages),
        "content": content,
    }


def _outcome(record: Record) -> Drawn:
    """Draws what only some flow requests have: `error`, `evaluations`."""
    drawn: Drawn = {}
    if status_of(record.run) == "error":
        drawn["error"] = error_of(record.run)
    if run_mode_of(record.run) == "block":
        drawn["evaluations"] = draw_results(record.job) if record.job else []
    return drawn


def _output_text(run: Run) -> str:
    output = orjson.loads(run.output_json or "{}")
    return output_text(output) if isinstance(output, dict) else ""


def _json(text: str) -> orjson.Fragment:
    # As it is: parsing would only cost time.
    return orjson.Fragment(text or "{}")
