"""The sizes that the contract allows in a flow, less those that the engine judges itself."""

from collections.abc import Iterator

from flowgen_core.engine.doubts import Found
from flowgen_core.model import documents
from flowgen_core.model.flow import Action, Document, Intent, Step

MOST_BYTES = 1024 * 1024
LONGEST_TITLE = 255
LONGEST_STEP_ID = 64
LONGEST_TIMEOUT = 86400


def oversize(document: Document) -> Iterator[Found]:
    """Names everything that is too long, too short or out of range. Raises BadJson for what is no JSON."""
    if len(documents.to_text(document).encode()) > MOST_BYTES:
        yield "TOO_LARGE", "", f"must have at most {MOST_BYTES} bytes as JSON text"
    for number, action in enumerate(document.actions):
        yield from _action(action, f"actions[{number}]")
    for number, step in enumerate(document.steps):
        yield from _step(step, f"steps[{number}]")


def _action(action: Action, path: str) -> Iterator[Found]:
    yield from _long(action.title, LONGEST_TITLE, f"{path}.title")


def _step(step: Step, path: str) -> Iterator[Found]:
    yield from _long(step.id, LONGEST_STEP_ID, f"{path}.id")
    yield from _long(step.title, LONGEST_TITLE, f"{path}.title")
    if not 0 <= step.timeout <= LONGEST_TIMEOUT:
        yield "TOO_LARGE", f"{path}.timeout", f"must be 0 to {LONGEST_TIMEOUT} seconds"
    if step.intent is not None:
        yield from _intent(step.intent, f"{path}.intent")
    if step.slot is not None:
        yield from _long(step.slot.label, LONGEST_TITLE, f"{path}.slot.label")
    for number, action in enumerate(step.actions):
        yield from _action(action, f"{path}.actions[{number}]")


def _intent(intent: Intent, path: str) -> Iterator[Found]:
    yield from _long(intent.id, LONGEST_STEP_ID, f"{path}.id")
    yield from _long(intent.title, LONGEST_TITLE, f"{path}.title")
    for number, example in enumerate(intent.examples):
        yield from _long(example.query, LONGEST_TITLE, f"{path}.examples[{number}].query")
        if not example.query:
            yield "MISSING_INTENT", f"{path}.examples[{number}].query", "must not be empty"


def _long(text: str, most: int, path: str) -> Iterator[Found]:
    if len(text) > most:
        yield "TOO_LARGE", path, f"must have at most {most} characters"
