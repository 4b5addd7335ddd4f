"""Says a text, plain or marked up for a voice."""

import html
import re
from typing import Literal

from pydantic import Field

from flowgen_core.api import ActionError, ActionType, Context, Next, Outcome
from flowgen_plugins import loose
from flowgen_plugins.telephony.chats import TALKING

# Stops at a `<`, so that a text full of them is read once.
_TAG = re.compile(r"<[^<>]*>")


class Talk(ActionType):
    """Says a text. In a chat it is one message; of SSML (text that begins with `<speak`) the words are shown.

    The voice options have no effect in a chat. An empty text is passed over.
    """

    name = "talk"
    media = TALKING
    fatal = False

    class Option(loose.Sparse):
        """What is said, and by which voice."""

        text: str = Field(description="The text, plain or SSML.")
        language: str = Field("", description="BCP 47 language of the voice.")
        provider: Literal["", "gcp", "aws"] = Field("", description="Who gives the voice.")
        voice_id: str = Field("", description="Which voice.")
        digits_handle: Literal["", "next"] = Field(
            "", description="`next` stops talking when a key is pressed."
        )
        # The key is a word of the language.
        is_async: bool = Field(False, alias="async", description="Whether the run goes on meanwhile.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Says it."""
        text = plain(option.text)
        if not text.strip():
            raise ActionError("empty text", skip=True)
        ctx.say(text)
        return Next()


def plain(text: str) -> str:
    """Gives the words of SSML; other text as it is."""
    if not text.lstrip().startswith("<speak"):
        return text
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())
