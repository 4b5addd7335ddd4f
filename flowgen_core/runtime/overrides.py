"""Overrides: a caller's or a flow's own values in place of fields of options."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flowgen_core.model import jsontext
from flowgen_core.model.flow import Action, Document


def overridden(document: Document, overrides: str) -> Document:
    """Gives a document with the fields replaced that `overrides` (JSON text: `<id or title>.<field>`) names."""
    if overrides in {"", "{}"}:
        return document
    by_action = resolved(document, jsontext.parse(overrides))
    steps = tuple(replace(step, actions=_replaced(step.actions, by_action)) for step in document.steps)
    return replace(document, actions=_replaced(document.actions, by_action), steps=steps)


def resolved(document: Document, overrides: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Gives the overrides by action id; those that name no action are left out."""
    found: dict[str, dict[str, Any]] = {}
    for key, value in overrides.items():
        name, _, field = key.rpartition(".")
        actions = named(document, name)
        if len(actions) == 1 and field:
            found.setdefault(actions[0].id, {})[field] = value
    return found


def named(document: Document, name: str) -> list[Action]:
    """Gives the actions that a name means: the one of this id, else all of this title."""
    every = [*document.actions, *(action for step in document.steps for action in step.actions)]
    by_id = [action for action in every if action.id == name]
    return by_id[:1] or [action for action in every if action.title == name and name]


def _replaced(actions: tuple[Action, ...], by_action: Mapping[str, Mapping[str, Any]]) -> tuple[Action, ...]:
    return tuple(
        replace(action, option={**action.option, **by_action[action.id]})
        if action.id in by_action
        else action
        for action in actions
    )
