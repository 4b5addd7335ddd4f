"""Calls of tools that agents made while they answered, as steps of the answer: pure functions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from flowgen_core.pb.v1.chat_pb2 import Message
from flowgen_gateway.dialects.botdojo.times import draw_time

# What an agent notes about a message that it made with the help of tools.
CALLS = "tool_calls"
Call = Mapping[str, Any]  # JSON


def draw_steps(messages: Sequence[Message]) -> list[dict[str, Any]]:  # Any: JSON
    """Draws the calls of tools that stand in the notes of messages, in order."""
    return [_draw(call, message) for message in messages for call in _calls(message)]


def _calls(message: Message) -> Iterator[Call]:
    if CALLS not in message.metadata_json:
        return
    notes = orjson.loads(message.metadata_json)
    calls = notes.get(CALLS)
    yield from (call for call in (calls if isinstance(calls, list) else ()) if isinstance(call, dict))


def _draw(call: Call, message: Message) -> dict[str, Any]:  # Any: JSON
    name, result = str(call.get("name", "")), call.get("result")
    return {
        "stepId": str(call.get("id", "")),
        "stepLabel": str(call.get("title") or name),
        "stepStatus": "error" if call.get("failed") else "complete",
        "startTime": str(call.get("start_time") or draw_time(message.create_time)),
        "toolName": name,
        "toolLabel": str(call.get("title") or name),
        "toolPhase": "complete",
        "arguments": orjson.dumps(call.get("arguments", {})).decode(),
        "result": result,
        "content": result if isinstance(result, str) else orjson.dumps(result).decode(),
    }
