"""Configurations of channels: judged by their channel type, shown without their secrets, read to be used."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ValidationError

from flowgen_core.api import ChannelType
from flowgen_core.model import jsontext
from flowgen_core.model.channel import Channel
from flowgen_core.model.errors import FlowGenError, Reason, Violation
from flowgen_core.parameters import judge, write_path
from flowgen_core.runtime.jsonfields import read_json
from flowgen_core.runtime.masks import MASK, hidden, masks_in, restored

FIELD = "config_json"
LONGEST = 64 * 1024


class ChannelConfigs:
    """What the registered channel types say about configurations."""

    def __init__(self, types: Mapping[str, ChannelType]) -> None:
        self._types = types

    def judged(self, type: str, text: str, before: Channel | None = None) -> tuple[str, list[Violation]]:
        """Gives the configuration to store, and what is wrong with it or its type.

        Masks stand for the secrets of the channel that there was `before`.
        """
        violations = self._judge_type(type)
        value = _object(text, violations)
        if violations:
            return "", violations
        stored = self.read(before) if before else None
        if before and stored:
            value = restored(value, jsontext.parse(before.config), stored)
        model, violations = judge(self._types[type].Config, value, "config")
        violations += [_masked(write_path("config", path)) for path in (masks_in(model) if model else ())]
        return jsontext.dump(value), violations

    def read(self, channel: Channel) -> BaseModel | None:
        """Reads a configuration; None where the type is not installed, or does not understand it any more."""
        kind = self._types.get(channel.type)
        try:
            return kind.Config.model_validate(jsontext.parse(channel.config)) if kind else None
        except ValidationError:
            return None

    def shown(self, channel: Channel) -> Channel:
        """Gives a channel as callers may see it: where nobody can tell what is secret, all of it is hidden."""
        config = self.read(channel)
        value = hidden(jsontext.parse(channel.config), config) if config else {}
        return replace(channel, config=jsontext.dump(value))

    def _judge_type(self, name: str) -> list[Violation]:
        if not name:
            return [Violation("type", "REQUIRED", "is required")]
        if name not in self._types:
            known = ", ".join(sorted(self._types)) or "none"
            return [Violation("type", "UNKNOWN_CHANNEL_TYPE", f"is not known; known: {known}")]
        return []


def refuse(violations: list[Violation]) -> None:
    """Raises INVALID_ARGUMENT where there is any violation."""
    if violations:
        raise FlowGenError(Reason.INVALID_ARGUMENT, "The channel is not valid.", violations=violations)


# What comes out is a JSON object.
def _object(text: str, violations: list[Violation]) -> Any:
    if len(text.encode()) > LONGEST:
        violations.append(Violation(FIELD, "TOO_LONG", f"must have at most {LONGEST} bytes"))
        return {}
    value = read_json(text or "{}", FIELD, violations.append)
    if not isinstance(value, dict) and not violations:
        violations.append(Violation(FIELD, "INVALID_TYPE", "must be the JSON text of an object"))
    return value


def _masked(path: str) -> Violation:
    return Violation(path, "NOT_ALLOWED", f"must be said anew: `{MASK}` stands for a stored value only")
