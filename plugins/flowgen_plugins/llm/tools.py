"""The tools that agents may use: each is a URL that takes JSON."""

import json
from typing import Any

import pydantic_core
from pydantic import BaseModel, Field, JsonValue

from flowgen_core.api import Context, HttpFailed, HttpRefused, LlmTool, LlmToolCall

SECONDS = 30
LONGEST_RESULT = 8 * 1024


class Tool(BaseModel):
    """Something that an agent may have done: its arguments are posted to a URL as JSON."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="What the model calls it.")
    description: str = Field("", description="What it does, for the model.")
    parameters: dict[str, JsonValue] = Field(
        {"type": "object", "properties": {}}, description="JSON Schema of its arguments."
    )
    url: str = Field(min_length=1, description="Where the arguments go by POST, http or https.")

    def for_model(self) -> LlmTool:
        """Describes it to the model."""
        return LlmTool(self.name, self.description, self.parameters)


def arguments_of(call: LlmToolCall) -> dict[str, Any] | None:
    """Reads the arguments, a JSON object; None where the model wrote something else."""
    try:
        found = pydantic_core.from_json(call.arguments or "{}", allow_inf_nan=False)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


async def use(ctx: Context, tools: list[Tool], call: LlmToolCall) -> JsonValue:
    """Calls a tool and gives its answer; what goes wrong is an answer too, for the model to deal with."""
    tool = next((tool for tool in tools if tool.name == call.name), None)
    arguments = arguments_of(call)
    if tool is None:
        return {"error": f"There is no tool `{call.name[:64]}`."}
    if arguments is None:
        return {"error": "The arguments are no JSON object."}
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": f"{ctx.run_id}/{ctx.move}/{call.id}",
    }
    body = json.dumps(arguments).encode()
    try:
        answer = await ctx.http.request("POST", tool.url, headers=headers, body=body, timeout=SECONDS)
    except (HttpFailed, HttpRefused) as error:
        return {"error": str(error)}
    return _read(answer.body) if 200 <= answer.status < 300 else {"error": f"HTTP {answer.status}"}


def _read(body: bytes) -> JsonValue:
    if len(body) <= LONGEST_RESULT:
        try:
            found: JsonValue = pydantic_core.from_json(body, allow_inf_nan=False)
        except ValueError:
            pass
        else:
            return found
    return body.decode(errors="replace").replace("\x00", "")[:LONGEST_RESULT]
