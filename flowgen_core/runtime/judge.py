"""Answers what validation asks of the action types that are installed."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import structlog
from pydantic import BaseModel

from flowgen_core.api import ActionType
from flowgen_core.model.flow import Action
from flowgen_core.runtime import options

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
        return self._judge(action)[1]

    def targets(self, action: Action) -> Mapping[str, str]:
        """Gives the actions that the option may jump to; none where the option does not fit."""
        return self._ask(action, lambda kind, option: _texts(kind.targets(option)), {})

    def flows(self, action: Action) -> Mapping[str, str]:
        """Gives the flows that the option calls; none where the option does not fit."""
        return self._ask(action, lambda kind, option: _texts(kind.flows(option)), {})

    def always_leaves(self, action: Action) -> bool:
        """Tells whether the action never goes on to the one that follows."""
        return self._ask(action, lambda kind, option: bool(kind.always_leaves(option)), False)

    def _judge(self, action: Action) -> _Judged:
        found = self._judged.get(id(action))
        if found is None:
            found = (action, options.read(self._types[action.type], action.option))
            self._judged[id(action)] = found
        return found[1]

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
