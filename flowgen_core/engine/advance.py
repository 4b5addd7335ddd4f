"""Which action is next, and where an outcome leads. Pure: the same arguments give the same decision."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flowgen_core.model.flow import NIL_ID, Action, Document
from flowgen_core.model.outcomes import Jump
from flowgen_core.model.run import Cursor, Frame

MOVES_PER_TURN = 100
MOVES_PER_RUN = 1000
NESTING = 100

Documents = Mapping[str, Document]


@dataclass(frozen=True, slots=True)
class Act:
    """Run this action; it is the move `cursor.moves`."""

    cursor: Cursor
    action: Action


@dataclass(frozen=True, slots=True)
class Rest:
    """There is no action left."""

    cursor: Cursor


@dataclass(frozen=True, slots=True)
class Fail:
    """The run cannot go on; `reason` is one of the run's failure reasons."""

    cursor: Cursor
    reason: str
    message: str


Decision = Act | Rest | Fail


def start(document_id: str) -> Cursor:
    """Stands before the first action of a document."""
    return Cursor((Frame(document_id),))


def enter_step(cursor: Cursor, document_id: str, step_id: str) -> Cursor:
    """Stands before the first action of a step; what was under way is over."""
    return replace(cursor, frames=(Frame(document_id, step_id),), pending=None)


def advance(cursor: Cursor, documents: Documents, turn_moves: int) -> Decision:
    """Decides what to do at the cursor; `turn_moves` counts the moves that this turn has made."""
    cursor = _climb(cursor, documents)
    if not cursor.frames:
        return Rest(cursor)
    in_step = bool(cursor.frames[0].step_id)
    if turn_moves >= MOVES_PER_TURN or (not in_step and cursor.main_moves >= MOVES_PER_RUN):
        limit = MOVES_PER_TURN if turn_moves >= MOVES_PER_TURN else MOVES_PER_RUN
        return Fail(cursor, "EXECUTION_LIMIT", f"More than {limit} moves.")
    frame = cursor.frames[-1]
    moved = replace(
        cursor, moves=cursor.moves + 1, main_moves=cursor.main_moves + (not in_step), pending=None
    )
    return Act(moved, actions_of(frame, documents)[frame.index])


def go_on(cursor: Cursor, documents: Documents) -> Cursor:
    """Leaves the action at the cursor for its `next_id`, else for the one that follows."""
    frame = cursor.frames[-1]
    action = actions_of(frame, documents)[frame.index]
    if not action.next_id or action.next_id == NIL_ID:
        return _place(cursor, replace(frame, index=frame.index + 1))
    found = _find(cursor, documents, action.next_id)
    # An unknown `next_id` ends the run: documents that say so exist and mean it.
    return found if found is not None else replace(cursor, frames=(), pending=None)


def jump(cursor: Cursor, documents: Documents, outcome: Jump) -> Cursor | Fail:
    """Goes to an action of this frame, else of one further out."""
    if outcome.limit is not None:
        counted = _count(cursor, outcome.limit)
        if counted is None:
            return go_on(cursor, documents)
        cursor = counted
    found = _find(cursor, documents, outcome.target_id)
    if found is None and outcome.optional:
        return go_on(cursor, documents)
    if found is None:
        return Fail(cursor, "TARGET_NOT_FOUND", f"There is no action `{outcome.target_id[:80]}`.")
    return found


def call(cursor: Cursor, documents: Documents, document_id: str) -> Cursor | Fail:
    """Puts the actions of another document in front; at their end the cursor comes back."""
    if not documents[document_id].actions:
        return go_on(cursor, documents)
    if len(cursor.frames) > NESTING:
        return Fail(cursor, "NESTING_LIMIT", f"Flows may call each other {NESTING} deep.")
    return replace(cursor, frames=(*cursor.frames, Frame(document_id)), pending=None)


def actions_of(frame: Frame, documents: Documents) -> tuple[Action, ...]:
    """Gives the list of actions that a frame runs."""
    document = documents[frame.document_id]
    if not frame.step_id:
        return document.actions
    return next((step.actions for step in document.steps if step.id == frame.step_id), ())


def _climb(cursor: Cursor, documents: Documents) -> Cursor:
    while cursor.frames and cursor.frames[-1].index >= len(actions_of(cursor.frames[-1], documents)):
        cursor = replace(cursor, frames=cursor.frames[:-1], pending=None)
        if cursor.frames:
            cursor = go_on(cursor, documents)
    return cursor


def _place(cursor: Cursor, frame: Frame) -> Cursor:
    return replace(cursor, frames=(*cursor.frames[:-1], frame), pending=None)


def _find(cursor: Cursor, documents: Documents, action_id: str) -> Cursor | None:
    for depth in range(len(cursor.frames), 0, -1):
        frame = cursor.frames[depth - 1]
        for index, action in enumerate(actions_of(frame, documents)):
            if action.id == action_id:
                return _place(replace(cursor, frames=cursor.frames[:depth]), replace(frame, index=index))
    return None


def _count(cursor: Cursor, limit: int) -> Cursor | None:
    frame = cursor.frames[-1]
    made = frame.jumps.get(str(frame.index), 0)
    if made >= limit:
        return None
    return _place(cursor, replace(frame, jumps={**frame.jumps, str(frame.index): made + 1}))
