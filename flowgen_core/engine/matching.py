"""Which step a text or an event triggers. The same text in the same context always finds the same step."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

from flowgen_core.model.flow import Document, Step, StepType
from flowgen_core.model.run import Cursor

EARLIER = 20
_CAPTURES = (StepType.SLOT, StepType.ANYTHING)


def match_text(document: Document, cursor: Cursor, text: str) -> Step | None:
    """Finds the step for a text: children of the current step, of earlier ones (latest first), then roots."""
    near, far, roots = _tiers(document, cursor)
    folded = fold(text)
    return (
        _intent(near, folded)
        or _first(near, *_CAPTURES)
        or _intent(far, folded)
        or _intent(roots, folded)
        or _first(roots, *_CAPTURES)
        or _first(near, StepType.UNKNOWN)
        or _first(far, StepType.UNKNOWN)
        or _first(roots, StepType.UNKNOWN)
    )


def match_event(document: Document, cursor: Cursor, name: str) -> Step | None:
    """Finds the step of an event by its title: in context first, then anywhere."""
    for steps in (*_tiers(document, cursor), document.steps):
        for step in steps:
            if step.type == StepType.EVENT and step.title == name:
                return step
    return None


def moved_to(cursor: Cursor, document: Document, step: Step) -> Cursor:
    """Makes a step the current one. UNKNOWN and NOTHING become current only where some step follows them."""
    passing = step.type in {StepType.UNKNOWN, StepType.NOTHING}
    if passing and not any(step.id in other.contexts for other in document.steps):
        return cursor
    earlier = [cursor.step_id, *cursor.earlier] if cursor.step_id else list(cursor.earlier)
    kept = tuple(dict.fromkeys(id for id in earlier if id != step.id))[:EARLIER]
    return replace(cursor, step_id=step.id, earlier=kept)


def fold(text: str) -> str:
    """Reduces a text to what is compared: no case, accents, punctuation or double blanks."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    words = "".join(char if char.isalnum() else " " for char in plain.casefold()).split()
    return " ".join(words) or text.strip().casefold()


def _tiers(document: Document, cursor: Cursor) -> tuple[Sequence[Step], Sequence[Step], Sequence[Step]]:
    near = [step for step in document.steps if cursor.step_id and cursor.step_id in step.contexts]
    far = [step for id in cursor.earlier for step in document.steps if id in step.contexts]
    return near, far, [step for step in document.steps if not step.contexts]


def _intent(steps: Sequence[Step], folded: str) -> Step | None:
    for step in steps:
        if step.type == StepType.INTENT and any(fold(query) == folded for query in _queries(step)):
            return step
    return None


def _queries(step: Step) -> Iterator[str]:
    return (example.query for example in step.intent.examples) if step.intent else iter(())


def _first(steps: Sequence[Step], *types: StepType) -> Step | None:
    return next((step for step in steps if step.type in types), None)
