"""Has the model choose who goes on in a group."""

from collections.abc import Sequence
from typing import Any

import pydantic_core

from flowgen_core.api import Context, LlmMessage
from flowgen_plugins.llm.asking import ModelOption, ask
from flowgen_plugins.llm.lines import Line

PROMPT = (
    "Several agents work together: {names}. Read what they have said and choose who speaks next. "
    'Choose "" when the work is done. Answer with JSON: {{"next_speaker": "…"}}.'
)


async def choose(ctx: Context, names: Sequence[str], lines: Sequence[Line], in_turn: int) -> int | None:
    """Gives the position of who goes on, None for nobody; an answer that names no agent leaves it `in_turn`."""
    said = "\n\n".join(f"{line.sender}: {line.text}" for line in lines)
    messages = [LlmMessage("system", PROMPT.format(names=", ".join(names))), LlmMessage("user", said)]
    answer = await ask(ctx.llm, messages, ModelOption(temperature=0), json_schema=_schema(names))
    chosen = _read(answer.text)
    if chosen == "":
        return None
    return names.index(chosen) if chosen in names else in_turn


# A JSON Schema.
def _schema(names: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"next_speaker": {"type": "string", "enum": [*names, ""]}},
        "required": ["next_speaker"],
        "additionalProperties": False,
    }


# Whatever the model wrote; only a name counts.
def _read(text: str) -> Any:
    try:
        found = pydantic_core.from_json(text)
    except ValueError:
        return None
    return found.get("next_speaker") if isinstance(found, dict) else None
