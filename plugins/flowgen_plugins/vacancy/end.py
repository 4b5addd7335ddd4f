"""The action `application_end`."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field

from flowgen_core.api import ActionType, Context, End, EndState, Outcome
from flowgen_plugins.conversation.spoken import tidy

# A note of `ask` in the variable `answers`: group, field, label, outcome, value, text, tries. JSON.
Note = dict[str, Any]
_UNCLEAR_CODES = {
    "knockout": "unclear_answer",
    "preferred": "unclear_answer",
    "summary": "unclear_answer",
    "required": "invalid_field",
    "optional": "invalid_field",
    "appointment": "invalid_field",
}


class ApplicationEnd(ActionType):
    """Says goodbye and ends the run with the answers, the score and the reasons to look again."""

    name = "application_end"

    class Option(BaseModel):
        """The option of `application_end`."""

        outcome: Literal["accepted", "declined", "abandoned"]
        text: str = Field(description="What to say at last.")
        fields: list[str] = Field(default=[], description="Variables to give as fields.")
        requirements: list[str] = Field(default=[], description="Variables to give as requirements.")
        preferred: list[str] = Field(default=[], description="Those of the requirements that make the score.")
        appointment: str | None = Field(default=None, description="The variable of the appointment's start.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Ends the run; the output is kept in the variable `application` too."""
        notes = _notes(ctx)
        output = _output(ctx, option, notes)
        if option.text.strip():
            ctx.say(tidy(option.text))
        ctx.set("application", output)
        if notes and notes[-1].get("outcome") == "timeout":
            return End(EndState.TIMED_OUT, output, "timed_out")
        return End(EndState.COMPLETED, output, f"application_{option.outcome}")

    def always_leaves(self, option: Option) -> bool:
        """Tells that nothing follows."""
        return True


def _notes(ctx: Context) -> list[Note]:
    answers = ctx.get("answers")
    return [note for note in answers if isinstance(note, dict)] if isinstance(answers, list) else []


def _output(ctx: Context, option: ApplicationEnd.Option, notes: Sequence[Note]) -> dict[str, Any]:
    reasons = list(_reasons(notes))
    return {
        "outcome": option.outcome,
        "needs_review": option.outcome == "accepted" and bool(reasons),
        "score": _score(notes, option.preferred),
        "fields": {name: ctx.get(name) or None for name in option.fields},
        "requirements": {name: ctx.get(name) or None for name in option.requirements},
        "appointment": _appointment(ctx, option.appointment),
        "reasons": reasons,
        "language": ctx.properties.get("language"),
        "vacancy_id": ctx.properties.get("vacancy_id"),
    }


def _score(notes: Sequence[Note], preferred: Sequence[str]) -> int | None:
    """Gives the percentage of the preferred requirements asked that are met, rounded half up."""
    asked = [note for note in notes if note.get("group") == "preferred" and note.get("field") in preferred]
    met = sum(note.get("outcome") == "yes" for note in asked)
    return (200 * met + len(asked)) // (2 * len(asked)) if asked else None


def _appointment(ctx: Context, name: str | None) -> dict[str, Any] | None:
    if not name:
        return None
    chosen, preference = ctx.get(name) or None, ctx.get(f"{name}_label") or None
    if not chosen and not preference:
        return None
    facts = ctx.properties.get("appointment") or {}
    minutes = facts.get("duration_minutes", 30)
    return {
        "title": facts.get("title", ""),
        "mode": facts.get("mode", "phone"),
        "location": facts.get("location"),
        "duration_minutes": minutes,
        "start": chosen,
        "end": _end_of(chosen, minutes),
        "preference": preference,
        "status": "requested",
    }


# A variable may hold any JSON: people can change it while the run waits.
def _end_of(start: Any, minutes: int) -> str | None:
    try:
        return (datetime.fromisoformat(start) + timedelta(minutes=minutes)).isoformat()
    except (TypeError, ValueError):
        return None


def _reasons(notes: Sequence[Note]) -> Iterator[dict[str, str]]:
    for note in notes:
        code = _code(note.get("group", ""), note.get("outcome", ""))
        if code:
            facts = {"field": "field", "label": "label", "answer": "text"}
            yield {"code": code, **{name: str(note.get(key, "")) for name, key in facts.items()}}


def _code(group: str, outcome: str) -> str | None:
    if outcome in ("timeout", "stopped"):
        return outcome
    if group == "correction":
        return "correction_requested"
    if group == "knockout" and outcome == "no":
        return "knockout_failed"
    return _UNCLEAR_CODES.get(group) if outcome == "unclear" else None
