"""The core's messages as the chats API shows them: pure functions."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from flowgen_core.pb.v1.chat_pb2 import (
    AUTHOR_USER,
    CHAT_STATE_COMPLETED,
    CHAT_STATE_FAILED,
    CHAT_STATE_READY,
    CHAT_STATE_RUNNING,
    CHAT_STATE_WAITING,
    Chat,
    ChatEvent,
    ChatRef,
    ChatState,
    Message,
    Response,
    SendMessageResponse,
)
from flowgen_core.pb.v1.options_pb2 import SCOPE_ADMIN, SCOPE_READ, SCOPE_WRITE, Scope
from flowgen_core.pb.v1.project_pb2 import ApiKey
from flowgen_gateway.dialects.flowgen.schemas import without_nul

# What goes out as a JSON object.
Drawn = dict[str, Any]

STATUS: Mapping["ChatState.ValueType", str] = {
    CHAT_STATE_READY: "ready",
    CHAT_STATE_RUNNING: "running",
    CHAT_STATE_WAITING: "wait_for_human_input",
    CHAT_STATE_COMPLETED: "completed",
    CHAT_STATE_FAILED: "error",
}
STATES: Mapping[str, "ChatState.ValueType"] = {name: state for state, name in STATUS.items()}
SCOPES: Mapping[str, "Scope.ValueType"] = {"read": SCOPE_READ, "write": SCOPE_WRITE, "admin": SCOPE_ADMIN}
_SCOPE_NAMES: Mapping["Scope.ValueType", str] = {scope: name for name, scope in SCOPES.items()}
_FOLDED: Mapping[str, str] = {
    "EXECUTION_LIMIT": "LIMIT_EXCEEDED",
    "NESTING_LIMIT": "LIMIT_EXCEEDED",
    "INVALID_INPUT": "INVALID_INPUT",
    "INVALID_OUTPUT": "INVALID_OUTPUT",
    "INTERNAL": "INTERNAL",
}


def ref(chat_id: str) -> ChatRef:
    """Names a chat; what cannot be an id is as unknown as any other."""
    return ChatRef(id=without_nul(chat_id))


def draw_time(time: Timestamp) -> str:
    """Draws a time: `2024-01-08T09:30:00.000Z`."""
    seconds = datetime.fromtimestamp(time.seconds, UTC).isoformat()[:19]
    return f"{seconds}.{time.nanos // 1_000_000:03d}Z"


def duration(seconds: float) -> Duration:
    """Makes a duration of seconds with decimals."""
    whole = int(seconds)
    return Duration(seconds=whole, nanos=int((seconds - whole) * 1e9))


def draw_state(chat: Chat) -> Drawn:
    """Draws where a chat is: `status`, `prompt`, `error`."""
    asking = chat.state == CHAT_STATE_WAITING
    return {
        "status": STATUS.get(chat.state, "ready"),
        "prompt": (chat.prompt or None) if asking else None,
        "error": _draw_failure(chat) if chat.state == CHAT_STATE_FAILED else None,
    }


def _draw_failure(chat: Chat) -> Drawn:
    return {"code": _FOLDED.get(chat.failure.reason, "ACTION_FAILED"), "detail": chat.failure.message}


def draw_chat(chat: Chat) -> Drawn:
    """Draws a chat."""
    from_type = "template" if _object(chat.metadata_json).get("from_type") == "template" else "flow"
    flow_id = chat.flow_id or None
    return {
        "id": chat.id,
        "name": chat.name,
        "owner": chat.created_by,
        "from_type": from_type,
        "from_flow": flow_id if from_type == "flow" else None,
        "from_template": flow_id if from_type == "template" else None,
        **draw_state(chat),
        "queued": chat.queued,
        "last_seq": chat.last_seq,
        "paused": chat.HasField("pause"),
        "created": draw_time(chat.create_time),
        "updated": draw_time(chat.update_time),
    }


def draw_aborted(chat: Chat, aborted: bool) -> Drawn:
    """Draws a chat after an abort."""
    return {**draw_chat(chat), "detail": "Chat aborted." if aborted else "Nothing to abort."}


def draw_message(message: Message) -> Drawn:
    """Draws a message; its text stands there under both of its names."""
    text = message.text or message.fallback
    return {
        "id": message.id,
        "seq": message.seq,
        "chat": message.chat_id,
        "type": "user" if message.author == AUTHOR_USER else "assistant",
        "sender": message.sender,
        "receiver": message.receiver,
        "content": text,
        "message": text,
        "responses": [_draw_response(part) for part in message.responses],
        "metadata": _draw_metadata(message),
        "created": draw_time(message.create_time),
    }


def _draw_response(response: Response) -> Drawn:
    return {"type": response.type, "payload": _object(response.payload_json)}


def _draw_metadata(message: Message) -> Drawn:
    metadata = _object(message.metadata_json)
    return {**metadata, "internal": True} if message.internal else metadata


def draw_sent(sent: SendMessageResponse) -> Drawn:
    """Draws the answer to a message: the message, where the chat is, and what was said in return."""
    replies = [draw_message(reply) for reply in sent.replies]
    return {**draw_message(sent.message), **draw_state(sent.chat), "messages": replies}


def draw_key(key: ApiKey) -> Drawn:
    """Draws an API key."""
    return {
        "id": key.id,
        "name": key.name,
        "key": key.key,
        "owner": key.created_by,
        "scopes": [_SCOPE_NAMES[scope] for scope in key.scopes if scope in _SCOPE_NAMES],
        "created": draw_time(key.create_time),
        "updated": draw_time(key.update_time),
    }


def draw_event(event: ChatEvent) -> Drawn | None:
    """Draws an event as a frame; None for one that this API does not show."""
    found = _type_and_data(event)
    if found is None:
        return None
    name, data = found
    return {
        "type": name,
        "seq": None if name == "token" else event.seq,
        "chat": event.chat_id,
        "created": draw_time(event.create_time),
        "data": data,
    }


def _type_and_data(event: ChatEvent) -> tuple[str, Drawn] | None:
    match event.type:
        case "hello":
            return "hello", draw_chat(event.chat)
        case "message.created":
            return "message", draw_message(event.message)
        case "chat.state_changed":
            return "status", draw_state(event.chat)
        case "token":
            return "token", {"sender": event.token.sender, "token": event.token.text}
        case "chat.deleted":
            return "deleted", {}
        case _:
            return None


def in_order(newest_first: Sequence[Message]) -> list[Message]:
    """Puts messages in the order in which they were said."""
    return list(reversed(newest_first))


def _object(text: str) -> Drawn:
    if text in ("", "{}"):
        return {}
    value = orjson.loads(text)
    return value if isinstance(value, dict) else {}
