"""What only a call can do: detect machines, send tones, echo."""

from typing import Literal

from pydantic import BaseModel, Field

from flowgen_core.api import ActionError, ActionType, Context, Medium, Outcome
from flowgen_plugins import loose


class VoiceOnly(ActionType):
    """Needs a call; passed over everywhere else."""

    media = frozenset({Medium.VOICE})
    fatal = False

    async def run(self, ctx: Context, option: BaseModel) -> Outcome:
        """Says that there is nothing that could do it."""
        raise ActionError("This server has no voice channel.")


class Amd(VoiceOnly):
    """Finds out whether a machine has answered. Only on calls."""

    name = "amd"

    class Option(loose.Sparse):
        """What happens then."""

        machine_handle: Literal["hangup", "continue"] = Field(
            "continue", description="What to do with a machine."
        )
        # The key is a word of the language.
        is_async: bool = Field(False, alias="async", description="Whether the run goes on meanwhile.")


class DigitsSend(VoiceOnly):
    """Sends key tones. Only on calls."""

    name = "digits_send"

    class Option(loose.Sparse):
        """Which tones."""

        digits: str = Field(
            max_length=100, pattern=r"^[0-9A-D#*]*$", description="The keys, at most 100 of `0-9A-D#*`."
        )
        duration: int = Field(100, ge=100, le=1000, description="Milliseconds a tone, 100 to 1000.")
        interval: int = Field(0, ge=0, le=5000, description="Milliseconds between tones, 0 to 5000.")


class Echo(VoiceOnly):
    """Plays back what is said. Only on calls."""

    name = "echo"

    class Option(loose.Sparse):
        """How long."""

        duration: int = Field(0, description="Milliseconds.")


class StreamEcho(VoiceOnly):
    """Sends the sound stream back. Only on calls."""

    name = "stream_echo"

    class Option(loose.Sparse):
        """How long."""

        duration: int = Field(0, description="Milliseconds.")
