"""Calls of tools that agents made while they answered, as steps of the answer: pure functions."""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from flowgen_core.pb.v1.chat_pb2 import Message
from flowgen_gateway.dialects.botdojo.times import draw_time

# What agents note about a message that is no talk, but tells of a tool.
NOTE = "tool_info"
CALL, RESULT = "suggested_tool_call", "tool_response"
Info = Mapping[str, Any]  # JSON
Told = tuple[Message, Info]


def draw_steps(messages: Sequence[Message]) -> list[dict[str, Any]]:  # Any: JSON
    """Draws the calls of tools that messages tell of, in order; results of one tool come in its calls' order."""
    told = [(message, info) for message in messages if (info := _info(message))]
    results: dict[str, deque[Told]] = defaultdict(deque)
    for message, info in told:
        if info.get("type") == RESULT:
            results[_tool(info)].append((message, info))
    return [_draw(each, results[_tool(each[1])]) for each in told if each[1].get("type") == CALL]


def _info(message: Message) -> Info:
    if NOTE not in message.metadata_json:
        return {}
    info = orjson.loads(message.metadata_json).get(NOTE)
    return info if isinstance(info, dict) else {}


def _tool(info: Info) -> str:
    return str(info.get("tool", ""))


def _draw(call: Told, results: deque[Told]) -> dict[str, Any]:  # Any: JSON
    message, info = call
    result = results.popleft() if results else None
    return {
        "stepId": message.id,
        "stepLabel": _tool(info),
        "stepStatus": "error" if result is None or _failed(result[1]) else "complete",
        "startTime": draw_time(message.create_time),
        "toolName": _tool(info),
        "toolLabel": _tool(info),
        "toolPhase": "complete",
        "arguments": orjson.dumps(info.get("arguments", {})).decode(),
        "result": result[1].get("result") if result else None,
        "content": result[0].text if result else "",
    }


def _failed(info: Info) -> bool:
    result = info.get("result")
    return isinstance(result, dict) and "error" in result
