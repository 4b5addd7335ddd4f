"""Where each action of a list leads, and which places can lead back to themselves."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from flowgen_core.model.flow import NIL_ID, Action

Leads = Sequence[Collection[int]]


class PathJudge(Protocol):
    """What paths need to know of action types."""

    def knows(self, action: Action) -> bool:
        """Tells whether the action's type is installed."""

    def targets(self, action: Action) -> Mapping[str, str]:
        """Gives the actions that the option may jump to, by path inside the option."""

    def always_leaves(self, action: Action) -> bool:
        """Tells whether the action never goes on to the one that follows."""

    def goes_on_without_target(self, action: Action) -> bool:
        """Tells whether a jump to an action that there is not goes on to the one that follows."""


@dataclass(frozen=True, slots=True)
class Paths:
    """By place in the list, the places that may come next.

    Two more places follow the actions: the end, which leads nowhere, and `anywhere`, which leads to all: a target
    that a variable names is known only when the flow runs.
    """

    leads: Leads
    reached: frozenset[int]

    @property
    def anywhere(self) -> int:
        """The place of a jump whose target a variable names."""
        return len(self.leads) - 1


def names(target: str) -> bool:
    """Tells whether a target names an action: one that holds a variable is judged when it runs."""
    return bool(target) and target != NIL_ID and "${" not in target


def paths(actions: Sequence[Action], judge: PathJudge) -> Paths:
    """Finds where each action leads, and what the first one can reach."""
    places: dict[str, int] = {}
    for number, action in enumerate(actions):
        places.setdefault(action.id, number)
    end = len(actions)
    leads = [frozenset(_next(number, action, places, end, judge)) for number, action in enumerate(actions)]
    leads += [frozenset(), frozenset(range(end + 1))]
    return Paths(leads, frozenset(_reachable(leads)))


def _next(
    number: int, action: Action, places: Mapping[str, int], end: int, judge: PathJudge
) -> Iterator[int]:
    if not judge.knows(action):
        yield number + 1
        return
    targets = set(judge.targets(action).values())
    yield from (places[target] for target in targets if target in places)
    if any("${" in target for target in targets):
        yield end + 1
    missing = any(names(target) and target not in places for target in targets)
    if missing:
        # The run fails there, unless it goes on.
        yield end
    if not judge.always_leaves(action) or (missing and judge.goes_on_without_target(action)):
        yield places.get(action.next_id, end) if names(action.next_id) else number + 1


def _reachable(leads: Leads) -> set[int]:
    reached, waiting = {0}, [0]
    while waiting:
        fresh = [place for place in leads[waiting.pop()] if place not in reached]
        reached.update(fresh)
        waiting.extend(fresh)
    return reached


def groups(leads: Leads) -> list[list[int]]:
    """Parts the places that place 0 reaches into groups that lead back to themselves; what follows comes first.

    A place that does not lead back to itself is a group of its own.
    """
    found: list[list[int]] = []
    # Tarjan's algorithm; without recursion, for a list may be longer than Python's stack.
    order, low, ungrouped = {0: 0}, {0: 0}, [0]
    path = [(0, iter(leads[0]))]
    grouped: set[int] = set()
    while path:
        place, rest = path[-1]
        following = next(rest, None)
        if following is None:
            path.pop()
            if path:
                low[path[-1][0]] = min(low[path[-1][0]], low[place])
            if low[place] == order[place]:
                found.append(_taken_down_to(place, ungrouped))
                grouped.update(found[-1])
        elif following not in order:
            order[following] = low[following] = len(order)
            ungrouped.append(following)
            path.append((following, iter(leads[following])))
        elif following not in grouped:
            low[place] = min(low[place], order[following])
    return found


def _taken_down_to(place: int, ungrouped: list[int]) -> list[int]:
    group = [ungrouped.pop()]
    while group[-1] != place:
        group.append(ungrouped.pop())
    return group


def is_cycle(group: Sequence[int], leads: Leads) -> bool:
    """Tells whether a group's places lead back to themselves."""
    return len(group) > 1 or group[0] in leads[group[0]]
