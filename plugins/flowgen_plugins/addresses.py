"""Addresses of people and machines, as actions name them."""

from typing import Literal

from pydantic import Field

from flowgen_plugins import loose

Kind = Literal[
    "", "agent", "ai", "ai_team", "conference", "email", "extension", "line", "sip", "tel",
    "webchat", "web_session", "whatsapp",
]  # fmt: skip


class Address(loose.Sparse):
    """Somebody or something that can be reached."""

    type: Kind = Field("", description="The kind of address, such as `tel` or `email`.")
    target: str = Field("", description="The address itself, such as `+15551234567`.")
    target_name: str = Field("", description="Who is shown as its owner.")
    name: str = Field("", description="A name for it.")
    detail: str = Field("", description="A note on it.")
