"""What plugins brought, in pages ordered by name."""

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import cleandoc
from typing import TypeVar

import structlog
from pydantic import BaseModel

from flowgen_core.api import Medium
from flowgen_core.model import jsontext
from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.registry import Plugin, Registry
from flowgen_core.store.paging import MAX_BYTES, Listing, Page

log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FlowTypeInfo:
    """A flow type; schemas are JSON text, and `context_schema` is empty if it takes no context."""

    name: str
    version: int
    cost: int
    plugin: str
    parameters_schema: str
    context_schema: str


@dataclass(frozen=True, slots=True)
class ActionTypeInfo:
    """An action type; `option_schema` is JSON text."""

    name: str
    plugin: str
    distribution: str
    description: str
    media: tuple[Medium, ...]
    option_schema: str


@dataclass(frozen=True, slots=True)
class ChannelTypeInfo:
    """A channel type; `config_schema` is JSON text."""

    name: str
    plugin: str
    description: str
    config_schema: str


class Catalog:
    """Lists what a registry holds. Every list raises INVALID_PAGE_TOKEN."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def plugins(self, page: Page, *, with_total: bool = False) -> Listing[Plugin]:
        """Lists the plugins that were found, also broken ones."""
        found = {plugin.name: plugin for plugin in self._registry.plugins}
        return _page(found, found.__getitem__, page, with_total)

    def flow_types(self, page: Page, *, with_total: bool = False) -> Listing[FlowTypeInfo]:
        """Lists the flow types."""
        return _page(self._registry.flow_types, self._flow_type, page, with_total)

    def action_types(self, page: Page, *, with_total: bool = False) -> Listing[ActionTypeInfo]:
        """Lists the action types."""
        return _page(self._registry.action_types, self._action_type, page, with_total)

    def channel_types(self, page: Page, *, with_total: bool = False) -> Listing[ChannelTypeInfo]:
        """Lists the channel types."""
        return _page(self._registry.channel_types, self._channel_type, page, with_total)

    def _flow_type(self, name: str) -> FlowTypeInfo:
        flow_type = self._registry.flow_types[name]
        return FlowTypeInfo(
            name=name,
            version=flow_type.version,
            cost=flow_type.cost,
            plugin=self._registry.owner("flow type", name).name,
            parameters_schema=_schema(flow_type.Parameters),
            context_schema=_schema(flow_type.Context) if flow_type.Context.model_fields else "",
        )

    def _action_type(self, name: str) -> ActionTypeInfo:
        action_type, plugin = self._registry.action_types[name], self._registry.owner("action type", name)
        return ActionTypeInfo(
            name=name,
            plugin=plugin.name,
            distribution=plugin.distribution,
            description=cleandoc(type(action_type).__doc__ or ""),
            media=tuple(medium for medium in Medium if medium in action_type.media),
            option_schema=_schema(action_type.Option),
        )

    def _channel_type(self, name: str) -> ChannelTypeInfo:
        channel_type = self._registry.channel_types[name]
        return ChannelTypeInfo(
            name=name,
            plugin=self._registry.owner("channel type", name).name,
            description=cleandoc(type(channel_type).__doc__ or ""),
            config_schema=_schema(channel_type.Config),
        )


def _page(names: Iterable[str], make: Callable[[str], T], page: Page, with_total: bool) -> Listing[T]:
    ordered = sorted(names)
    after = _unpack(page.token)
    left = [name for name in ordered if name > after] if page.token else ordered
    taken: list[T] = []
    weight = 0
    for name in left[: page.size]:
        item = make(name)
        weight += len(repr(item).encode())
        if taken and weight > MAX_BYTES:
            break
        taken.append(item)
    token = _pack(left[len(taken) - 1]) if len(taken) < len(left) else ""
    return Listing(tuple(taken), token, len(ordered) if with_total else 0)


def _schema(model: type[BaseModel]) -> str:
    try:
        return jsontext.dump(model.model_json_schema())
    except Exception as error:  # a plugin's model may hold what no schema can say
        log.warning("schema_not_written", model=model.__qualname__, error=type(error).__name__)
        return '{"type":"object"}'


def _pack(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _unpack(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except ValueError:
        raise FlowGenError(
            Reason.INVALID_PAGE_TOKEN, "`page_token` was not given by this list; begin again without it."
        ) from None
