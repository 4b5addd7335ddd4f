"""The cursor of a run as JSON text, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from flowgen_core.model.outcomes import WaitKind
from flowgen_core.model.run import Cursor, Frame, Pending


def to_json(cursor: Cursor) -> str:
    """Writes a cursor; `from_json` gives an equal one."""
    return orjson.dumps(cursor).decode()


def from_json(text: str) -> Cursor:
    """Reads a cursor that `to_json` wrote."""
    raw = orjson.loads(text)
    return Cursor(
        frames=tuple(Frame(**frame) for frame in raw["frames"]),
        pending=_pending(raw["pending"]) if raw["pending"] else None,
        moves=raw["moves"],
        main_moves=raw["main_moves"],
        step_id=raw["step_id"],
        earlier=tuple(raw["earlier"]),
    )


def _pending(raw: Mapping[str, Any]) -> Pending:
    kind = WaitKind(raw["kind"]) if raw["kind"] else None
    until = datetime.fromisoformat(raw["until"]) if raw["until"] else None
    return Pending(**{**raw, "kind": kind, "until": until})
