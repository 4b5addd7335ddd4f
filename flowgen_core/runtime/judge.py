"""Answers what validation asks of the action types that are installed."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar

import structlog
from pydantic import BaseModel

from flowgen_core.api import ActionType
from flowgen_core.engine.text import has_places
from flowgen_core.model.flow import Action
from flowgen_core.runtime import options
from flowgen_core.runtime.readings import readings

log = structlog.get_logger(__name__)
T = TypeVar("T")
_Judged = tuple[BaseModel | None, Sequence[options.Found]]


class OptionJudge:
    """Judges the actions of one document, each option once: make one for every document."""

    def __init__(self, action_types: Mapping[str, ActionType]) -> None:
        self._types = action_types
        # An action is no key, for its option is a mapping; it is kept so that its `id()` stays its own.
        self._judged: dict[int, tuple[Action, _Judged]] = {}

    def knows(self, action: Action) -> bool:
        """Tells whether the action's type is installed."""
        return action.type in self._types

    def option_problems(self, action: Action) -> Sequence[options.Found]:
        """Gives code, path inside the option, and message of everything wrong in the option."""
        return [*self._judge(action)[1], *self._nested(action)]

    def targets(self, action: Action) -> Mapping[str, str]:
        """Gives the actions that the option may jump to; none where the option does not fit."""
        return self._ask(action, lambda kind, option: _texts(kind.targets(option)), {})

    def flows(self, action: Action) -> Mapping[str, str]:
        """Gives the flows that the option calls; none where the option does not fit."""
        return self._ask(action, lambda kind, option: _texts(kind.flows(option)), {})

    def always_leaves(self, action: Action) -> bool:
        """Tells whether the action never goes on to the one that follows."""
        return self._ask(action, lambda kind, option: bool(kind.always_leaves(option)), False)

    def goes_on_without_target(self, action: Action) -> bool:
        """Tells whether a jump to an action that there is not goes on to the one that follows."""
        return self._types[action.type].optional_jumps

    def calls(self, action: Action) -> bool:
        """Tells whether the action runs another flow."""
        return any(self.flows(action).values())

    def waits(self, action: Action) -> bool:
        """Tells whether the run may come to rest or end at the action; so it may where the option does not fit."""
        return self._ask(action, lambda kind, option: bool(kind.waits(option)), True)

    def sets(self, action: Action) -> Collection[str] | None:
        """Gives the variables that the action may set; None: any, also where the option does not fit."""
        names = self._ask(action, lambda kind, option: _named(kind.sets(option)), None)
        return None if names is None or has_places(names) else names

    def reads(self, action: Action) -> Sequence[tuple[str, str]]:
        """Gives the variables that the action reads, each with the path inside the option."""
        return self._ask(action, _reads_of(action), ())

    def _judge(self, action: Action) -> _Judged:
        found = self._judged.get(id(action))
        if found is None:
            found = (action, options.read(self._types[action.type], action.option))
            self._judged[id(action)] = found
        return found[1]

    def _nested(self, action: Action) -> Iterator[options.Found]:
        none: Mapping[str, str] = {}
        nested = self._ask(action, lambda kind, option: _texts(kind.nested(option)), none)
        for path, name in nested.items():
            if name not in self._types:
                yield "NESTED_TYPE", path, f"`{name[:80]}` is no action type of this server"

    def _ask(self, action: Action, question: Callable[[ActionType, BaseModel], T], default: T) -> T:
        kind = self._types.get(action.type)
        option = self._judge(action)[0] if kind else None
        if kind is None or option is None:
            return default
        try:
            return question(kind, option)
        except Exception as error:  # a plugin may fail in any way, and must break nothing but itself
            log.warning("action_type_failed", action_type=kind.name, error=type(error).__name__)
            return default


def _texts(named: Mapping[str, str]) -> Mapping[str, str]:
    return {path: target for path, target in named.items() if isinstance(target, str)}


def _named(names: Collection[str] | None) -> list[str] | None:
    return None if names is None else [name for name in names if isinstance(name, str)]


def _reads_of(action: Action) -> Callable[[ActionType, BaseModel], Sequence[tuple[str, str]]]:
    def reads(kind: ActionType, option: BaseModel) -> Sequence[tuple[str, str]]:
        elsewhere = {path.split("[", 1)[0] for path in kind.nested(option)}
        return readings(action.option, _named(kind.reads(option)) or [], elsewhere)

    return reads
