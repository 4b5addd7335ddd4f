"""Flows on their way into the store: ids made, problems found, the rows written."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flowgen_core.api import ActionType
from flowgen_core.engine.doubts import Found
from flowgen_core.engine.validate import LENIENT, validate
from flowgen_core.model.errors import FlowGenError, Reason, Violation
from flowgen_core.model.flow import NIL_ID, Action, Document, Flow, Problem, Severity, Step
from flowgen_core.model.jsontext import BadJson
from flowgen_core.runtime.judge import OptionJudge
from flowgen_core.runtime.limits import oversize
from flowgen_core.runtime.revisions import revision_id
from flowgen_core.runtime.schemas import BadSchema, Schemas
from flowgen_core.store import documents, flow_events, flows
from flowgen_core.store.tx import Tx

_TOO_LARGE = ("TOO_LARGE", "")
_FIELDS = ("", "name", "actions", "steps", "input_schema", "output_schema")


@dataclass(frozen=True, slots=True)
class Checker:
    """Finds what is wrong in a document, with what only this server knows of it."""

    action_types: Mapping[str, ActionType]
    schemas: Schemas
    # How the names of variables begin that have a value without being set.
    prefixes: Collection[str] = ()

    def problems(
        self, tx: Tx, project_id: str, document: Document, *, flow_id: str = "", lenient: bool = False
    ) -> list[Problem]:
        """Gives all problems in the order of the document; `flow_id` is its own, which it may name."""
        sizes = _sizes(document)
        if sizes and sizes[0][:2] == _TOO_LARGE:
            # To judge all that somebody can send at once would take longer than a caller may make us work.
            return [_graded(sizes[0], lenient)]
        judge = OptionJudge(self.action_types)
        found = validate(document, judge, lenient=lenient, prefixes=self.prefixes)
        more = [*sizes, *self._schema_problems(document)]
        more += _unknown_flows(tx, project_id, document, judge, flow_id)
        found += [_graded(problem, lenient) for problem in more]
        return sorted(found, key=lambda problem: _place(problem.path))

    def _schema_problems(self, document: Document) -> Iterator[Found]:
        for name in ("input_schema", "output_schema"):
            schema = getattr(document, name)
            try:
                if schema is not None:
                    self.schemas.check(schema)
            except BadSchema as error:
                yield "BAD_OPTION", name, str(error)


def with_ids(document: Document, new_id: Callable[[], str]) -> Document:
    """Gives the document with ids for the actions, steps and intents that have none."""
    steps = tuple(_step_with_ids(step, new_id) for step in document.steps)
    return replace(document, actions=_actions_with_ids(document.actions, new_id), steps=steps)


def refuse_errors(problems: Sequence[Problem]) -> None:
    """Raises INVALID_FLOW with every error among the problems; warnings refuse nothing."""
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        raise FlowGenError(
            Reason.INVALID_FLOW,
            f"The flow has {len(errors)} error{'s' if len(errors) > 1 else ''}; see the violations.",
            violations=[Violation(problem.path, problem.code, problem.message) for problem in errors],
        )


def new_flow(flow_id: str, project_id: str, document: Document, now: datetime) -> Flow:
    """Gives a flow in its first revision."""
    return Flow(flow_id, project_id, document, revision_id(flow_id, 1), "1", now, now)


def insert_flow(tx: Tx, flow: Flow) -> Flow:
    """Stores a new flow whose document was checked, with its first revision."""
    documents.insert(tx, flow.revision_id, flow.project_id, flow.document)
    flows.insert(tx, flow)
    flow_events.note(tx, flow, "flow.created", flow.create_time)
    return flow


def _step_with_ids(step: Step, new_id: Callable[[], str]) -> Step:
    intent = replace(step.intent, id=step.intent.id or new_id()) if step.intent else None
    return replace(
        step, id=step.id or new_id(), intent=intent, actions=_actions_with_ids(step.actions, new_id)
    )


def _actions_with_ids(actions: Sequence[Action], new_id: Callable[[], str]) -> tuple[Action, ...]:
    return tuple(action if action.id else replace(action, id=new_id()) for action in actions)


def _sizes(document: Document) -> list[Found]:
    try:
        return list(oversize(document))
    except BadJson as error:
        return [("TOO_LARGE", "", f"cannot be written as JSON text: {error}")]


def _unknown_flows(
    tx: Tx, project_id: str, document: Document, judge: OptionJudge, own_id: str
) -> Iterator[Found]:
    def missing(flow_id: str) -> bool:
        if flow_id in {"", NIL_ID, own_id} or "${" in flow_id:
            return False
        head = flows.head(tx, project_id, flow_id.lower())
        return head is None or head.deleted

    if missing(document.on_complete_flow_id):
        yield "UNKNOWN_ON_COMPLETE_FLOW", "on_complete_flow_id", "must be the id of a flow of this project"
    for path, action in _actions(document):
        for inside, flow_id in judge.flows(action).items():
            if missing(flow_id):
                yield "UNKNOWN_FLOW", f"{path}.option.{inside}", "must be the id of a flow of this project"


def _actions(document: Document) -> Iterator[tuple[str, Action]]:
    for number, action in enumerate(document.actions):
        yield f"actions[{number}]", action
    for place, step in enumerate(document.steps):
        for number, action in enumerate(step.actions):
            yield f"steps[{place}].actions[{number}]", action


def _graded(found: Found, lenient: bool) -> Problem:
    warning = lenient and found[0] in LENIENT
    return Problem(*found, Severity.WARNING if warning else Severity.ERROR)


def _place(path: str) -> tuple[int, list[int]]:
    field = re.split(r"[\[.]", path, maxsplit=1)[0]
    number = _FIELDS.index(field) if field in _FIELDS else len(_FIELDS)
    return number, [int(index) for index in re.findall(r"\[(\d{1,9})\]", path)]
