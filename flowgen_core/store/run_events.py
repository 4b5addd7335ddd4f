"""What the events of a run hold: the run as it was right after them."""

from collections.abc import Sequence
from typing import Any

import orjson

from flowgen_core.model.run import Move, Run


def run_text(run: Run, moves: Sequence[Move] = ()) -> str:
    """Writes a run, and the moves that an event is about, as JSON text. JSON inside stays text."""
    return orjson.dumps({**run_json(run), "moves": [move_json(move) for move in moves]}).decode()


def run_json(run: Run) -> dict[str, Any]:
    """Gives a run as a JSON object, without its place in the flow."""
    pending = run.cursor.pending if run.state.is_open else None
    return {
        "id": run.id,
        "project_id": run.project_id,
        "chat_id": run.chat_id,
        "flow_id": run.flow_id,
        "revision_id": run.revision_id,
        "version": run.version,
        "kind": run.kind,
        "state": run.state,
        "parent_id": run.parent_id,
        "root_id": run.root_id or run.id,
        "depth": run.depth,
        "input": run.input,
        "output": run.output,
        "variables": run.variables,
        "waiting": {"kind": pending.kind, "action_id": pending.action_id} if pending else None,
        "move_count": run.cursor.moves,
        "end_reason": run.end_reason,
        "failure": run.failure,
        "webhook_uri": run.webhook_uri,
        "webhook_method": run.webhook_method,
        "on_complete_flow_id": run.on_complete_flow_id,
        "metadata": run.metadata,
        "created_by": run.created_by,
        "create_time": run.create_time,
        "update_time": run.update_time,
        "end_time": run.end_time,
        "delete_time": run.delete_time,
    }


def move_json(move: Move) -> dict[str, Any]:
    """Gives a move as a JSON object."""
    return {
        "number": move.number,
        "action_id": move.action_id,
        "next_id": move.next_id,
        "type": move.type,
        "option": move.option,
        "arrive_time": move.arrive_time,
        "outcome": move.outcome,
        "message": move.message,
    }
