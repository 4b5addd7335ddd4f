"""Judges the option of an action by the model of its type."""

from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from pydantic import AliasChoices, BaseModel, ValidationError
from pydantic.fields import FieldInfo

from flowgen_core.api import ActionType
from flowgen_core.engine.text import has_places
from flowgen_core.parameters import judge, write_path

log = structlog.get_logger(__name__)
# Code, path inside the option, message.
Found = tuple[str, str, str]


# Options are JSON objects with values of any kind, here and below.
def read(action_type: ActionType, raw: Mapping[str, Any]) -> tuple[BaseModel | None, list[Found]]:
    """Gives the option's model, None where it does not fit, and everything wrong or unknown in the option.

    A key that the model does not have is only noted, even where the model forbids it.
    """
    unknown = _unknown(action_type.Option, raw)
    problems = [("UNKNOWN_OPTION", write_path("", [key]).lstrip("."), "is not known") for key in unknown]
    try:
        model, wrong = _judge(action_type.Option, known(action_type, raw))
    except Exception as error:  # a plugin's validator may fail in any way, and must break nothing else
        log.warning("option_not_judged", action_type=action_type.name, error=type(error).__name__)
        model, wrong = None, [("BAD_OPTION", "", f"made the action type fail with {type(error).__name__}")]
    return model, [*wrong, *problems]


def known(action_type: ActionType, raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leaves out the keys that the type's model does not have, where it forbids such."""
    if action_type.Option.model_config.get("extra") != "forbid":
        return raw
    unknown = _unknown(action_type.Option, raw)
    return {key: value for key, value in raw.items() if key not in unknown} if unknown else raw


def _judge(model: type[BaseModel], raw: Mapping[str, Any]) -> tuple[BaseModel | None, list[Found]]:
    try:
        return model.model_validate(raw), []
    except ValidationError as error:
        # `judge` finds the words for the same errors, in the same order.
        _, violations = judge(model, raw, "")
        details = error.errors(include_url=False)
        return None, [
            (_code(detail["type"]), violation.path.lstrip("."), violation.message)
            for detail, violation in zip(details, violations, strict=False)
            if detail["type"] == "missing" or not has_places(detail["input"])
        ]


def _code(kind: str) -> str:
    return "MISSING_OPTION" if kind == "missing" else "BAD_OPTION"


def _unknown(model: type[BaseModel], raw: Mapping[str, Any]) -> list[str]:
    fields = model.model_fields
    # A model without fields that allows more says that any object will do.
    if not fields and model.model_config.get("extra") == "allow":
        return []
    names = {name for field_name, field in fields.items() for name in _names(field_name, field)}
    return [key for key in raw if key not in names]


def _names(name: str, field: FieldInfo) -> Iterator[str]:
    yield name
    choices = field.validation_alias
    for alias in choices.choices if isinstance(choices, AliasChoices) else [choices]:
        if isinstance(alias, str):
            yield alias
        elif alias is not None:
            yield str(alias.path[0])
