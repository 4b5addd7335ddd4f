"""Channels: ways in and out of chats, and what goes out through them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody can be reached: `type` such as `tel` or `email`, and the `target` in it."""

    type: str
    target: str


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """A text for one address. `id` is the message's own; all its addresses share it."""

    id: str
    source: Address
    destination: Address
    text: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of a project; `config` is JSON text of an object."""

    id: str
    project_id: str
    type: str
    name: str
    config: str
    create_time: datetime
    update_time: datetime
