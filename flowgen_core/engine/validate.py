"""What is wrong in a flow document: every problem at once, each with its path."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from flowgen_core.model.flow import NIL_ID, Action, Document, Problem, Severity, Step, StepType

# Errors that a lenient caller takes as warnings.
LENIENT = frozenset(
    {"DANGLING_TARGET", "DUPLICATE_ID", "BAD_OPTION", "MISSING_OPTION", "UNKNOWN_FLOW", "NESTED_TYPE"}
)
WARNINGS = frozenset({"UNREACHABLE_ACTION", "UNKNOWN_OPTION", "UNKNOWN_CONTEXT"})

LONGEST_NAME = 255
LONGEST_ID = 255
MOST_ACTIONS = 1000
MOST_STEPS = 500
LONGEST_SESSION = 365 * 24 * 3600


class ActionJudge(Protocol):
    """What validation asks of the action types that are installed."""

    def knows(self, action: Action) -> bool:
        """Tells whether the action's type is installed."""

    def option_problems(self, action: Action) -> Sequence[tuple[str, str, str]]:
        """Gives code, path inside the option, and message of everything wrong in the option."""

    def targets(self, action: Action) -> Mapping[str, str]:
        """Gives the actions that the option may jump to, by path inside the option."""

    def always_leaves(self, action: Action) -> bool:
        """Tells whether the action never goes on to the one that follows."""


def validate(document: Document, judge: ActionJudge, *, lenient: bool = False) -> list[Problem]:
    """Judges a document and gives all its problems in the order of the document."""
    return [_graded(code, path, message, lenient) for code, path, message in _problems(document, judge)]


Found = tuple[str, str, str]


def _problems(document: Document, judge: ActionJudge) -> Iterator[Found]:
    yield from _sizes(document)
    yield from _list_problems(document.actions, "actions", judge)
    for number, step in enumerate(document.steps):
        yield from _step_problems(step, f"steps[{number}]", document)
        yield from _list_problems(step.actions, f"steps[{number}].actions", judge)
    ids = Counter(step.id for step in document.steps)
    seen: set[str] = set()
    for number, step in enumerate(document.steps):
        if ids[step.id] > 1 and step.id in seen:
            yield "DUPLICATE_ID", f"steps[{number}].id", f"an earlier step has the id `{step.id[:80]}`"
        seen.add(step.id)


def _sizes(document: Document) -> Iterator[Found]:
    if len(document.name) > LONGEST_NAME:
        yield "TOO_LARGE", "name", f"must have at most {LONGEST_NAME} characters"
    if len(document.actions) > MOST_ACTIONS:
        yield "TOO_LARGE", "actions", f"must have at most {MOST_ACTIONS} items"
    if len(document.steps) > MOST_STEPS:
        yield "TOO_LARGE", "steps", f"must have at most {MOST_STEPS} items"
    if not 0 <= document.session_timeout <= LONGEST_SESSION:
        yield "TOO_LARGE", "session_timeout", f"must be 0 to {LONGEST_SESSION} seconds"


def _list_problems(actions: Sequence[Action], path: str, judge: ActionJudge) -> Iterator[Found]:
    ids = {action.id for action in actions}
    reached = _reachable(actions, judge)
    seen: set[str] = set()
    for number, action in enumerate(actions):
        here = f"{path}[{number}]"
        if action.id in seen:
            yield "DUPLICATE_ID", f"{here}.id", f"an earlier action has the id `{action.id[:80]}`"
        seen.add(action.id)
        yield from _action_problems(action, here, ids, judge)
        if number not in reached:
            yield "UNREACHABLE_ACTION", here, "no path leads here"


def _action_problems(action: Action, path: str, ids: set[str], judge: ActionJudge) -> Iterator[Found]:
    if len(action.id) > LONGEST_ID:
        yield "TOO_LARGE", f"{path}.id", f"must have at most {LONGEST_ID} characters"
    if not judge.knows(action):
        yield "INVALID_ACTION_TYPE", f"{path}.type", f"`{action.type[:80]}` is no action type of this server"
        return
    if _names(action.next_id) and action.next_id not in ids:
        yield "DANGLING_TARGET", f"{path}.next_id", f"there is no action `{action.next_id[:80]}`"
    for code, inside, message in judge.option_problems(action):
        yield code, f"{path}.option{_joined(inside)}", message
    for inside, target in judge.targets(action).items():
        if _names(target) and target not in ids:
            yield "DANGLING_TARGET", f"{path}.option{_joined(inside)}", f"there is no action `{target[:80]}`"


def _step_problems(step: Step, path: str, document: Document) -> Iterator[Found]:
    if step.type not in StepType.__members__:
        yield "INVALID_STEP_TYPE", f"{path}.type", f"must be one of {', '.join(StepType)}"
    if step.type == StepType.INTENT and (step.intent is None or not step.intent.examples):
        yield "MISSING_INTENT", f"{path}.intent", "is required, with examples, for a step of type INTENT"
    ids = {other.id for other in document.steps}
    for number, context in enumerate(step.contexts):
        if context not in ids:
            yield "UNKNOWN_CONTEXT", f"{path}.contexts[{number}]", f"there is no step `{context[:80]}`"


def _reachable(actions: Sequence[Action], judge: ActionJudge) -> set[int]:
    places: dict[str, int] = {}
    for number, action in enumerate(actions):
        places.setdefault(action.id, number)
    reached: set[int] = set()
    waiting = [0] if actions else []
    while waiting:
        number = waiting.pop()
        if number in reached or number >= len(actions):
            continue
        reached.add(number)
        waiting.extend(_successors(number, actions, places, judge))
    return reached


def _successors(
    number: int, actions: Sequence[Action], places: Mapping[str, int], judge: ActionJudge
) -> Iterator[int]:
    action = actions[number]
    if not judge.knows(action):
        yield number + 1
        return
    if not judge.always_leaves(action):
        yield places.get(action.next_id, len(actions)) if _names(action.next_id) else number + 1
    for target in judge.targets(action).values():
        if target in places:
            yield places[target]


def _names(target: str) -> bool:
    # A target that holds a variable is judged when it runs.
    return bool(target) and target != NIL_ID and "${" not in target


def _joined(inside: str) -> str:
    return "" if not inside else inside if inside.startswith("[") else f".{inside}"


def _graded(code: str, path: str, message: str, lenient: bool) -> Problem:
    warning = code in WARNINGS or (lenient and code in LENIENT)
    return Problem(code, path, message, Severity.WARNING if warning else Severity.ERROR)
