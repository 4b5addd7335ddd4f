"""Sends a message to addresses outside of the chat."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from flowgen_core.api import ActionType, Context, Next, Outcome
from flowgen_plugins import loose
from flowgen_plugins.addresses import Address
from flowgen_plugins.requests import moment, new_id

LONGEST = 32 * 1024


def _fits(text: str) -> str:
    if not 0 < len(text.encode()) <= LONGEST:
        raise ValueError(f"must have 1 to {LONGEST} bytes")
    return text


class MessageSend(ActionType):
    """Sends a text to addresses. It is queued for the channel that owns `source`; without one it stays queued."""

    name = "message_send"

    class Option(loose.Sparse):
        """What goes to whom."""

        source: Address | None = Field(None, description="Who sends it.")
        destinations: list[Address] = Field(
            min_length=1, max_length=100, description="Who gets it: 1 to 100 addresses."
        )
        text: Annotated[str, AfterValidator(_fits)] = Field(description="The text, 1 byte to 32 KiB.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Queues the message."""
        ctx.emit("message", _message(ctx, option))
        return Next()


def _message(ctx: Context, option: MessageSend.Option) -> dict[str, Any]:
    now = moment(ctx.now)
    queued = [
        {"destination": address.model_dump(), "status": "queued", "parts": 1, "tm_update": now}
        for address in option.destinations
    ]
    return {
        "id": new_id(ctx.random),
        "activeflow_id": ctx.run_id,
        "type": "sms",
        "source": (option.source or Address()).model_dump(),
        "targets": queued,
        "text": option.text,
        "direction": "outbound",
        "tm_create": now,
    }
