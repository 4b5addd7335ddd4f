"""Action types that steer a run: branches, conditions, jumps, variables, time, other flows."""

from collections.abc import Callable

from flowgen_core.api import ActionType, hookimpl
from flowgen_plugins.control.block import Block
from flowgen_plugins.control.branch import Branch
from flowgen_plugins.control.clock import ConditionDatetime
from flowgen_plugins.control.condition import ConditionVariable
from flowgen_plugins.control.flows import FetchFlow
from flowgen_plugins.control.goto import Goto
from flowgen_plugins.control.sleep import Sleep
from flowgen_plugins.control.stop import Stop
from flowgen_plugins.control.variable import VariableSet


@hookimpl
def register_action_types(register: Callable[[ActionType], None]) -> None:
    """Registers the action types of this plugin."""
    for kind in (
        Block,
        Branch,
        ConditionDatetime,
        ConditionVariable,
        FetchFlow,
        Goto,
        Sleep,
        Stop,
        VariableSet,
    ):
        register(kind())
