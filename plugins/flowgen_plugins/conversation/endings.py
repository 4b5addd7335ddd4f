"""How a question ends: what is saved and noted, and what follows."""

from typing import cast

from flowgen_core.api import Context, Jump, Next, Outcome
from flowgen_plugins.conversation.answers import Taken
from flowgen_plugins.conversation.questions import AskOption, Ending

# Somebody may paste a whole letter; what is kept of it must not make the run's state heavy.
_LONGEST_NOTE = 1000


def finish(ctx: Context, option: AskOption, taken: Taken, text: str = "", tries: int = 0) -> Outcome:
    """Saves what was taken, notes it where the question has a group, and goes where the outcome leads."""
    _save(ctx, option, taken)
    if option.group:
        _note(ctx, option, taken, text[:_LONGEST_NOTE], tries)
    target = option.targets.get(cast(Ending, taken.outcome))
    return Jump(target) if target else Next()


def saved(option: AskOption) -> list[str]:
    """Names the variables that a question may set."""
    answer = [option.variable] if option.variable else []
    label = [f"{option.variable}_label"] if answer and option.kind == "choice" else []
    return [*answer, *label, *(["answers"] if option.group else [])]


def _save(ctx: Context, option: AskOption, taken: Taken) -> None:
    if not option.variable or taken.outcome in ("timeout", "stopped"):
        return
    ctx.set(option.variable, taken.value)
    if option.kind == "choice":
        ctx.set(f"{option.variable}_label", taken.label)


def _note(ctx: Context, option: AskOption, taken: Taken, text: str, tries: int) -> None:
    note = {
        "group": option.group,
        "field": option.variable,
        "label": option.label,
        "outcome": taken.outcome,
        "value": taken.value,
        "text": text,
        "tries": tries,
    }
    noted = ctx.get("answers")
    ctx.set("answers", [*(noted if isinstance(noted, list) else []), note])
