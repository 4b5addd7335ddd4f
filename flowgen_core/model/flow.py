"""Flows: what people write, what is stored, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

NIL_ID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. `option` is the JSON object that the action type's `Option` describes."""

    id: str
    type: str
    title: str = ""
    # JSON values of any kind; the action type's model gives them types.
    option: Mapping[str, Any] = field(default_factory=dict)
    next_id: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """Something that a person might say to mean an intent."""

    query: str
    # JSON list of marked entities, kept for recognizers.
    entities: Any = None


@dataclass(frozen=True, slots=True)
class Intent:
    """What a person wants, shown by examples."""

    id: str = ""
    title: str = ""
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """What a step takes out of a text, and the variable (`label`) that keeps it."""

    validation: str = ""
    entity_id: str = ""
    label: str = ""


class StepType(StrEnum):
    """What triggers a step."""

    INTENT = "INTENT"
    SLOT = "SLOT"
    ANYTHING = "ANYTHING"
    EVENT = "EVENT"
    UNKNOWN = "UNKNOWN"
    NOTHING = "NOTHING"


@dataclass(frozen=True, slots=True)
class Step:
    """A trigger with its own actions; `contexts` name the steps that must have come before."""

    id: str
    type: str
    title: str = ""
    contexts: tuple[str, ...] = ()
    intent: Intent | None = None
    slot: Slot | None = None
    timeout: int = 0
    # A JSON value, kept for flow types that know conditions.
    when: Any = None
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What a flow says. It never changes: another document is another revision."""

    name: str = ""
    actions: tuple[Action, ...] = ()
    steps: tuple[Step, ...] = ()
    # JSON Schemas, or None where the flow names none.
    input_schema: Mapping[str, Any] | None = None
    output_schema: Mapping[str, Any] | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    on_complete_flow_id: str = ""
    session_timeout: int = 0


@dataclass(frozen=True, slots=True)
class Flow:
    """A stored flow in its newest revision."""

    id: str
    project_id: str
    document: Document
    revision_id: str
    etag: str
    create_time: datetime
    update_time: datetime
    delete_time: datetime | None = None
    generation_id: str = ""
    release_version: str = ""
    release_time: datetime | None = None
    has_unreleased_changes: bool = True


@dataclass(frozen=True, slots=True)
class Release:
    """A frozen revision of a flow under a version."""

    flow_id: str
    version: str
    revision_id: str
    created_by: str
    create_time: datetime


class Severity(StrEnum):
    """Whether a problem refuses the flow."""

    ERROR = "ERROR"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a flow; `path` is such as `actions[3].option.target_id`."""

    code: str
    path: str
    message: str
    severity: Severity = Severity.ERROR
