"""What comes back from the outside: HTTP answers, what language models say, and how both fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


class HttpRefused(Exception):
    """The URL or the address behind it may not be reached."""


class HttpFailed(Exception):
    """The network failed, or the answer was too late or too large."""


class MailFailed(Exception):
    """The e-mail could not be handed over."""


class LlmUnavailable(Exception):
    """There is no language model, or it failed."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class LlmToolCall:
    """A tool that the model wants to be called; `arguments` is JSON text."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class LlmMessage:
    """A message to or from the model. A `tool` message answers the call `tool_call_id`."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    name: str = ""
    tool_calls: tuple[LlmToolCall, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class LlmTool:
    """A tool that the model may call; `parameters` is a JSON Schema."""

    name: str
    description: str
    # A JSON Schema.
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LlmUsage:
    """Tokens that were used."""

    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class LlmAnswer:
    """What the model said."""

    text: str
    tool_calls: tuple[LlmToolCall, ...] = ()
    usage: LlmUsage = LlmUsage()
    model: str = ""
