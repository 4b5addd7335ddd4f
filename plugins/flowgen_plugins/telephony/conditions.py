"""Go on or jump, by the digits or the status of a call."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from flowgen_core.api import ActionType, Context, Next, Outcome
from flowgen_plugins import loose
from flowgen_plugins.jumps import jump_when_false
from flowgen_plugins.telephony.chats import DIGITS, STATUS, TALKING

Status = Literal["dialing", "ringing", "progressing", "terminating", "canceling", "hangup"]


class Digits(loose.Sparse):
    """What the digits must have."""

    length: int = Field(0, description="Holds when there are at least so many digits; 0 asks for none.")
    key: str = Field("", description="Holds when any of these characters is among the digits.")


class ConditionCallDigits(ActionType):
    """Goes on when the digits that came in are long enough or hold a key, else jumps to `false_target_id`.

    Deprecated: `branch` and `condition_variable` on `voipbin.call.digits` do the same and more.
    """

    name = "condition_call_digits"
    media = TALKING

    class Option(Digits):
        """What the digits must have, and where to go without."""

        false_target_id: loose.Text = Field(description="Action to jump to when they have neither.")

    class Lenient(Digits):
        """Without a comparison that is false no target is needed."""

        false_target_id: loose.Text = ""

    async def run(self, ctx: Context, option: Lenient) -> Outcome:
        """Looks at the digits, then goes on or jumps."""
        digits = loose.as_text(ctx.get(DIGITS))
        long_enough = 0 < option.length <= len(digits)
        holds = long_enough or any(key in digits for key in option.key)
        return Next() if holds else jump_when_false(option.false_target_id)

    def targets(self, option: Option) -> Mapping[str, str]:
        """Names the action for false."""
        return {"false_target_id": option.false_target_id}


class Wanted(loose.Sparse):
    """The status that a call must have."""

    status: Status = Field(description="The status; in a chat it is always `progressing`.")


class ConditionCallStatus(ActionType):
    """Goes on when the call has a status, else jumps to `false_target_id`. Deprecated."""

    name = "condition_call_status"
    media = TALKING

    class Option(Wanted):
        """The status, and where to go without."""

        false_target_id: loose.Text = Field(description="Action to jump to when it has another.")

    class Lenient(Wanted):
        """Without a comparison that is false no target is needed."""

        false_target_id: loose.Text = ""

    async def run(self, ctx: Context, option: Lenient) -> Outcome:
        """Looks at the status, then goes on or jumps."""
        status = loose.as_text(ctx.get(STATUS)) or "progressing"
        return Next() if status == option.status else jump_when_false(option.false_target_id)

    def targets(self, option: Option) -> Mapping[str, str]:
        """Names the action for false."""
        return {"false_target_id": option.false_target_id}
