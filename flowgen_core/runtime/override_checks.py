"""Whether overrides may be laid over a flow: every problem at once."""

from collections.abc import Iterator, Mapping
from typing import Any

from flowgen_core.api import ActionType
from flowgen_core.model.errors import FlowGenError, Reason, Violation
from flowgen_core.model.flow import Action, Document
from flowgen_core.runtime.judge import OptionJudge
from flowgen_core.runtime.overrides import named

MOST = 200
Found = tuple[str, str]


class OverrideChecks:
    """Judges overrides by the options of the actions that they name."""

    def __init__(self, action_types: Mapping[str, ActionType]) -> None:
        self._types = action_types

    def judge(self, document: Document, overrides: Mapping[str, Any]) -> None:
        """Raises INVALID_OVERRIDE with a violation for each key that may not stand."""
        if len(overrides) > MOST:
            bad = [Violation("overrides", "TOO_MANY", f"must have at most {MOST} keys")]
        else:
            bad = [
                Violation(f"overrides.{key}", "INVALID_OVERRIDE", message)
                for key, value in overrides.items()
                for message in self._problems(document, key, value)
            ]
        if bad:
            raise FlowGenError(Reason.INVALID_OVERRIDE, "An override is not valid.", violations=bad)

    def _problems(self, document: Document, key: str, value: Any) -> Iterator[str]:
        allowed = document.properties.get("overridable")
        name, dot, field = key.rpartition(".")
        actions = named(document, name) if dot else []
        if isinstance(allowed, list) and key not in allowed:
            yield "is not among the fields that this flow lets callers override"
        elif not actions or not field:
            yield "names no action of this flow: write `<action id or title>.<option field>`"
        elif len(actions) > 1:
            yield f"is ambiguous: {len(actions)} actions have this title"
        else:
            yield from self._field_problems(actions[0], field, value)

    def _field_problems(self, action: Action, field: str, value: Any) -> Iterator[str]:
        kind = self._types.get(action.type)
        if kind is None:
            yield "names an action whose type is not installed"
            return
        fields = kind.Option.model_fields
        known = {info.alias or name: info for name, info in fields.items()}
        if fields and field not in known:
            yield f"names no field of `{action.type}`"
        elif fields and "SecretStr" in str(known[field].annotation):
            yield "names a secret, which nobody may override"
        else:
            changed = Action(
                action.id, action.type, action.title, {**action.option, field: value}, action.next_id
            )
            problems = OptionJudge(self._types).option_problems(changed)
            mine = [
                message for code, path, message in problems if code == "BAD_OPTION" and path.startswith(field)
            ]
            yield from mine[:1]
