"""Judges JSON values by a pydantic model and says in FlowGen's words what is wrong with them."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, core_schema

from flowgen_core.model.errors import Violation

MAX_VIOLATIONS = 100
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BUILT_IN = frozenset(get_args(core_schema.ErrorType))
_NEEDED_TYPES = {
    "model_type": "an object",
    "model_attributes_type": "an object",
    "dict_type": "an object",
    "mapping_type": "an object",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "string_type": "a string",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
}
# pydantic's error type → the reason, and the message with pydantic's own facts put in.
_BOUNDS = {
    "too_long": ("TOO_MANY", "must have at most {max_length} items"),
    "too_short": ("TOO_FEW", "must have at least {min_length} items"),
    "string_too_long": ("TOO_LONG", "must have at most {max_length} characters"),
    "string_too_short": ("TOO_SHORT", "must have at least {min_length} characters"),
    "greater_than": ("INVALID_VALUE", "must be more than {gt}"),
    "greater_than_equal": ("INVALID_VALUE", "must be at least {ge}"),
    "less_than": ("INVALID_VALUE", "must be less than {lt}"),
    "less_than_equal": ("INVALID_VALUE", "must be at most {le}"),
}


# `value` is any JSON value; its types are what is judged.
def judge(model: type[BaseModel], value: Any, root: str) -> tuple[BaseModel | None, list[Violation]]:
    """Gives the model of a JSON value, or at most 100 violations whose paths begin with `root`."""
    if value is None:
        return None, [Violation(root, "REQUIRED", "is required")]
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        problems = islice(error.errors(include_url=False), MAX_VIOLATIONS)
        return None, [_violation(model, problem, root) for problem in problems]


def write_path(root: str, keys: Sequence[str | int]) -> str:
    """Writes a path such as `parameters.slots[0]`; a key that is no plain name is written `["a.b"]`."""
    return root + "".join(_step(key) for key in keys)


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if _NAME.fullmatch(key) else f"[{json.dumps(key, ensure_ascii=False)}]"


def _violation(model: type[BaseModel], problem: ErrorDetails, root: str) -> Violation:
    reason, message = _words(model, problem)
    return Violation(write_path(root, problem["loc"]), reason, message)


def _words(model: type[BaseModel], problem: ErrorDetails) -> tuple[str, str]:
    kind, facts = problem["type"], problem.get("ctx", {})
    if kind in ("too_long", "too_short") and isinstance(problem["input"], str):
        # pydantic speaks of items when a validator of the model's own has seen the string before.
        kind = f"string_{kind}"
    if kind not in _BUILT_IN:
        return kind.upper(), problem["msg"]
    if kind in _NEEDED_TYPES:
        return "INVALID_TYPE", f"must be {_NEEDED_TYPES[kind]}"
    if kind in _SPECIAL:
        return _SPECIAL[kind](model, problem, facts)
    if kind in _BOUNDS:
        reason, text = _BOUNDS[kind]
        return reason, text.format(**facts)
    return "INVALID_VALUE", f"is not valid: {problem['msg']}"


def _missing(model: type[BaseModel], problem: ErrorDetails, _facts: Mapping[str, Any]) -> tuple[str, str]:
    annotation = _annotation(model, problem["loc"])
    return "REQUIRED", "is required; use [] for none" if get_origin(annotation) is list else "is required"


def _too_short(_model: type[BaseModel], _problem: ErrorDetails, facts: Mapping[str, Any]) -> tuple[str, str]:
    if facts["min_length"] == 1:
        return "REQUIRED", "is required"
    reason, text = _BOUNDS["string_too_short"]
    return reason, text.format(**facts)


def _choice(_model: type[BaseModel], _problem: ErrorDetails, facts: Mapping[str, Any]) -> tuple[str, str]:
    return "INVALID_VALUE", f"must be one of {facts['expected'].replace(' or ', ', ').replace(chr(39), '')}"


def _said(_model: type[BaseModel], problem: ErrorDetails, facts: Mapping[str, Any]) -> tuple[str, str]:
    return "INVALID_VALUE", str(facts.get("error") or problem["msg"])


def _unknown(model: type[BaseModel], problem: ErrorDetails, _facts: Mapping[str, Any]) -> tuple[str, str]:
    *parents, key = problem["loc"]
    known = {name.lower(): name for owner in _models(_annotation(model, parents)) for name in _names(owner)}
    near = get_close_matches(str(key).lower(), known, n=1)
    if near:
        return "UNKNOWN_PARAMETER", f"is not known; did you mean {known[near[0]]}?"
    return "UNKNOWN_PARAMETER", f"is not known; known: {', '.join(known.values()) or 'none'}"


# The kinds whose words need more than pydantic's facts, or only some of them.
_SPECIAL: dict[str, Callable[[type[BaseModel], ErrorDetails, Mapping[str, Any]], tuple[str, str]]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "string_too_short": _too_short,
    "literal_error": _choice,
    "enum": _choice,
    "value_error": _said,
    "assertion_error": _said,
}


def _names(model: type[BaseModel]) -> Iterator[str]:
    return (field.alias or name for name, field in model.model_fields.items())


# Annotations are any type expression; the typing module itself has no type for them.
def _annotation(model: Any, keys: Sequence[str | int]) -> Any:
    """Finds what the model says about the value at a path; None where it says nothing."""
    found: Any = model
    for key in keys:
        if isinstance(key, int):
            continue
        fields = {
            field.alias or name: field.annotation
            for owner in _models(found)
            for name, field in owner.model_fields.items()
        }
        found = fields.get(key)
    return found


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
