"""Runs: executions of a flow, their place in it, and their trace."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from flowgen_core.model.chat import Failure
from flowgen_core.model.outcomes import WaitKind


class RunState(StrEnum):
    """How far a run is."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    LISTENING = "LISTENING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"
    TIMED_OUT = "TIMED_OUT"

    @property
    def is_open(self) -> bool:
        """Tells whether the run may still do something."""
        return self in {RunState.QUEUED, RunState.RUNNING, RunState.WAITING, RunState.LISTENING}


class RunKind(StrEnum):
    """What a run is for."""

    FLOW = "FLOW"
    EVALUATION_JOB = "EVALUATION_JOB"
    EVALUATION = "EVALUATION"


@dataclass(frozen=True, slots=True)
class Frame:
    """A list of actions that is being run: the document's own, or those of one of its steps.

    `index` is the place of the action that comes next, or that waits.
    """

    document_id: str
    step_id: str = ""
    index: int = 0
    # How often each `goto` here has jumped, by the place of the action.
    jumps: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pending:
    """The action that waits or yielded. `kind` is None after a yield; `data` is the action's own JSON."""

    kind: WaitKind | None
    action_id: str
    move: int
    prompt: str = ""
    sender: str = ""
    until: datetime | None = None
    data: Any = None
    # Inputs up to this number are passed over by a fresh wait.
    after_input: int = 0
    # What ended the wait, where it was no input and no time: then `kind` is None.
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a run is: the whole state of the engine, which goes to JSON and back."""

    frames: tuple[Frame, ...]
    pending: Pending | None = None
    moves: int = 0
    # Moves outside steps, which alone count for the limit of a run.
    main_moves: int = 0
    # The step that was matched last, and earlier ones, latest first.
    step_id: str = ""
    earlier: tuple[str, ...] = ()


class MoveOutcome(StrEnum):
    """What became of a move."""

    DONE = "DONE"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Move:
    """The cursor's arrival at an action. `option` is JSON text, substituted, at most 2 KiB; empty `outcome` waits."""

    run_id: str
    number: int
    action_id: str
    type: str
    arrive_time: datetime
    next_id: str = ""
    option: str = "{}"
    outcome: MoveOutcome | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a flow. `input`, `output`, `variables` are JSON text; `variables` is the snapshot at its end."""

    id: str
    project_id: str
    chat_id: str
    flow_id: str
    revision_id: str
    state: RunState
    cursor: Cursor
    created_by: str
    create_time: datetime
    update_time: datetime
    turn: int = 0
    input: str = "{}"
    output: str = ""
    variables: str = ""
    end_reason: str = ""
    failure: Failure | None = None
    message_id: str = ""
    session_until: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    version: str = ""
    kind: RunKind = RunKind.FLOW
    parent_id: str = ""
    root_id: str = ""
    # How many on-complete runs came before.
    depth: int = 0
    # JSON text: what replaces fields of options; what the caller keeps with the run; what language models used.
    overrides: str = "{}"
    metadata: str = "{}"
    usage: str = "{}"
    webhook_uri: str = ""
    webhook_method: str = ""
    on_complete_flow_id: str = ""
    # JSON text of an evaluation plan, or of an evaluation's own description.
    evaluation_plan: str = ""
    evaluation_run_id: str = ""
    # The newest event of a run without a chat.
    last_seq: int = 0
    delete_time: datetime | None = None
    moves: tuple[Move, ...] = ()
    message_ids: tuple[str, ...] = ()
