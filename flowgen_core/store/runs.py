"""Runs and their moves as rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flowgen_core.model import state
from flowgen_core.model.run import Move, MoveOutcome, Run, RunKind, RunState
from flowgen_core.model.times import from_micros, to_micros
from flowgen_core.store import messages
from flowgen_core.store.chats import failure_text, read_failure
from flowgen_core.store.paging import Listing, Page, Query, select, size_of
from flowgen_core.store.tx import Row, Tx

# What `with_moves` shows of a run, which with its variables must stay under 4 MiB.
MOST_MOVES = 1000
MOST_MOVE_BYTES = 1024 * 1024


def insert(tx: Tx, run: Run) -> None:
    """Inserts a run."""
    tx.insert(
        "runs",
        id=run.id,
        project_id=run.project_id,
        chat_id=run.chat_id,
        input=run.input,
        message_id=run.message_id,
        created_by=run.created_by,
        create_time=to_micros(run.create_time),
        version=run.version,
        kind=run.kind,
        parent_id=run.parent_id,
        root_id=run.root_id or run.id,
        depth=run.depth,
        metadata=run.metadata,
        webhook_uri=run.webhook_uri,
        webhook_method=run.webhook_method,
        on_complete_flow_id=run.on_complete_flow_id,
        **_changing(run),
    )


def save(tx: Tx, run: Run) -> None:
    """Writes what may change in a run."""
    tx.update("runs", run.id, **_changing(run))


def get(tx: Tx, run_id: str, project_id: str | None = None, *, with_moves: bool = False) -> Run | None:
    """Gives a run; with `project_id`, only one of that project."""
    row = tx.one("SELECT * FROM runs WHERE id = ?", run_id)
    if row is None or row["delete_time"] is not None or project_id not in {None, row["project_id"]}:
        return None
    return _whole(tx, from_row(row)) if with_moves else from_row(row)


def turn_of(tx: Tx, run_id: str) -> int | None:
    """Gives the fence of a run: how many turns were committed; None where there is no such run."""
    row = tx.one("SELECT turn FROM runs WHERE id = ?", run_id)
    return row["turn"] if row else None


def exists(tx: Tx, run_id: str) -> bool:
    """Tells whether an id is taken, also by a deleted run."""
    return tx.one("SELECT 1 AS yes FROM runs WHERE id = ?", run_id) is not None


def children(tx: Tx, run_id: str) -> list[Run]:
    """Gives the runs that a run started, oldest first."""
    rows = tx.all("SELECT * FROM runs WHERE parent_id = ? ORDER BY create_time, id", run_id)
    return [from_row(row) for row in rows]


def finish_move(tx: Tx, run_id: str, number: int, message: str) -> None:
    """Marks a move that waited as done."""
    sql = "UPDATE moves SET outcome = 'DONE', message = ? WHERE run_id = ? AND number = ?"
    tx.run(sql, message, run_id, number)


def save_moves(tx: Tx, moves: Sequence[Move]) -> None:
    """Writes moves; one that waited is written again with its outcome."""
    if not moves:
        return
    rows = [_move_row(move) for move in moves]
    names = tuple(rows[0])
    values = [value for row in rows for value in row.values()]
    places = ", ".join(["(" + ", ".join("?" * len(names)) + ")"] * len(rows))
    tx.run(
        f"INSERT INTO moves ({', '.join(names)}) VALUES {places} ON CONFLICT (run_id, number)"
        " DO UPDATE SET outcome = excluded.outcome, message = excluded.message, option = excluded.option",
        *values,
    )


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs of a project are wanted; empty fields let all through."""

    chat_id: str = ""
    flow_id: str = ""
    parent_id: str = ""
    kind: RunKind | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    with_moves: bool = False


def select_page(
    tx: Tx, project_id: str, fits: RunFilter, page: Page, *, with_total: bool = False
) -> Listing[Run]:
    """Lists a project's runs, newest first."""
    conditions: list[tuple[str, Any]] = [
        ("project_id = ? AND delete_time IS NULL", project_id),
        ("chat_id = ?", fits.chat_id),
        ("flow_id = ?", fits.flow_id),
        ("parent_id = ?", fits.parent_id),
        ("kind = ?", fits.kind),
        ("create_time >= ?", _micros(fits.created_from)),
        ("create_time < ?", _micros(fits.created_to)),
    ]
    given = [(condition, value) for condition, value in conditions if value not in {None, ""}]
    where = " AND ".join(condition for condition, _ in given)
    query = Query(f"SELECT * FROM runs WHERE {where}", tuple(value for _, value in given))

    def weigh(row: Row) -> int:
        return _weight(row) + (_weight_of_moves(tx, row["id"]) if fits.with_moves else 0)

    found = select(tx, query, page, from_row, with_total=with_total, weigh=weigh)
    return replace(found, rows=tuple(_whole(tx, run) for run in found.rows)) if fits.with_moves else found


def from_row(row: Row) -> Run:
    """Reads a run from its columns, without its moves."""
    values = dict(row)
    values["state"] = RunState(row["state"])
    values["kind"] = RunKind(row["kind"])
    values["cursor"] = state.from_json(row["cursor"])
    values["failure"] = read_failure(row["failure"])
    for name in ("create_time", "update_time", "start_time", "end_time", "session_until", "delete_time"):
        values[name] = from_micros(row[name]) if row[name] is not None else None
    return Run(**values)


def _whole(tx: Tx, run: Run) -> Run:
    said = messages.ids_of_run(tx, run.id)
    return replace(run, moves=tuple(map(_move, _last_moves(tx, run.id))), message_ids=tuple(said))


def _last_moves(tx: Tx, run_id: str) -> list[Row]:
    # A run that listens for years has more moves than one answer holds.
    rows = tx.all("SELECT * FROM moves WHERE run_id = ? ORDER BY number DESC LIMIT ?", run_id, MOST_MOVES)
    weight = 0
    fitting: list[Row] = []
    for row in rows:
        weight += _weight_of_move(row)
        if fitting and weight > MOST_MOVE_BYTES:
            break
        fitting.append(row)
    return fitting[::-1]


def _weight_of_moves(tx: Tx, run_id: str) -> int:
    return sum(map(_weight_of_move, _last_moves(tx, run_id)))


def _weight_of_move(row: Row) -> int:
    return size_of(row["action_id"], row["next_id"], row["type"], row["option"], row["message"]) + 50


def _changing(run: Run) -> dict[str, Any]:
    return {
        "state": run.state,
        "turn": run.turn,
        "cursor": state.to_json(run.cursor),
        "output": run.output,
        "variables": run.variables,
        "end_reason": run.end_reason,
        "failure": failure_text(run.failure),
        "session_until": _micros(run.session_until),
        "flow_id": run.flow_id,
        "revision_id": run.revision_id,
        "overrides": run.overrides,
        "usage": run.usage,
        "evaluation_plan": run.evaluation_plan,
        "evaluation_run_id": run.evaluation_run_id,
        "last_seq": run.last_seq,
        "start_time": _micros(run.start_time),
        "delete_time": _micros(run.delete_time),
        "update_time": to_micros(run.update_time),
        "end_time": _micros(run.end_time),
    }


def _move_row(move: Move) -> dict[str, Any]:
    return {
        "run_id": move.run_id,
        "number": move.number,
        "action_id": move.action_id,
        "next_id": move.next_id,
        "type": move.type,
        "option": move.option,
        "arrive_time": to_micros(move.arrive_time),
        "outcome": move.outcome or "",
        "message": move.message,
    }


def _move(row: Row) -> Move:
    outcome = MoveOutcome(row["outcome"]) if row["outcome"] else None
    return Move(**{**row, "outcome": outcome, "arrive_time": from_micros(row["arrive_time"])})


def _micros(time: datetime | None) -> int | None:
    return to_micros(time) if time is not None else None


def _weight(row: Row) -> int:
    return size_of(row["input"], row["output"], row["variables"], row["cursor"], row["failure"] or "") + 500
