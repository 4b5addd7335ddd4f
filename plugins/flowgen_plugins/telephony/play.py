"""Plays sound files."""

from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field

from flowgen_core.api import ActionType, Context, Next, Outcome
from flowgen_plugins import loose
from flowgen_plugins.telephony.chats import TALKING


def _is_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("must be an http or https URL")
    return text


class Play(ActionType):
    """Plays sound files. In a chat: one message with an `audio` response for each URL; nothing is fetched."""

    name = "play"
    media = TALKING
    fatal = False

    class Option(loose.Sparse):
        """What is played."""

        stream_urls: list[Annotated[str, AfterValidator(_is_url)]] = Field(
            min_length=1, max_length=20, description="1 to 20 URLs, http or https."
        )

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Shows them."""
        ctx.say("\n".join(option.stream_urls), responses=[_audio(url) for url in option.stream_urls])
        return Next()


# A response is a JSON object.
def _audio(url: str) -> dict[str, Any]:
    file_name = unquote(urlsplit(url).path.rpartition("/")[2])
    return {"type": "audio", "payload": {"title": file_name or url, "url": url}}
