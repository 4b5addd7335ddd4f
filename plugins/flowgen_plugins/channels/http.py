"""Sends messages as HTTP requests."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from flowgen_core.api import Address, ChannelContext, ChannelType, OutboundMessage
from flowgen_plugins.channels import template

_NAMES = frozenset({"id", "from", "from_type", "to", "to_type", "text"})
_DEFAULT_BODY = '{"id": "${id}", "from": "${from}", "to": "${to}", "text": "${text}"}'
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSEEN = re.compile(r"[\x00-\x20\x7f\\]")
_UNSENT = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# They say how a message is framed, or are the channel's own.
_TAKEN = frozenset(
    {"connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
    | {"content-type", "idempotency-key"}
)


def _url(url: str) -> str:
    parts = urlsplit(url)
    bad = _UNSEEN.search(url) or "@" in parts.netloc or parts.port == 0
    if bad or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http or https URL without user, password and blanks")
    return url


def _named(headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
    if not all(_TOKEN.fullmatch(name) and name.lower() not in _TAKEN for name in headers):
        raise ValueError(f"must be named like headers, but not {', '.join(sorted(_TAKEN))}")
    return headers


def _sent(value: SecretStr) -> SecretStr:
    if _UNSENT.search(value.get_secret_value()):
        raise ValueError("must not hold control characters")
    return value


Secret = Annotated[SecretStr, Field(max_length=4096), AfterValidator(_sent)]


class Owned(BaseModel):
    """An address that a channel owns."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(max_length=64, description="Kind of address, such as `tel`.")
    target: str = Field(min_length=1, max_length=255, description="The address itself.")


class Http(ChannelType):
    """Sends each message as an HTTP POST request, such as to a gateway for text messages."""

    name = "http"

    class Config(ChannelType.Config):
        """Where messages go, how they look and whose they are."""

        url: Annotated[str, AfterValidator(_url)] = Field(
            max_length=2048,
            description="Where requests go, an http or https URL. It is shown: keep secrets out.",
        )
        headers: Annotated[dict[str, Secret], AfterValidator(_named)] = Field(
            default_factory=dict,
            max_length=50,
            description="Headers of the requests. Their values are secret.",
        )
        content_type: str = Field(
            template.JSON,
            pattern=r"^[\w!#$&^.+-]+/[\w!#$&^.+-]+(; ?[\w-]+=[\w-]+)*$",
            max_length=255,
            description="What the body is. In JSON and forms the values are escaped as they need it.",
        )
        body: str = Field(
            _DEFAULT_BODY,
            max_length=32 * 1024,
            description="The body, with ${id}, ${from}, ${from_type}, ${to}, ${to_type} and ${text} in it.",
        )
        addresses: list[Owned] = Field(
            default_factory=list,
            max_length=1000,
            description="The source addresses whose messages go through the channel.",
        )

        @field_validator("body")
        @classmethod
        def _is_proper(cls, body: str, others: ValidationInfo) -> str:
            template.judge(body, others.data.get("content_type", ""), _NAMES)
            return body

    def owns(self, config: Config, address: Address) -> bool:
        """Tells whether the address is one of the configured ones."""
        return any((one.type, one.target) == (address.type, address.target) for one in config.addresses)

    async def send(self, ctx: ChannelContext, config: Config, message: OutboundMessage) -> None:
        """Sends the request; every answer but 2xx is a failure."""
        headers = {name: value.get_secret_value() for name, value in config.headers.items()}
        answer = await ctx.http.request(
            "POST",
            config.url,
            headers={**headers, "Content-Type": config.content_type, "Idempotency-Key": ctx.id},
            body=template.filled(config.body, config.content_type, _values(message)),
        )
        if not 200 <= answer.status < 300:
            raise NotTaken(f"The receiver answered {answer.status}.")


class NotTaken(Exception):
    """The receiver did not take the message."""


def _values(message: OutboundMessage) -> dict[str, str]:
    return {
        "id": message.id,
        "from": message.source.target,
        "from_type": message.source.type,
        "to": message.destination.target,
        "to_type": message.destination.type,
        "text": message.text,
    }
