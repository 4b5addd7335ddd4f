"""Flows of the wire as documents: every JSON text read, every bad one named."""

from typing import Any

from google.protobuf.message import Message

from flowgen_core.model.errors import FlowGenError, Reason, Violation, invalid
from flowgen_core.model.flow import Action, Document, Example, Intent, Slot, Step
from flowgen_core.pb.v1 import flow_pb2
from flowgen_core.runtime.jsonfields import read_json

_KINDS: dict[type, str] = {dict: "an object", list: "an array"}


def flow_of(request: flow_pb2.CreateFlowRequest | flow_pb2.ValidateFlowRequest) -> Document:
    """Reads the flow of a request. Raises INVALID_ARGUMENT."""
    if not request.HasField("flow"):
        raise invalid("flow", "REQUIRED", "is required")
    return flow_in(request.flow)


def flow_in(flow: flow_pb2.Flow) -> Document:
    """Reads what a flow says. Raises INVALID_ARGUMENT with every text that is no JSON."""
    reader = _Reader()
    document = reader.document(flow)
    if reader.violations:
        raise FlowGenError(
            Reason.INVALID_ARGUMENT,
            "The flow holds texts that are not the JSON they must be; see the violations.",
            violations=reader.violations,
        )
    return document


class _Reader:
    """Reads one flow and notes what is wrong."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []

    def document(self, flow: flow_pb2.Flow) -> Document:
        return Document(
            name=flow.name,
            actions=tuple(self._action(action, f"actions[{n}]") for n, action in enumerate(flow.actions)),
            steps=tuple(self._step(step, f"steps[{n}]") for n, step in enumerate(flow.steps)),
            input_schema=self._json(flow, "input_schema_json", "", dict),
            output_schema=self._json(flow, "output_schema_json", "", dict),
            properties=self._json(flow, "properties_json", "", dict) or {},
            on_complete_flow_id=flow.on_complete_flow_id.lower(),
            session_timeout=flow.session_timeout,
        )

    def _action(self, action: flow_pb2.Action, path: str) -> Action:
        option = self._json(action, "option_json", path, dict) or {}
        return Action(action.id, action.type, action.title, option, action.next_id)

    def _step(self, step: flow_pb2.Step, path: str) -> Step:
        actions = enumerate(step.actions)
        return Step(
            id=step.id,
            type=step.type,
            title=step.title,
            contexts=tuple(step.contexts),
            intent=self._intent(step.intent, f"{path}.intent") if step.HasField("intent") else None,
            slot=_slot(step.slot) if step.HasField("slot") else None,
            timeout=step.timeout,
            when=self._json(step, "when_json", path, dict),
            actions=tuple(self._action(action, f"{path}.actions[{n}]") for n, action in actions),
        )

    def _intent(self, intent: flow_pb2.Intent, path: str) -> Intent:
        examples = enumerate(intent.examples)
        return Intent(
            id=intent.id,
            title=intent.title,
            examples=tuple(
                Example(one.query, self._json(one, "entities_json", f"{path}.examples[{n}]", list))
                for n, one in examples
            ),
        )

    # What comes out is JSON of the kind asked for, or None.
    def _json(self, message: Message, name: str, path: str, kind: type) -> Any:
        text: str = getattr(message, name)
        if not text:
            return None
        where, before = f"{path}.{name}".lstrip("."), len(self.violations)
        value = read_json(text, where, self.violations.append)
        if isinstance(value, kind):
            return value
        if len(self.violations) == before:
            self.violations.append(
                Violation(where, "INVALID_TYPE", f"must be the JSON text of {_KINDS[kind]}")
            )
        return None


def _slot(slot: flow_pb2.Slot) -> Slot:
    return Slot(slot.validation, slot.entity_id, slot.label)
