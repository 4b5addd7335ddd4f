"""What is wrong in a flow document: every problem at once, each with its path."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from flowgen_core.engine.doubts import DoubtJudge, Found, Given, doubts, given_to_actions, given_to_steps
from flowgen_core.engine.paths import PathJudge, names, paths
from flowgen_core.model.flow import Action, Document, Problem, Severity, Step, StepType

# Errors that a lenient caller takes as warnings.
LENIENT = frozenset(
    {"DANGLING_TARGET", "DUPLICATE_ID", "BAD_OPTION", "MISSING_OPTION", "UNKNOWN_FLOW", "NESTED_TYPE"}
)
WARNINGS = frozenset(
    {"UNREACHABLE_ACTION", "UNKNOWN_OPTION", "UNKNOWN_CONTEXT", "LOOP_WITHOUT_WAIT", "UNSET_VARIABLE"}
)

LONGEST_NAME = 255
LONGEST_ID = 255
MOST_ACTIONS = 1000
MOST_STEPS = 500
LONGEST_SESSION = 365 * 24 * 3600


class ActionJudge(PathJudge, DoubtJudge, Protocol):
    """What validation asks of the action types that are installed."""

    def option_problems(self, action: Action) -> Sequence[tuple[str, str, str]]:
        """Gives code, path inside the option, and message of everything wrong in the option."""


def validate(
    document: Document, judge: ActionJudge, *, lenient: bool = False, prefixes: Collection[str] = ()
) -> list[Problem]:
    """Judges a document and gives all its problems; variables that begin with one of `prefixes` have a value."""
    found = _problems(document, judge, prefixes)
    return [_graded(code, path, message, lenient) for code, path, message in found]


def _problems(document: Document, judge: ActionJudge, prefixes: Collection[str]) -> Iterator[Found]:
    yield from _sizes(document)
    given = steps_given = None
    # A document over the limits is refused anyway, and its warnings would cost too much.
    if len(document.actions) + sum(len(step.actions) for step in document.steps) <= MOST_ACTIONS:
        given = given_to_actions(document, judge, prefixes)
        steps_given = given_to_steps(document, judge, given)
    yield from _list_problems(document.actions, "actions", judge, given)
    for number, step in enumerate(document.steps):
        yield from _step_problems(step, f"steps[{number}]", document)
        yield from _list_problems(step.actions, f"steps[{number}].actions", judge, steps_given)
    yield from _doubled_steps(document)


def _doubled_steps(document: Document) -> Iterator[Found]:
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


def _list_problems(
    actions: Sequence[Action], path: str, judge: ActionJudge, given: Given | None
) -> Iterator[Found]:
    ids = {action.id for action in actions}
    ways = paths(actions, judge)
    seen: set[str] = set()
    for number, action in enumerate(actions):
        here = f"{path}[{number}]"
        if action.id in seen:
            yield "DUPLICATE_ID", f"{here}.id", f"an earlier action has the id `{action.id[:80]}`"
        seen.add(action.id)
        yield from _action_problems(action, here, ids, judge)
        if number not in ways.reached:
            yield "UNREACHABLE_ACTION", here, "no path leads here"
    if given is not None:
        for code, inside, message in doubts(actions, ways, judge, given):
            yield code, f"{path}{inside}", message


def _action_problems(action: Action, path: str, ids: set[str], judge: ActionJudge) -> Iterator[Found]:
    if len(action.id) > LONGEST_ID:
        yield "TOO_LARGE", f"{path}.id", f"must have at most {LONGEST_ID} characters"
    if not judge.knows(action):
        yield "INVALID_ACTION_TYPE", f"{path}.type", f"`{action.type[:80]}` is no action type of this server"
        return
    if names(action.next_id) and action.next_id not in ids:
        yield "DANGLING_TARGET", f"{path}.next_id", f"there is no action `{action.next_id[:80]}`"
    for code, inside, message in judge.option_problems(action):
        yield code, f"{path}.option{_joined(inside)}", message
    for inside, target in judge.targets(action).items():
        if names(target) and target not in ids:
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


def _joined(inside: str) -> str:
    return "" if not inside else inside if inside.startswith("[") else f".{inside}"


def _graded(code: str, path: str, message: str, lenient: bool) -> Problem:
    warning = code in WARNINGS or (lenient and code in LENIENT)
    return Problem(code, path, message, Severity.WARNING if warning else Severity.ERROR)
