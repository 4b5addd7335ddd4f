"""Hand the conversation to a person and wait until it comes back."""

from typing import Any, Literal

from pydantic import Field

from flowgen_core.api import ActionType, Cause, Context, Next, Outcome, Wait, WaitKind
from flowgen_plugins import loose
from flowgen_plugins.addresses import Address
from flowgen_plugins.requests import new_id
from flowgen_plugins.telephony.chats import TALKING


class _HandOver(ActionType):
    """Pauses the chat; the run goes on when the chat is resumed or the run is continued."""

    media = TALKING

    # Each type has an `Option` of its own.
    async def run(self, ctx: Context, option: Any) -> Outcome:
        """Hands over."""
        ctx.pause(self.name)
        return Wait(WaitKind.FLOOR)

    async def resume(self, ctx: Context, option: Any, cause: Cause) -> Outcome:
        """The bot has the floor again."""
        return Next()


class Connect(_HandOver):
    """Connects with somebody. In a chat: hands it over to a person and goes on when it is resumed."""

    name = "connect"

    class Option(loose.Sparse):
        """Who is connected with whom."""

        source: Address | None = Field(None, description="Who calls.")
        destinations: list[Address] = Field(description="Who is called.")
        early_media: bool = Field(
            False, description="On calls: whether sound passes before somebody answers."
        )
        relay_reason: bool = Field(False, description="On calls: whether a hangup's reason is passed on.")
        anonymous: Literal["", "yes", "no", "auto"] = Field(
            "auto", description="On calls: whether the number is hidden."
        )


class QueueJoin(_HandOver):
    """Joins a queue. In a chat: hands it over to a person and goes on when it is resumed.

    Sets `voipbin.queue.id` and `voipbin.queuecall.id`.
    """

    name = "queue_join"

    class Option(loose.Sparse):
        """Which queue."""

        queue_id: str = Field(min_length=1, description="The queue's id.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Names the queue and hands over."""
        ctx.set("voipbin.queue.id", option.queue_id)
        ctx.set("voipbin.queuecall.id", new_id(ctx.random))
        return await super().run(ctx, option)


class ConferenceJoin(_HandOver):
    """Joins a conference. In a chat: hands it over to a person and goes on when it is resumed."""

    name = "conference_join"

    class Option(loose.Sparse):
        """Which conference."""

        conference_id: str = Field(min_length=1, description="The conference's id.")


class ConfbridgeJoin(_HandOver):
    """Joins a conference bridge. In a chat: hands it over to a person and goes on when it is resumed."""

    name = "confbridge_join"

    class Option(loose.Sparse):
        """Which bridge."""

        confbridge_id: str = Field(min_length=1, description="The bridge's id.")
