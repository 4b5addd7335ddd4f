"""Generations as rows. `attempt` is the fence: only the try that the row counts may change it."""

from dataclasses import dataclass
from datetime import datetime

from flowgen_core.model.chat import Failure
from flowgen_core.model.generation import Generation, GenerationState
from flowgen_core.model.times import from_micros, to_micros
from flowgen_core.store.paging import NEWEST_FIRST, OLDEST_FIRST, Listing, Page, Query, select
from flowgen_core.store.tx import Row, Tx, marks

KIND = "generation"


@dataclass(frozen=True, slots=True)
class GenerationFilter:
    """What generations must fit; empty fits all. `ignore_case` compares flow types so."""

    states: tuple[GenerationState, ...] = ()
    flow_types: tuple[str, ...] = ()
    ignore_case: bool = False
    flow_ids: tuple[str, ...] = ()
    create_time_from: datetime | None = None
    create_time_to: datetime | None = None
    oldest_first: bool = False


def insert(tx: Tx, generation: Generation) -> None:
    """Stores a new generation."""
    tx.insert(
        "generations",
        id=generation.id,
        project_id=generation.project_id,
        flow_type=generation.flow_type,
        parameters=generation.parameters,
        context=generation.context,
        state=generation.state.value,
        flow_id="",
        cost=None,
        failure_reason="",
        failure_message="",
        attempt=0,
        create_time=to_micros(generation.create_time),
        update_time=to_micros(generation.update_time),
    )


def get(tx: Tx, generation_id: str, project_id: str | None = None) -> Generation | None:
    """Reads a generation; with `project_id`, only one of that project."""
    row = tx.one("SELECT * FROM generations WHERE id = ?", generation_id)
    if row is None or project_id not in {None, row["project_id"]}:
        return None
    return _generation(row)


def due(tx: Tx, generation_id: str, now: int) -> bool:
    """Tells whether a generation must be looked at now, not only later."""
    row = tx.one("SELECT due_at FROM work WHERE kind = ? AND key = ?", KIND, generation_id)
    return row is not None and row["due_at"] <= now


def save(tx: Tx, generation: Generation, attempt: int) -> bool:
    """Writes what may change, if `attempt` is still the try that counts; False, and nothing, if it is not."""
    failure = generation.failure or Failure("", "")
    changed = tx.run(
        "UPDATE generations SET state = ?, flow_id = ?, cost = ?, failure_reason = ?, failure_message = ?,"
        " attempt = ?, update_time = ? WHERE id = ? AND attempt = ?",
        generation.state.value,
        generation.flow_id,
        generation.cost,
        failure.reason,
        failure.message,
        generation.attempt,
        to_micros(generation.update_time),
        generation.id,
        attempt,
    )
    return bool(changed)


def delete(tx: Tx, generation_id: str) -> None:
    """Removes a generation."""
    tx.run("DELETE FROM generations WHERE id = ?", generation_id)


def select_page(
    tx: Tx, project_id: str, fits: GenerationFilter, page: Page, *, with_total: bool = False
) -> Listing[Generation]:
    """Lists the generations of a project that fit all filters."""
    query = _query(project_id, fits)
    return select(tx, query, page, _generation, with_total=with_total, weigh=_weight)


def _query(project_id: str, fits: GenerationFilter) -> Query:
    sql, args = "SELECT * FROM generations WHERE project_id = ?", [project_id]
    flow_type, mark = ("LOWER(flow_type)", "LOWER(?)") if fits.ignore_case else ("flow_type", "?")
    for column, values, one in (
        ("state", fits.states, "?"),
        (flow_type, fits.flow_types, mark),
        ("flow_id", fits.flow_ids, "?"),
    ):
        if values:
            sql += f" AND {column} IN ({marks(len(values)).replace('?', one)})"
            args += [str(value) for value in values]
    times: list[int] = []
    for operator, time in ((">=", fits.create_time_from), ("<", fits.create_time_to)):
        if time is not None:
            sql += f" AND create_time {operator} ?"
            times.append(to_micros(time))
    return Query(sql, (*args, *times), OLDEST_FIRST if fits.oldest_first else NEWEST_FIRST)


def _generation(row: Row) -> Generation:
    failure = Failure(row["failure_reason"], row["failure_message"]) if row["failure_reason"] else None
    return Generation(
        id=row["id"],
        project_id=row["project_id"],
        flow_type=row["flow_type"],
        parameters=row["parameters"],
        context=row["context"],
        state=GenerationState(row["state"]),
        create_time=from_micros(row["create_time"]),
        update_time=from_micros(row["update_time"]),
        flow_id=row["flow_id"],
        cost=row["cost"],
        failure=failure,
        attempt=row["attempt"],
    )


def _weight(row: Row) -> int:
    # A character may take four bytes.
    return 4 * (len(row["parameters"]) + len(row["context"] or "")) + 1000
