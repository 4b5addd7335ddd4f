"""How plugins are found, and what happens to bad ones."""

from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from flowgen_core.api import ActionType, ChannelType, FlowType, Medium, hookimpl
from flowgen_core.model.errors import FlowGenError
from flowgen_core.registry import DuplicateName, load
from flowgen_core.runtime.catalog import Catalog
from flowgen_core.store.paging import Page


class Shout(ActionType):
    """Says a text
    in capitals.
    """

    name = "shout"
    media = frozenset({Medium.VOICE, Medium.CHAT})

    class Option(BaseModel):
        text: str


class Empty(FlowType):
    name = "empty"


class Pager(ChannelType):
    """Sends to pagers."""

    name = "pager"

    class Config(ChannelType.Config):
        token: SecretStr


class Plugin:
    def __init__(self, *items: Any, error: Exception | None = None) -> None:
        self._items, self._error = items, error

    @hookimpl
    def register_action_types(self, register: Any) -> None:
        for item in self._items:
            if isinstance(item, ActionType):
                register(item)
        if self._error:
            raise self._error

    @hookimpl
    def register_channels(self, register: Any) -> None:
        for item in self._items:
            if isinstance(item, ChannelType):
                register(item)

    @hookimpl
    def register_flow_types(self, register: Any) -> None:
        for item in self._items:
            if isinstance(item, FlowType):
                register(item)


class Entry:
    """An entry point that gives an object instead of importing a module."""

    def __init__(self, name: str, plugin: Any) -> None:
        self.name, self._plugin = name, plugin
        self.dist = SimpleNamespace(name=f"dist-{name}", version="1.2.0")

    def load(self) -> Any:
        if isinstance(self._plugin, Exception):
            raise self._plugin
        return self._plugin


def found(**plugins: Any) -> list[EntryPoint]:
    return [Entry(name, plugin) for name, plugin in plugins.items()]  # type: ignore[misc]  # as good as one


def test_what_plugins_register_is_held_with_its_owner() -> None:
    registry = load(found(one=Plugin(Shout(), Empty())))
    assert set(registry.action_types) == {"shout"} and set(registry.flow_types) == {"empty"}
    assert registry.owner("action type", "shout").distribution == "dist-one"


def test_a_broken_plugin_is_reported_and_skipped() -> None:
    class Other(Shout):
        name = "other"

    registry = load(
        found(
            a=ImportError("no such module"),
            b=Plugin(Shout(), error=RuntimeError("half way")),
            c=Plugin(Other()),
        )
    )
    errors = {plugin.name: plugin.error for plugin in registry.plugins}
    assert errors == {"a": "ImportError: no such module", "b": "RuntimeError: half way", "c": ""}
    assert set(registry.action_types) == {"other"}, "nothing of a plugin that failed half way counts"


def test_a_name_registered_by_two_plugins_names_both() -> None:
    with pytest.raises(DuplicateName, match=r"`one` and `two` both register the action type `shout`"):
        load(found(one=Plugin(Shout()), two=Plugin(Shout())))


def test_a_name_registered_twice_by_one_plugin_is_an_error() -> None:
    with pytest.raises(DuplicateName, match="`one` registers `shout` twice"):
        load(found(one=Plugin(Shout(), Shout())))


def test_the_catalog_describes_what_was_registered() -> None:
    catalog = Catalog(load(found(one=Plugin(Shout(), Empty()))))
    (action,) = catalog.action_types(Page()).rows
    assert (action.name, action.plugin, action.distribution) == ("shout", "one", "dist-one")
    assert action.description == "Says a text\nin capitals."
    assert action.media == (Medium.CHAT, Medium.VOICE) and '"text"' in action.option_schema
    (flow_type,) = catalog.flow_types(Page()).rows
    assert (flow_type.version, flow_type.cost, flow_type.context_schema) == (1, 1, "")


def test_the_catalog_describes_channel_types_and_what_is_secret_in_them() -> None:
    (pager,) = Catalog(load(found(one=Plugin(Pager())))).channel_types(Page()).rows
    assert (pager.name, pager.plugin, pager.description) == ("pager", "one", "Sends to pagers.")
    assert '"writeOnly":true' in pager.config_schema and '"additionalProperties":false' in pager.config_schema


def test_a_channel_type_may_be_named_like_an_action_type_but_not_like_another_channel_type() -> None:
    class Same(Shout):
        name = "pager"

    assert load(found(one=Plugin(Pager(), Same()))).channel_types
    with pytest.raises(DuplicateName, match="the channel type `pager`"):
        load(found(one=Plugin(Pager()), two=Plugin(Pager())))


def test_the_catalog_is_paged_by_name() -> None:
    catalog = Catalog(load(found(c=Plugin(), a=Plugin(), b=Plugin())))
    first = catalog.plugins(Page(2), with_total=True)
    second = catalog.plugins(Page(2, first.next_token))
    assert [plugin.name for plugin in (*first.rows, *second.rows)] == ["a", "b", "c"]
    assert (first.total, second.total, second.next_token) == (3, 0, "")


@pytest.mark.parametrize("token", ["?", "é", "/w==", "a"])
def test_a_token_of_another_list_is_refused(token: str) -> None:
    with pytest.raises(FlowGenError, match="INVALID_PAGE_TOKEN"):
        Catalog(load(found(a=Plugin()))).plugins(Page(2, token))
