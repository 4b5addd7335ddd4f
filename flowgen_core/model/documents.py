"""Flow documents as JSON: the form of files, of the store, and of what flow types write."""

from collections.abc import Mapping, Sequence
from typing import Any

from flowgen_core.model import jsontext
from flowgen_core.model.flow import Action, Document, Example, Intent, Slot, Step


class BadDocument(ValueError):
    """The JSON is no flow document; the text says where."""


def from_text(text: str) -> Document:
    """Reads a document that `to_text` wrote."""
    return from_json(jsontext.parse(text, max_depth=256))


def to_text(document: Document) -> str:
    """Writes a document as JSON text."""
    return jsontext.dump(to_json(document))


def from_json(raw: Any) -> Document:
    """Reads a flow document. Members that a flow does not have are ignored. Raises BadDocument."""
    body = _object(raw, "the flow")
    return Document(
        name=_text(body, "name"),
        actions=_actions(body, ""),
        steps=tuple(_step(step, f"steps[{n}]") for n, step in enumerate(_list(body, "steps"))),
        input_schema=_optional_object(body, "input_schema"),
        output_schema=_optional_object(body, "output_schema"),
        properties=_optional_object(body, "properties") or {},
        on_complete_flow_id=_text(body, "on_complete_flow_id"),
        session_timeout=_whole(body, "session_timeout"),
    )


def to_json(document: Document) -> dict[str, Any]:
    """Writes a document as a JSON object."""
    return {
        "name": document.name,
        "actions": [_action_json(action) for action in document.actions],
        "steps": [_step_json(step) for step in document.steps],
        "input_schema": document.input_schema,
        "output_schema": document.output_schema,
        "properties": document.properties,
        "on_complete_flow_id": document.on_complete_flow_id or None,
        "session_timeout": document.session_timeout,
    }


def _actions(body: Mapping[str, Any], where: str) -> tuple[Action, ...]:
    return tuple(_action(action, f"{where}actions[{n}]") for n, action in enumerate(_list(body, "actions")))


def _action(raw: Any, where: str) -> Action:
    body = _object(raw, where)
    option = _optional_object(body, "option") or {}
    return Action(
        _text(body, "id"), _text(body, "type"), _text(body, "title"), option, _text(body, "next_id")
    )


def _step(raw: Any, where: str) -> Step:
    body = _object(raw, where)
    return Step(
        id=_text(body, "id"),
        type=_text(body, "type"),
        title=_text(body, "title"),
        contexts=tuple(str(context) for context in _list(body, "contexts")),
        intent=_intent(body["intent"], f"{where}.intent") if body.get("intent") is not None else None,
        slot=_slot(body["slot"], f"{where}.slot") if body.get("slot") is not None else None,
        timeout=_whole(body, "timeout"),
        when=body.get("when"),
        actions=_actions(body, f"{where}."),
    )


def _intent(raw: Any, where: str) -> Intent:
    body = _object(raw, where)
    return Intent(
        _text(body, "id"),
        _text(body, "title"),
        tuple(_example(one, where) for one in _list(body, "examples")),
    )


def _example(raw: Any, where: str) -> Example:
    if isinstance(raw, str):
        return Example(raw)
    body = _object(raw, f"{where}.examples")
    return Example(_text(body, "query"), body.get("entities"))


def _slot(raw: Any, where: str) -> Slot:
    body = _object(raw, where)
    return Slot(_text(body, "validation"), _text(body, "entity_id"), _text(body, "label"))


def _object(raw: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise BadDocument(f"{where} must be an object")
    return raw


def _optional_object(body: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    raw = body.get(name)
    return None if raw is None else _object(raw, f"`{name}`")


def _list(body: Mapping[str, Any], name: str) -> Sequence[Any]:
    raw = body.get(name)
    if raw is not None and not isinstance(raw, (list, tuple)):
        raise BadDocument(f"`{name}` must be a list")
    return raw or ()


def _text(body: Mapping[str, Any], name: str) -> str:
    raw = body.get(name)
    if raw is not None and not isinstance(raw, str):
        raise BadDocument(f"`{name}` must be text")
    return raw or ""


def _whole(body: Mapping[str, Any], name: str) -> int:
    raw = body.get(name)
    if raw is not None and (not isinstance(raw, int) or isinstance(raw, bool)):
        raise BadDocument(f"`{name}` must be a whole number")
    return raw or 0


def _action_json(action: Action) -> dict[str, Any]:
    return {
        "id": action.id,
        "type": action.type,
        "title": action.title,
        "option": action.option,
        "next_id": action.next_id,
    }


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "type": step.type,
        "title": step.title,
        "contexts": step.contexts,
        "intent": _intent_json(step.intent) if step.intent else None,
        "slot": {
            "validation": step.slot.validation,
            "entity_id": step.slot.entity_id,
            "label": step.slot.label,
        }
        if step.slot
        else None,
        "timeout": step.timeout,
        "when": step.when,
        "actions": [_action_json(action) for action in step.actions],
    }


def _intent_json(intent: Intent) -> dict[str, Any]:
    examples = [{"query": one.query, "entities": one.entities} for one in intent.examples]
    return {"id": intent.id, "title": intent.title, "examples": examples}
