"""What happens on the line itself: picking up, tones, hanging up."""

from typing import Literal

from pydantic import Field

from flowgen_core.api import ActionType, Context, End, Next, Outcome
from flowgen_plugins import loose
from flowgen_plugins.telephony.chats import TALKING

Reason = Literal["normal", "failed", "busy", "cancel", "timeout", "noanswer", "dialout", "amd"]


class _Nothing(ActionType):
    """Does something on a call and nothing in a chat."""

    media = TALKING
    fatal = False

    class Option(loose.Option):
        """Nothing to say."""

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Goes on."""
        return Next()


class Answer(_Nothing):
    """Picks up. Does nothing in a chat."""

    name = "answer"


class Beep(_Nothing):
    """Plays a beep. Does nothing in a chat."""

    name = "beep"


class Mute(_Nothing):
    """Mutes the line. Does nothing in a chat."""

    name = "mute"


class Hangup(ActionType):
    """Hangs up. In a chat it ends the run; the chat stays."""

    name = "hangup"
    media = TALKING
    fatal = False

    class Option(loose.Sparse):
        """Why."""

        reason: Reason = Field("normal", description="The reason that the other side gets.")
        reference_id: str = Field("", description="A call whose reason is passed on.")

    class Lenient(loose.Option):
        """Whatever the reason is, the run ends."""

    async def run(self, ctx: Context, option: Lenient) -> Outcome:
        """Ends the run."""
        return End(reason="hangup")
