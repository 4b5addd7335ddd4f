"""What the tests of action types share: the problems that are found in an option before it runs."""

from typing import Any

from flowgen_core.api import ActionType
from flowgen_core.model.flow import Action
from flowgen_core.runtime.judge import OptionJudge


def kinds(plugin: Any) -> dict[str, ActionType]:
    """Gives the action types of a plugin by name."""
    found: list[ActionType] = []
    plugin.register_action_types(found.append)
    return {kind.name: kind for kind in found}


def problems(types: dict[str, ActionType], type: str, **option: Any) -> set[tuple[str, str]]:
    """Gives code and path of everything wrong with an option."""
    return {
        (code, path) for code, path, _ in OptionJudge(types).option_problems(Action("a", type, "", option))
    }
