"""Finds the plugins of the entry-point group `flowgen` and holds what they register."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy
import structlog

from flowgen_core.api import ActionType, ChannelType, FlowType, VariableSource
from flowgen_core.hookspecs import PROJECT, Hooks

log = structlog.get_logger(__name__)
GROUP = "flowgen"


class DuplicateName(Exception):
    """Two plugins register one name; the text names both."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that was found; `error` is why it was skipped, empty when it works."""

    name: str
    version: str = ""
    distribution: str = ""
    error: str = ""


@dataclass(slots=True)
class Registry:
    """All that plugins have registered, by name, and which plugin each thing came from."""

    plugins: list[Plugin] = field(default_factory=list)
    action_types: dict[str, ActionType] = field(default_factory=dict)
    flow_types: dict[str, FlowType] = field(default_factory=dict)
    channel_types: dict[str, ChannelType] = field(default_factory=dict)
    variable_sources: dict[str, VariableSource] = field(default_factory=dict)
    # (kind, name) → plugin
    owners: dict[tuple[str, str], str] = field(default_factory=dict)

    def owner(self, kind: str, name: str) -> Plugin:
        """Gives the plugin that registered a name; `kind` is such as `action type` or `channel type`."""
        wanted = self.owners[(kind, name)]
        return next(plugin for plugin in self.plugins if plugin.name == wanted)


def load(found: Iterable[EntryPoint] | None = None) -> Registry:
    """Loads every plugin; a broken one is reported and skipped. Raises DuplicateName."""
    registry = Registry()
    for entry in sorted(
        found if found is not None else entry_points(group=GROUP), key=lambda entry: entry.name
    ):
        registry.plugins.append(_load_one(entry, registry))
    return registry


def _load_one(entry: EntryPoint, registry: Registry) -> Plugin:
    distribution = entry.dist.name if entry.dist else ""
    version = entry.dist.version if entry.dist else ""
    try:
        _register(entry.name, entry.load(), registry)
    except DuplicateName:
        raise
    except Exception as error:
        log.error("plugin_failed", plugin=entry.name, error=f"{type(error).__name__}: {error}")
        return Plugin(entry.name, version, distribution, f"{type(error).__name__}: {error}")
    return Plugin(entry.name, version, distribution)


# A plugin is a module or any object with hook implementations.
def _register(name: str, plugin: Any, registry: Registry) -> None:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Hooks)
    manager.register(plugin, name)
    manager.check_pending()
    actions: dict[str, ActionType] = {}
    flows: dict[str, FlowType] = {}
    channels: dict[str, ChannelType] = {}
    sources: dict[str, VariableSource] = {}
    manager.hook.register_action_types(register=lambda item: _take(actions, item.name, item, name))
    manager.hook.register_flow_types(register=lambda item: _take(flows, item.name, item, name))
    manager.hook.register_channels(register=lambda item: _take(channels, item.name, item, name))
    manager.hook.register_variable_sources(register=lambda item: _take(sources, item.prefix, item, name))
    # Only a plugin that registered everything without a fault counts.
    for kind, taken in (
        ("action type", actions),
        ("flow type", flows),
        ("channel type", channels),
        ("variable source", sources),
    ):
        for key in taken:
            _claim(registry, kind, key, name)
    registry.action_types |= actions
    registry.flow_types |= flows
    registry.channel_types |= channels
    registry.variable_sources |= sources


def _take(taken: dict[str, Any], name: str, item: Any, plugin: str) -> None:
    if isinstance(item, type):
        raise TypeError(f"register an instance: `{name}()`, not the class")
    if not (isinstance(name, str) and name):
        raise TypeError("what is registered needs a text `name`")
    if name in taken:
        raise DuplicateName(f"The plugin `{plugin}` registers `{name}` twice.")
    taken[name] = item


def _claim(registry: Registry, kind: str, name: str, plugin: str) -> None:
    other = registry.owners.get((kind, name))
    if other is not None:
        raise DuplicateName(f"The plugins `{other}` and `{plugin}` both register the {kind} `{name}`.")
    registry.owners[(kind, name)] = plugin
