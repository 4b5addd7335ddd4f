"""Takes digits: keys that are pressed, or a text that is typed."""

from datetime import datetime, timedelta

from pydantic import Field

from flowgen_core.api import ActionType, Answer, Cause, Context, Next, Outcome, Wait, WaitKind
from flowgen_plugins import loose
from flowgen_plugins.telephony.chats import DIGITS, TALKING

LONGEST = 3_600_000


class DigitsReceive(ActionType):
    """Waits for digits and keeps them in `voipbin.call.digits`; empty when the time is over.

    In a chat the next message is the whole answer, even where it is shorter: its text is cut after `length`
    characters or after the first character of `key`, which is kept. Messages from before it waits do not count.
    """

    name = "digits_receive"
    media = TALKING
    fatal = False

    class Option(loose.Sparse):
        """How long it waits, and what ends the digits."""

        duration: int = Field(
            0, ge=0, le=LONGEST, description="Milliseconds to wait at most, up to an hour; 0 is no limit."
        )
        length: int = Field(
            0, description="How many characters are taken; 0 or less is 1, or no limit with a `key`."
        )
        key: str = Field("", description="Characters that end the digits.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Begins to wait."""
        until = ctx.now + timedelta(milliseconds=option.duration) if option.duration else None
        kept = {"until": until.isoformat() if until else ""}
        return Wait(WaitKind.INPUT, until=until, data=kept, fresh=True)

    async def resume(self, ctx: Context, option: Option, cause: Cause) -> Outcome:
        """Takes the digits, or none when the time is over; a message without text is waited past."""
        if not isinstance(cause, Answer):
            ctx.set(DIGITS, "")
            return Next()
        said = cause.text.strip()
        if not said:
            return _wait_on(ctx)
        ctx.set(DIGITS, _cut(said, option))
        return Next()


def _wait_on(ctx: Context) -> Wait:
    # Not fresh: what was said since the wait began counts.
    until = ctx.data["until"]
    return Wait(WaitKind.INPUT, until=datetime.fromisoformat(until) if until else None, data=ctx.data)


def _cut(said: str, option: DigitsReceive.Option) -> str:
    ends = [said.index(key) + 1 for key in option.key if key in said]
    if option.length > 0:
        ends.append(option.length)
    elif not option.key:
        ends.append(1)
    return said[: min(ends, default=None)]
