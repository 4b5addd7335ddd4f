"""Writes the document of a vacancy flow."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid5

from flowgen_plugins.vacancy.asks import Asks, Option
from flowgen_plugins.vacancy.emoji import decorate
from flowgen_plugins.vacancy.fields import SessionFields, label_of, name_fields
from flowgen_plugins.vacancy.output import schema
from flowgen_plugins.vacancy.parameters import VacancyContext, VacancyParameters
from flowgen_plugins.vacancy.questions import field_line, summary_line
from flowgen_plugins.vacancy.slots import title
from flowgen_plugins.vacancy.texts import LANGUAGES

FLOW_TYPE, VERSION = "vacancy_application_flow", 1
_LONGEST_NAME = 80
# A day; each question times out before it, so that the flow itself can say goodbye.
_SESSION_TIMEOUT = 86400


@dataclass(frozen=True, slots=True)
class _Node:
    """An action that knows its neighbours by their keys; without `next_key` the one that follows is next."""

    key: str
    type: str
    option: Option
    targets: dict[str, str] = field(default_factory=dict)
    next_key: str = ""


def write_flow(
    generation_id: str, parameters: VacancyParameters, context: VacancyContext | None
) -> dict[str, Any]:
    """Writes the flow (JSON); the same arguments give the same bytes, and ids are derived from the keys."""
    writer = _Writer(parameters, context)
    namespace = UUID(generation_id)
    ids = {node.key: str(uuid5(namespace, node.key)) for node in writer.nodes}
    return {
        "name": writer.job,
        "actions": [_action(node, ids) for node in writer.nodes],
        "steps": [],
        "output_schema": writer.output_schema,
        "properties": writer.properties,
        "session_timeout": _SESSION_TIMEOUT,
    }


def _action(node: _Node, ids: dict[str, str]) -> dict[str, Any]:
    option = dict(node.option)
    if node.type == "ask":
        option["targets"] = {outcome: ids[key] for outcome, key in node.targets.items()}
    next_id = ids[node.next_key] if node.next_key else ""
    return {"id": ids[node.key], "type": node.type, "title": node.key, "option": option, "next_id": next_id}


class _Writer:
    def __init__(self, parameters: VacancyParameters, context: VacancyContext | None) -> None:
        self._parameters, self._language = parameters, LANGUAGES[parameters.language]
        self._names: SessionFields = name_fields(parameters)
        self._asks = Asks(self._language, parameters.emoji_usage)
        self.job = parameters.flow_name or _first_line(context) or self._language.default_name
        opening = [self._greeting(), *self._questions()]
        linked = [
            _Node(node.key, node.type, node.option, node.targets, node.next_key or follower.key)
            for node, follower in pairwise([*opening, self._end("accepted")])
        ]
        self.nodes = [*linked, *map(self._end, ("accepted", "declined", "abandoned"))]

    @property
    def output_schema(self) -> dict[str, Any]:
        names = self._names
        return schema([*names.required, *names.optional], [*names.knockout, *names.preferred])

    @property
    def properties(self) -> dict[str, Any]:
        properties = {
            "flow_type": FLOW_TYPE,
            "flow_type_version": VERSION,
            "language": self._language.code,
            "vacancy_id": self._parameters.vacancy_id,
            "reminder_interval": 60,
            "reminder_message": self._asks.reminder,
        }
        talk = self._parameters.appointment
        if talk:
            properties["appointment"] = {
                "title": title(talk, self._language),
                "mode": talk.mode,
                "location": talk.location or None,
                "duration_minutes": talk.duration_minutes,
            }
        return properties

    def _greeting(self) -> _Node:
        text = self._language.greeting.format(job=self.job)
        cleared = {"answers": [], **dict.fromkeys(self._names.every, "")}
        said = decorate(text, "greeting", self._parameters.emoji_usage)
        return _Node("greeting", "say", {"text": said, "set": cleared})

    def _questions(self) -> Iterator[_Node]:
        yield from self._requirements()
        yield from self._fields()
        yield from self._appointment()
        lines = list(self._lines())
        if lines:
            yield _ask("summary", self._asks.summary(lines), {"no": "correction"}, next_key="accepted")
            yield _ask("correction", self._asks.correction(), next_key="accepted")

    def _requirements(self) -> Iterator[_Node]:
        given, names = self._parameters, self._names
        for number, (item, name) in enumerate(
            zip(given.knockout_requirements, names.knockout, strict=True), 1
        ):
            option = self._asks.requirement(item, name, "knockout")
            yield _ask(f"knockout_{number}", option, {"no": "declined"})
        for number, (item, name) in enumerate(
            zip(given.preferred_requirements, names.preferred, strict=True), 1
        ):
            yield _ask(f"preferred_{number}", self._asks.requirement(item, name, "preferred"))

    def _fields(self) -> Iterator[_Node]:
        given, names = self._parameters, self._names
        for number, (item, name) in enumerate(zip(given.required_fields, names.required, strict=True), 1):
            yield _ask(f"required_{number}", self._asks.field(item, name, "required"))
        for number, (item, name) in enumerate(zip(given.optional_fields, names.optional, strict=True), 1):
            yield _ask(f"optional_{number}", self._asks.field(item, name, "optional"))

    def _appointment(self) -> Iterator[_Node]:
        talk, name = self._parameters.appointment, self._names.appointment
        if not talk or not name:
            return
        if talk.slots:
            elsewhere = {"none": "appointment_open", "unavailable": "appointment_open"}
            yield _ask("appointment", self._asks.slot(talk, name), elsewhere, next_key="summary")
        yield _ask("appointment_open", self._asks.open_time(talk, name))

    def _lines(self) -> Iterator[str]:
        given, names = self._parameters, self._names
        items = [*given.required_fields, *given.optional_fields]
        for item, name in zip(items, (*names.required, *names.optional), strict=True):
            yield field_line(item.value, name, self._language)
        if given.appointment and names.appointment:
            yield summary_line(title(given.appointment, self._language), label_of(names.appointment))

    def _end(self, outcome: str) -> _Node:
        text = getattr(self._language, outcome).format(job=self.job)
        if outcome == "accepted":
            text = decorate(text, "accepted", self._parameters.emoji_usage)
        names = self._names
        option = {
            "outcome": outcome,
            "text": text,
            "fields": [*names.required, *names.optional],
            "requirements": [*names.knockout, *names.preferred],
            "preferred": list(names.preferred),
            "appointment": names.appointment,
        }
        return _Node(outcome, "application_end", option)


def _ask(key: str, option: Option, targets: dict[str, str] | None = None, next_key: str = "") -> _Node:
    leaving = {"timeout": "abandoned", "stopped": "abandoned"}
    return _Node(key, "ask", option, {**(targets or {}), **leaving}, next_key)


def _first_line(context: VacancyContext | None) -> str:
    """Names the job by the first line of the vacancy's text; empty when that cannot be a name."""
    lines = context.value.splitlines() if context else []
    line = next((" ".join(line.split()) for line in lines if line.strip()), "").removesuffix(".").strip()
    if len(line) > _LONGEST_NAME:
        line = line[: _LONGEST_NAME + 1].rpartition(" ")[0] or line[:_LONGEST_NAME]
    return "" if "${" in line else line
