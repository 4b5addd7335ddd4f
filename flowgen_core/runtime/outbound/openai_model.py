"""A language model behind any endpoint that speaks OpenAI's chat completions."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import openai
import structlog
from openai.types.chat import ChatCompletionChunk

from flowgen_core.model.outside import LlmAnswer, LlmMessage, LlmTool, LlmUnavailable
from flowgen_core.runtime.outbound.openai_read import Collected, answer_of
from flowgen_core.runtime.outbound.openai_write import chat_request
from flowgen_core.settings import LlmSettings

log = structlog.get_logger(__name__)
# A second try after a broken connection, 408, 409, 429 and 5xx; never after text was shown.
_RETRIES = 1
_CONNECT_SECONDS = 10.0
_UNREADABLE = "The language model's answer cannot be read."


class OpenAiModel:
    """A `LanguageModel`. The operator chose its address, so it may be a private one."""

    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings
        key = settings.api_key.get_secret_value() if settings.api_key else "none"
        # Empty names keep the library from sending what the environment holds for other programs.
        self._client = openai.AsyncOpenAI(
            base_url=settings.base_url,
            api_key=key,
            organization="",
            project="",
            max_retries=_RETRIES,
            # All else is limited in `chat`.
            timeout=openai.Timeout(None, connect=_CONNECT_SECONDS),
        )

    async def chat(
        self,
        messages: Sequence[LlmMessage],
        *,
        tools: Sequence[LlmTool] = (),
        json_schema: Mapping[str, Any] | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        on_token: Callable[[str], None] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  kept by asyncio.timeout below
    ) -> LlmAnswer:
        """Asks the model; streams when `on_token` is given, which then gets each piece of text.

        `timeout` (seconds, for everything) and `max_tokens` can only lower the settings' limits.
        With `json_schema` the text is to be JSON of that schema; whoever asks still checks it.
        Raises `LlmUnavailable`, whose text may be shown to users.
        """
        limit = self._settings.max_tokens
        request = chat_request(self._settings.model, messages, tools, json_schema, temperature)
        request[self._settings.max_tokens_parameter] = min(max_tokens or limit, limit)
        seconds = min(timeout or self._settings.timeout, self._settings.timeout)
        try:
            async with asyncio.timeout(seconds):
                return await (self._stream(request, on_token) if on_token else self._ask(request))
        except TimeoutError as error:
            log.warning("llm_timeout", seconds=seconds)
            raise LlmUnavailable(f"The language model did not answer within {seconds:g} s.") from error
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
            raise LlmUnavailable(_logged(error)) from error

    async def close(self) -> None:
        """Closes all connections."""
        await self._client.close()

    async def _ask(self, request: dict[str, Any]) -> LlmAnswer:
        return answer_of(await self._client.chat.completions.create(**request, stream=False))

    async def _stream(self, request: dict[str, Any], on_token: Callable[[str], None]) -> LlmAnswer:
        collected = Collected()
        request["stream_options"] = {"include_usage": True}
        stream = await self._client.chat.completions.create(**request, stream=True)
        async with stream:
            async for chunk in stream:
                _show(chunk, collected, on_token)
        return collected.answer()


def _show(chunk: ChatCompletionChunk, collected: Collected, on_token: Callable[[str], None]) -> None:
    text = collected.add(chunk)
    if text:
        on_token(text)


def _logged(error: Exception) -> str:
    # Neither the log nor the user gets the endpoint's own words: some repeat the key or the messages.
    status = error.status_code if isinstance(error, openai.APIStatusError) else None
    log.warning("llm_failed", error=type(error).__name__, status=status)
    match error:
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return "The language model refuses the key of this server; check `FLOWGEN_LLM__API_KEY`."
        case openai.RateLimitError():
            return "The language model is asked too often, or its quota is used up; try again later."
        case openai.APITimeoutError() | openai.APIConnectionError():
            return "The language model cannot be reached, or the connection to it broke."
        case openai.APIStatusError():
            return f"The language model answered with HTTP {status}."
        case _:
            return _UNREADABLE
