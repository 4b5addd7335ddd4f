"""Writes requests in the form of OpenAI's chat completions."""

from collections.abc import Mapping, Sequence
from typing import Any

from flowgen_core.model.outside import LlmMessage, LlmTool


def chat_request(
    model: str,
    messages: Sequence[LlmMessage],
    tools: Sequence[LlmTool],
    json_schema: Mapping[str, Any] | None,
    temperature: float | None,
) -> dict[str, Any]:
    """Gives the fields of a request; what is not asked for is left out, as not all endpoints know all fields."""
    request: dict[str, Any] = {"model": model, "messages": [_message(one) for one in messages]}
    if tools:
        request["tools"] = [_tool(one) for one in tools]
    if json_schema is not None:
        schema = {"name": "answer", "schema": dict(json_schema)}
        request["response_format"] = {"type": "json_schema", "json_schema": schema}
    if temperature is not None:
        request["temperature"] = temperature
    return request


def _message(message: LlmMessage) -> dict[str, Any]:
    written: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.name:
        written["name"] = message.name
    if message.tool_calls:
        written["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    if message.role == "tool":
        written["tool_call_id"] = message.tool_call_id
    return written


def _tool(tool: LlmTool) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name, "description": tool.description}
    if tool.parameters:
        function["parameters"] = dict(tool.parameters)
    return {"type": "function", "function": function}
