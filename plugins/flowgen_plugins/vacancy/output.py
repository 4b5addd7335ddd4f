"""What a run of a vacancy flow gives."""

from collections.abc import Sequence
from typing import Any


def schema(fields: Sequence[str], requirements: Sequence[str]) -> dict[str, Any]:
    """Gives the JSON Schema of the output of a flow with these fields and requirements."""
    members = {
        "outcome": {"enum": ["accepted", "declined", "abandoned"]},
        "needs_review": {"type": "boolean"},
        "score": {"type": ["integer", "null"], "minimum": 0, "maximum": 100},
        "fields": _object({name: _text_or_null() for name in fields}),
        "requirements": _object({name: {"enum": ["yes", "no", "unclear", None]} for name in requirements}),
        "appointment": {"anyOf": [_appointment(), {"type": "null"}]},
        "reasons": {"type": "array", "items": _reason()},
        "language": {"type": "string"},
        "vacancy_id": _text_or_null(),
    }
    return _object(members)


def _appointment() -> dict[str, Any]:
    return _object(
        {
            "title": {"type": "string"},
            "mode": {"enum": ["phone", "video", "on_site"]},
            "location": _text_or_null(),
            "duration_minutes": {"type": "integer"},
            "start": {"type": ["string", "null"], "format": "date-time"},
            "end": {"type": ["string", "null"], "format": "date-time"},
            "preference": _text_or_null(),
            "status": {"const": "requested"},
        }
    )


def _reason() -> dict[str, Any]:
    codes = [
        "knockout_failed",
        "unclear_answer",
        "invalid_field",
        "correction_requested",
        "timeout",
        "stopped",
    ]
    text = {"type": "string"}
    return _object({"code": {"enum": codes}, "field": text, "label": text, "answer": text})


def _object(members: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": members, "required": list(members)}


def _text_or_null() -> dict[str, Any]:
    return {"type": ["string", "null"]}
