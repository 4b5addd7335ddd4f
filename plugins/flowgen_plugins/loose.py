"""Numbers and ids as flows of other servers write them: numbers may be text, and a nil id names nothing."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

NIL_ID = "00000000-0000-0000-0000-000000000000"


def _none_is_empty(value: Any) -> Any:
    return "" if value is None else value


# Text that may also be null, which is the same as empty.
Text = Annotated[str, BeforeValidator(_none_is_empty)]


class Option(BaseModel):
    """An option that ignores what it does not know."""

    model_config = ConfigDict(extra="ignore")


class Sparse(Option):
    """An option in which null is the same as absent."""

    @model_validator(mode="before")
    @classmethod
    # Any JSON value may come in; the fields judge what is left.
    def _drop_nulls(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: item for key, item in value.items() if item is not None}


def names(target_id: str) -> bool:
    """Tells whether an id names an action at all."""
    return bool(target_id) and target_id != NIL_ID


def as_text(value: Any) -> str:
    """Shows a variable's value as the text that conditions compare, as `${…}` would show it."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if _is_captured(value):
        return ", ".join(as_text(item["value"]) for item in value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# A variable's value: any JSON.
def _is_captured(value: Any) -> bool:
    # What steps collect: a list of objects that each hold a `value`.
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, dict) and "value" in item for item in value)
    )
