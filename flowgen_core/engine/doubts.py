"""What is doubtful in a list of actions: loops that nothing ends, variables that are read before they are set."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from flowgen_core.engine.paths import Leads, Paths, groups, is_cycle
from flowgen_core.engine.talk import chat_property
from flowgen_core.model.flow import Action, Document

Found = tuple[str, str, str]
# What a slot without a label is kept in.
_UNLABELLED = "anything"


class DoubtJudge(Protocol):
    """What doubts need to know of action types."""

    def waits(self, action: Action) -> bool:
        """Tells whether the run may come to rest or end at the action."""

    def sets(self, action: Action) -> Collection[str] | None:
        """Gives the variables that the action may set; None: any."""

    def reads(self, action: Action) -> Sequence[tuple[str, str]]:
        """Gives the variables that the action reads, each with the path inside the option."""

    def calls(self, action: Action) -> bool:
        """Tells whether the action runs another flow, which may jump to any action of this one."""


@dataclass(frozen=True, slots=True)
class Given:
    """The variables that may have a value before the first action."""

    names: frozenset[str]
    # Whether a name that no action sets is one that callers may give.
    open: bool
    # Whether anything may have been set before.
    all: bool = False
    prefixes: tuple[str, ...] = field(default=())

    def has(self, name: str) -> bool:
        """Tells whether a variable may have a value."""
        return self.all or name in self.names or name.startswith(self.prefixes)


def given_to_actions(document: Document, judge: DoubtJudge, prefixes: Collection[str]) -> Given:
    """Gives what a flow's own actions may find: its input, and all that its steps may have set."""
    schema = document.input_schema or {}
    properties = schema.get("properties")
    inputs = set(properties) if isinstance(properties, dict) else set()
    inputs |= {chat_property(document) or ""}
    slots = {step.slot.label if step.slot else "" for step in document.steps}
    in_steps = [judge.sets(action) for step in document.steps for action in step.actions]
    names = inputs | {label or _UNLABELLED for label in slots} | _all_of(in_steps)
    is_open = schema.get("additionalProperties") is not False
    return Given(frozenset(names), is_open, None in in_steps, tuple(prefixes))


def given_to_steps(document: Document, judge: DoubtJudge, before: Given) -> Given:
    """Gives what the actions of a step may find: the flow's own actions have run, and any step."""
    in_flow = [judge.sets(action) for action in document.actions]
    names = before.names | _all_of(in_flow)
    return Given(names, before.open, before.all or None in in_flow, before.prefixes)


def doubts(actions: Sequence[Action], paths: Paths, judge: DoubtJudge, given: Given) -> Iterator[Found]:
    """Finds what is doubtful in a list of actions, by path inside the list. Takes near-linear time."""
    leads = [
        {*paths.leads[number], paths.anywhere} if judge.calls(action) else paths.leads[number]
        for number, action in enumerate(actions)
    ]
    leads += paths.leads[len(actions) :]
    parts = groups(leads)
    yield from _endless(actions, leads, parts, judge)
    if not given.all:
        yield from _unset(actions, leads, parts, judge, given)


def _endless(
    actions: Sequence[Action], leads: Leads, parts: Sequence[Sequence[int]], judge: DoubtJudge
) -> Iterator[Found]:
    for part in parts:
        inside = set(part)
        leaves = any(not inside.issuperset(leads[place]) for place in part)
        if not is_cycle(part, leads) or leaves or any(judge.waits(actions[place]) for place in part):
            continue
        closing = max(
            place for place in part if any(back <= place for back in leads[place] if back in inside)
        )
        back = min(leads[closing])
        message = f"leads back to `{actions[back].id[:80]}`, and no action of this loop waits or leaves it"
        yield "LOOP_WITHOUT_WAIT", f"[{closing}]", message


def _unset(
    actions: Sequence[Action],
    leads: Leads,
    parts: Sequence[Sequence[int]],
    judge: DoubtJudge,
    given: Given,
) -> Iterator[Found]:
    sets = [judge.sets(action) for action in actions]
    own = _all_of(sets)
    reads = [
        [(inside, name) for inside, name in judge.reads(action) if not given.has(name)] for action in actions
    ]
    asked = {name for found in reads for _, name in found if name in own or not given.open}
    bits = {name: 1 << number for number, name in enumerate(sorted(asked))}
    before = _set_before([_bits(names, bits) for names in sets], leads, parts)
    for number, found in enumerate(reads):
        unset = {
            inside: name
            for inside, name in reversed(found)
            if number in before and name in bits and not before[number] & bits[name]
        }
        for inside, name in reversed(unset.items()):
            message = f"`{name[:80]}` is read before any action sets it"
            yield "UNSET_VARIABLE", f"[{number}].option{_joined(inside)}", message


def _set_before(sets: Sequence[int], leads: Leads, parts: Sequence[Sequence[int]]) -> dict[int, int]:
    """Gives for each place the variables, as bits, that some path there may have set."""
    before = {place: 0 for part in parts for place in part}
    for part in reversed(parts):
        known = 0
        for place in part:
            known |= before[place]
        after = known
        for place in part:
            after |= sets[place] if place < len(sets) else 0
        round_again = after if is_cycle(part, leads) else known
        for place in part:
            for following in leads[place]:
                before[following] |= after
        for place in part:
            before[place] |= round_again
    return before


def _bits(names: Collection[str] | None, bits: dict[str, int]) -> int:
    if names is None:
        return (1 << len(bits)) - 1
    found = 0
    for name in names:
        found |= bits.get(name, 0)
    return found


def _all_of(sets: Sequence[Collection[str] | None]) -> frozenset[str]:
    return frozenset(name for names in sets for name in names or ())


def _joined(inside: str) -> str:
    return "" if not inside else inside if inside.startswith("[") else f".{inside}"
