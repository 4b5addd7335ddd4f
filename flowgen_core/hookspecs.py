"""The hooks of FlowGen, on one screen. Hooks only register; the objects that they register act."""

from typing import TYPE_CHECKING, Protocol

import pluggy

if TYPE_CHECKING:
    from flowgen_core.api import ActionType, ChannelType, FlowType, VariableSource

PROJECT = "flowgen"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class RegisterActionType(Protocol):
    """Takes one action type."""

    def __call__(self, action_type: "ActionType", /) -> None:
        """Registers it; raises `DuplicateName` when the name is taken."""


class RegisterFlowType(Protocol):
    """Takes one flow type."""

    def __call__(self, flow_type: "FlowType", /) -> None:
        """Registers it; raises `DuplicateName` when the name is taken."""


class RegisterChannelType(Protocol):
    """Takes one channel type."""

    def __call__(self, channel_type: "ChannelType", /) -> None:
        """Registers it; raises `DuplicateName` when the name is taken."""


class RegisterVariableSource(Protocol):
    """Takes one variable source."""

    def __call__(self, source: "VariableSource", /) -> None:
        """Registers it; raises `DuplicateName` when the prefix is taken."""


class Hooks:
    """What a plugin may implement."""

    @hookspec
    def register_action_types(self, register: RegisterActionType) -> None:
        """Calls `register(action_type)` for each action type that flows may use."""

    @hookspec
    def register_flow_types(self, register: RegisterFlowType) -> None:
        """Calls `register(flow_type)` for each flow type that generations may name."""

    @hookspec
    def register_channels(self, register: RegisterChannelType) -> None:
        """Calls `register(channel_type)` for each channel type that channels may name."""

    @hookspec
    def register_variable_sources(self, register: RegisterVariableSource) -> None:
        """Calls `register(source)` for each source of variables that flows may read without setting them."""
