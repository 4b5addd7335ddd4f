"""Generations: the jobs that write flows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flowgen_core.model.chat import Failure


class GenerationState(StrEnum):
    """How far a generation is."""

    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Generation:
    """A job that runs a flow type. `parameters` and `context` are JSON text as it was sent; None is absent."""

    id: str
    project_id: str
    flow_type: str
    parameters: str
    context: str | None
    state: GenerationState
    create_time: datetime
    update_time: datetime
    flow_id: str = ""
    cost: int | None = None
    failure: Failure | None = None
    attempt: int = 0
