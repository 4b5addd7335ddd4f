"""Runs and their moves: model → wire."""

from flowgen_core.model import jsontext
from flowgen_core.model.run import Move, Run, RunKind, RunState
from flowgen_core.pb.v1 import run_pb2
from flowgen_core.runtime.runs import Seen
from flowgen_core.services.translate.chat import failure_out
from flowgen_core.services.translate.times import to_timestamp
from flowgen_core.store.paging import Listing

KINDS = {kind: run_pb2.RunKind.Value(f"RUN_KIND_{kind}") for kind in RunKind}
STATES = {state: run_pb2.RunState.Value(f"RUN_STATE_{state}") for state in RunState}


def run_out(run: Run) -> run_pb2.Run:
    """Writes a run; its moves only where they were read."""
    out = run_pb2.Run(
        id=run.id,
        flow_id=run.flow_id,
        revision_id=run.revision_id,
        version=run.version,
        kind=KINDS[run.kind],
        state=STATES[run.state],
        chat_id=run.chat_id,
        parent_id=run.parent_id,
        root_id=run.root_id or run.id,
        depth=run.depth,
        input_json=run.input,
        output_json=run.output,
        variables_json=run.variables,
        moves=map(move_out, run.moves),
        move_count=run.cursor.moves,
        end_reason=run.end_reason,
        failure=failure_out(run.failure),
        user_message_id=run.message_id,
        message_ids=run.message_ids,
        overrides_json=run.overrides,
        evaluation_run_id=run.evaluation_run_id,
        on_complete_flow_id=run.on_complete_flow_id,
        webhook_uri=run.webhook_uri,
        webhook_method=run.webhook_method,
        usage_json=run.usage,
        metadata_json=run.metadata,
        created_by=run.created_by,
        create_time=to_timestamp(run.create_time),
        update_time=to_timestamp(run.update_time),
    )
    _add_times(out, run)
    _add_waiting(out, run)
    return out


def seen_out(seen: Seen) -> run_pb2.Run:
    """Writes a run with the evaluations of it."""
    out = run_out(seen.run)
    out.evaluations.extend(map(_evaluation_out, seen.evaluations))
    return out


def runs_out(listing: Listing[Run]) -> run_pb2.ListRunsResponse:
    """Writes a page of runs."""
    return run_pb2.ListRunsResponse(
        runs=map(run_out, listing.rows), next_page_token=listing.next_token, total_size=listing.total
    )


def move_out(move: Move) -> run_pb2.Move:
    """Writes a move."""
    outcome = f"MOVE_OUTCOME_{move.outcome}" if move.outcome else "MOVE_OUTCOME_UNSPECIFIED"
    return run_pb2.Move(
        action_id=move.action_id,
        next_id=move.next_id,
        type=move.type,
        option_json=move.option,
        arrive_time=to_timestamp(move.arrive_time),
        outcome=run_pb2.MoveOutcome.Value(outcome),
        message=move.message,
    )


def _evaluation_out(run: Run) -> run_pb2.EvaluationResult:
    part = jsontext.parse(run.evaluation_plan)
    out = run_pb2.EvaluationResult(
        flow_id=run.flow_id,
        name=part["name"],
        variable=part["variable"],
        run_id=run.id,
        state=STATES[run.state],
        type=part["type"],
        reason=run.failure.message if run.failure else "",
    )
    output = jsontext.parse(run.output) if run.output else {}
    if isinstance(output.get("pass"), bool):
        out.passed = output["pass"]
    if isinstance(output.get("reason"), str):
        out.reason = output["reason"]
    if isinstance(output.get("type"), str):
        out.type = output["type"]
    if output.get("value") is not None:
        out.value_json = jsontext.dump(output["value"])
    return out


def _add_times(out: run_pb2.Run, run: Run) -> None:
    if run.start_time is not None:
        out.start_time.CopyFrom(to_timestamp(run.start_time))
    if run.end_time is not None:
        out.end_time.CopyFrom(to_timestamp(run.end_time))
    if run.delete_time is not None:
        out.delete_time.CopyFrom(to_timestamp(run.delete_time))


def _add_waiting(out: run_pb2.Run, run: Run) -> None:
    pending = run.cursor.pending
    if run.moves and (not run.state.is_open or pending is not None):
        out.current_move.CopyFrom(move_out(run.moves[-1]))
    if not run.state.is_open or pending is None or pending.kind is None:
        return
    out.waiting.kind = run_pb2.WaitKind.Value(f"WAIT_KIND_{pending.kind}")
    out.waiting.prompt = pending.prompt
    out.waiting.action_id = pending.action_id
    if pending.until is not None:
        out.waiting.until_time.CopyFrom(to_timestamp(pending.until))
