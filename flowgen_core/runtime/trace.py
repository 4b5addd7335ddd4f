"""What the trace of a run keeps of an action's option."""

from collections.abc import Mapping
from typing import Any

from flowgen_core.model import jsontext

MOST_BYTES = 2048
# Strings are cut to the first length with which the option fits.
LENGTHS = (1024, 100)


# An option: JSON of any kind.
def shown(option: Any) -> str:
    """Writes an option as JSON text of at most 2 KiB: long strings are cut, and what is too much even so is left out."""
    for longest in LENGTHS:
        text = jsontext.dump(_cut(option, longest))
        if len(text.encode()) <= MOST_BYTES:
            return text
    return "{}"


def _cut(value: Any, longest: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= longest else f"{value[: longest - 1]}…"
    if isinstance(value, Mapping):
        return {key: _cut(item, longest) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cut(item, longest) for item in value]
    return value
