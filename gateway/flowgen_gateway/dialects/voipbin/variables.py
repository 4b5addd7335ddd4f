"""Variables: texts here, JSON values in the core."""

from collections.abc import Mapping
from typing import Any

import orjson

from flowgen_core.pb.v1.run_pb2 import Run
from flowgen_gateway.dialects.voipbin import ids
from flowgen_gateway.dialects.voipbin.errors import Refused
from flowgen_gateway.dialects.voipbin.translate_run import reference_of

MOST, MOST_BYTES, MOST_VALUE_BYTES = 100, 64 * 1024, 32 * 1024
_STANDARD = "voipbin."


def variables_json(given: Mapping[str, str | None] | None) -> str:
    """Writes the variables that a caller sets as JSON text; names of the service's own are dropped.

    Raises Refused for more than may be set.
    """
    values = {name: value or "" for name, value in (given or {}).items()}
    _check(values)
    trimmed = {name.strip(): value for name, value in values.items()}
    kept = {name: value for name, value in trimmed.items() if name and not _is_standard(name)}
    return orjson.dumps(kept).decode()


def variables_of(run: Run) -> dict[str, str]:
    """Tells the variables of a run as texts, ordered by name, with those that every run has."""
    values: Mapping[str, Any] = orjson.loads(run.variables_json or "{}")  # Any: JSON
    texts = _own(run) | {name: text_of(value) for name, value in values.items()}
    return dict(sorted(texts.items()))


def text_of(value: Any) -> str:  # Any: JSON
    """Writes a value as it would stand in the place of `${name}`."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(one, dict) and "value" in one for one in value):
        return ", ".join(text_of(one["value"]) for one in value)
    return orjson.dumps(value).decode()


def _own(run: Run) -> dict[str, str]:
    facts = {"id": run.id, "flow_id": run.flow_id or ids.NIL, "complete_count": str(run.depth)}
    return {f"voipbin.activeflow.{name}": value for name, value in (facts | reference_of(run)).items()}


def _is_standard(name: str) -> bool:
    return name.lower().startswith(_STANDARD)


def _check(values: Mapping[str, str]) -> None:
    sizes = [len(value.encode()) for value in values.values()]
    if len(values) > MOST:
        raise Refused("INVALID_VARIABLES", f"too many variables (max {MOST})")
    if sum(sizes) + sum(len(name.encode()) for name in values) > MOST_BYTES:
        raise Refused("INVALID_VARIABLES", "variables total size exceeds 64KB")
    if max(sizes, default=0) > MOST_VALUE_BYTES:
        raise Refused("INVALID_VARIABLES", "variable value exceeds 32KB")
