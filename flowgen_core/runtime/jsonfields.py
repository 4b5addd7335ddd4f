"""JSON text as callers send it in fields: read, or refused with the field's path."""

from collections.abc import Callable
from typing import Any

from flowgen_core.model import jsontext
from flowgen_core.model.errors import Violation

LONGEST = 1024 * 1024
Complain = Callable[[Violation], None]


# What comes out is any JSON value.
def read_json(text: str, path: str, complain: Complain) -> Any:
    """Gives the value of a JSON text, None for an empty or bad one; complains of what is wrong."""
    if not text:
        return None
    if len(text.encode(errors="replace")) > LONGEST:
        complain(Violation(path, "TOO_LONG", f"must have at most {LONGEST} bytes"))
        return None
    try:
        return jsontext.parse(text)
    except jsontext.BadJson as error:
        complain(Violation(path, "INVALID_JSON", _message(error)))
        return None


def _message(error: jsontext.BadJson) -> str:
    where = f" (line {error.line}, column {error.column})" if error.position else ""
    return f"is not valid JSON: {str(error).rstrip('.')}{where}"
