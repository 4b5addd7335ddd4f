"""Runs as this API shows them: pure functions."""

import orjson

from flowgen_core.pb.v1.run_pb2 import (
    MOVE_OUTCOME_DONE,
    MOVE_OUTCOME_FAILED,
    MOVE_OUTCOME_SKIPPED,
    RUN_STATE_COMPLETED,
    RUN_STATE_LISTENING,
    RUN_STATE_QUEUED,
    RUN_STATE_RUNNING,
    RUN_STATE_WAITING,
    Move,
    Run,
)
from flowgen_gateway.dialects.voipbin import ids, moments
from flowgen_gateway.dialects.voipbin.translate import Drawn, option_part

_OPEN = (RUN_STATE_QUEUED, RUN_STATE_RUNNING, RUN_STATE_WAITING, RUN_STATE_LISTENING)
_TARGETS = ("target_id", "false_target_id")
_OUTCOMES = {MOVE_OUTCOME_DONE: "done", MOVE_OUTCOME_SKIPPED: "skipped", MOVE_OUTCOME_FAILED: "failed"}


def draw_activeflow(run: Run, project_id: str) -> Drawn:
    """Draws a run that was read with its moves."""
    current, executed = _trace(run)
    ending = _ending(run)
    if "error" in ending and current["id"] == ending["error"]["action_id"]:
        current["message"] = ending["error"]["message"]
    return {
        "id": run.id,
        "customer_id": project_id,
        "flow_id": run.flow_id or ids.NIL,
        "status": "running" if run.state in _OPEN else "ended",
        **reference_of(run),
        "on_complete_flow_id": run.on_complete_flow_id or ids.NIL,
        **_webhook(run),
        "current_action": current,
        "forward_action_id": ids.NIL,
        "executed_actions": executed,
        "execute_count": run.move_count,
        **ending,
        **_times(run),
    }


def reference_of(run: Run) -> dict[str, str]:
    """Tells what a run belongs to: its chat, and the run that started it."""
    return {
        "reference_type": "conversation" if run.chat_id else "api",
        "reference_id": run.chat_id or ids.NIL,
        "reference_activeflow_id": run.parent_id or ids.NIL,
    }


def as_accepted(run: Run) -> Run:
    """Gives a run as it was before its first turn, however far it has come meanwhile."""
    first = Run()
    first.CopyFrom(run)
    for name in ("moves", "current_move", "move_count", "end_reason", "failure"):
        first.ClearField(name)
    first.state = RUN_STATE_QUEUED
    first.update_time.CopyFrom(run.create_time)
    return first


def _trace(run: Run) -> tuple[Drawn, list[Drawn]]:
    """Draws where the cursor stands, and every place that it has left."""
    moves = [_draw_move(move) for move in run.moves]
    start = _placeholder(ids.START)
    if run.state == RUN_STATE_COMPLETED and run.end_reason != "taken_over":
        return _placeholder(ids.FINISH), [start, *moves]
    return (moves[-1], [start, *moves[:-1]]) if moves else (start, [])


def _placeholder(id: str) -> Drawn:
    return {"id": id, "next_id": ids.NIL, "type": ""}


def _draw_move(move: Move) -> Drawn:
    drawn = {"id": move.action_id, "next_id": move.next_id or ids.NIL, "type": move.type}
    drawn |= option_part(move.option_json)
    drawn["tm_execute"] = moments.write(move.arrive_time)
    if move.outcome in _OUTCOMES:
        drawn["outcome"] = _OUTCOMES[move.outcome]
    if move.message:
        drawn["message"] = move.message
    return drawn


def _webhook(run: Run) -> Drawn:
    if not run.webhook_uri:
        return {}
    return {"webhook_uri": run.webhook_uri, "webhook_method": run.webhook_method or "POST"}


def _ending(run: Run) -> Drawn:
    ending: Drawn = {"end_reason": run.end_reason} if run.end_reason else {}
    if run.HasField("failure"):
        failure = run.failure
        ending["error"] = {
            "reason": failure.reason,
            "message": _sentence(run),
            "action_id": failure.action_id,
        }
    return ending


def _sentence(run: Run) -> str:
    """Tells why a run failed; clients know the words for a jump to nowhere."""
    if run.failure.reason != "TARGET_NOT_FOUND" or not run.moves:
        return run.failure.message
    option = orjson.loads(run.moves[-1].option_json or "{}")
    targets = [option[name] for name in _TARGETS if option.get(name)]
    return f'no action "{targets[0]}"' if targets else run.failure.message


def _times(run: Run) -> Drawn:
    deleted = moments.write(run.delete_time) if run.HasField("delete_time") else None
    updated = moments.write(run.update_time) if run.update_time != run.create_time else moments.NEVER
    return {
        "tm_create": moments.write(run.create_time),
        "tm_update": deleted or updated,
        "tm_delete": deleted or moments.NEVER,
    }
