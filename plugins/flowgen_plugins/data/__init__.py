"""Action types that keep something: variables and cases."""

from collections.abc import Callable

from flowgen_core.api import ActionType, hookimpl
from flowgen_plugins.data.case import CaseCreate
from flowgen_plugins.data.variable import VariableSet


@hookimpl
def register_action_types(register: Callable[[ActionType], None]) -> None:
    """Registers the action types of this plugin."""
    register(CaseCreate())
    register(VariableSet())
