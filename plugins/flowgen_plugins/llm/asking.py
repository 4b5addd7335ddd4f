"""Asks the language model."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

from flowgen_core.api import ActionError, LanguageModel, LlmAnswer, LlmMessage, LlmTool, LlmUnavailable


class ModelOption(BaseModel):
    """How the model is asked."""

    temperature: float | None = Field(None, ge=0, le=2, description="How freely it chooses its words.")
    max_tokens: int | None = Field(None, ge=1, description="The longest answer, in tokens.")


async def ask(
    model: LanguageModel,
    messages: Sequence[LlmMessage],
    how: ModelOption,
    *,
    tools: Sequence[LlmTool] = (),
    # A JSON Schema.
    json_schema: Mapping[str, Any] | None = None,
    on_token: Callable[[str], None] | None = None,
) -> LlmAnswer:
    """Asks the model. Raises `ActionError` `LLM_UNAVAILABLE` where it fails."""
    try:
        return await model.chat(
            messages,
            tools=tools,
            json_schema=json_schema,
            temperature=how.temperature,
            max_tokens=how.max_tokens,
            on_token=on_token,
        )
    except LlmUnavailable as error:
        raise ActionError(f"The language model failed: {error}", reason="LLM_UNAVAILABLE") from error


def with_prompt(prompt: str, messages: Sequence[LlmMessage]) -> list[LlmMessage]:
    """Puts the prompt before the messages; without any it is itself what is asked. Raises `BAD_OPTION`."""
    if messages:
        return [*([LlmMessage("system", prompt)] if prompt else []), *messages]
    if not prompt:
        raise ActionError("There is neither a prompt nor a message to answer.", reason="BAD_OPTION")
    return [LlmMessage("user", prompt)]
