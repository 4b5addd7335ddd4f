"""Flows as Mermaid flowcharts."""

from collections.abc import Iterator, Mapping, Sequence

from flowgen_core.api import ActionType
from flowgen_core.engine.paths import names
from flowgen_core.model.flow import Action, Document, Step
from flowgen_core.runtime.judge import OptionJudge

LONGEST_LABEL = 60


def write_graph(document: Document, action_types: Mapping[str, ActionType]) -> str:
    """Writes a flowchart; of an action type that is not installed here only the next action is drawn."""
    return "\n".join(["flowchart TD", *_lines(document, OptionJudge(action_types))])


def _lines(document: Document, judge: OptionJudge) -> Iterator[str]:
    if document.actions:
        yield f"    start([{_quoted(document.name or 'start')}]) --> a0"
        yield from _list(document.actions, "a", judge)
    places = {step.id: number for number, step in enumerate(document.steps)}
    for number, step in enumerate(document.steps):
        yield f"    s{number}{{{{{_quoted(_step_label(step))}}}}}"
        for context in step.contexts:
            if context in places:
                yield f"    s{places[context]} -.-> s{number}"
        if step.actions:
            yield f"    s{number} --> s{number}a0"
            yield from _list(step.actions, f"s{number}a", judge)


def _list(actions: Sequence[Action], prefix: str, judge: OptionJudge) -> Iterator[str]:
    places: dict[str, int] = {}
    for number, action in enumerate(actions):
        places.setdefault(action.id, number)
    for number, action in enumerate(actions):
        yield f"    {prefix}{number}[{_quoted(_label(action))}]"
        for name, place in _arrows(number, action, places, judge):
            end = f"{prefix}{place}" if place < len(actions) else f'{prefix}end(["end"])'
            yield f"    {prefix}{number} --{f'>|{_quoted(name)}|' if name else '>'} {end}"


def _arrows(
    number: int, action: Action, places: Mapping[str, int], judge: OptionJudge
) -> Iterator[tuple[str, int]]:
    for path, target in judge.targets(action).items():
        if target in places:
            yield _reason(path), places[target]
    if not judge.always_leaves(action):
        yield "", places.get(action.next_id, len(places)) if names(action.next_id) else number + 1


def _reason(path: str) -> str:
    """Names a jump by the member that holds its target: `targets.no` is `no`, `false_target_id` is `false`."""
    return path.rpartition(".")[2].removesuffix("target_id").rstrip("_")


def _label(action: Action) -> str:
    said = next((action.option[key] for key in ("text", "message", "key") if action.option.get(key)), "")
    return _titled(action.type, action.title or (said if isinstance(said, str) else ""))


def _step_label(step: Step) -> str:
    return _titled(step.type, step.title or (step.intent.title if step.intent else ""))


def _titled(kind: str, title: str) -> str:
    return f"{kind}: {title}" if title else kind


def _quoted(text: str) -> str:
    """Writes a label so that nothing in it is Mermaid's or HTML's own."""
    line = " ".join(text.split())
    line = line if len(line) <= LONGEST_LABEL else f"{line[: LONGEST_LABEL - 1]}…"
    # `#` first: the codes that follow begin with it.
    for mark, code in (
        ("#", "#35;"),
        ("&", "#amp;"),
        ('"', "#quot;"),
        ("<", "#lt;"),
        (">", "#gt;"),
        ("`", "#96;"),
    ):
        line = line.replace(mark, code)
    return f'"{line}"'
