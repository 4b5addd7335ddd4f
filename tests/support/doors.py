"""The two doors to chats, gRPC and REST, with one handle: what is told at one must be told at the other."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import grpc
import httpx
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from flowgen_core.pb.v1 import chat_pb2, chat_pb2_grpc
from tests.support.servers import Server

WAIT = 20
STATUS = {
    chat_pb2.CHAT_STATE_READY: "ready",
    chat_pb2.CHAT_STATE_RUNNING: "running",
    chat_pb2.CHAT_STATE_WAITING: "wait_for_human_input",
    chat_pb2.CHAT_STATE_COMPLETED: "completed",
    chat_pb2.CHAT_STATE_FAILED: "error",
}
# What the chats API tells of the core's finer reasons.
FOLDED = {
    "EXECUTION_LIMIT": "LIMIT_EXCEEDED",
    "NESTING_LIMIT": "LIMIT_EXCEEDED",
    **{reason: reason for reason in ("INVALID_INPUT", "INVALID_OUTPUT", "INTERNAL")},
}


class Refused(Exception):
    """The server says no; the text is its reason."""


@dataclass(frozen=True)
class Told:
    """A chat, and what the bot said to the call. Messages are written `sender→receiver: text`."""

    status: str
    prompt: str | None = None
    error: str | None = None
    replies: tuple[str, ...] = ()
    receiver: str = ""


class Door(Protocol):
    """What a person can do with a chat."""

    def begin(self, flow_id: str, *, template: bool) -> str: ...
    def say(self, chat_id: str, text: str, *, answers: bool, wait: float, sender: str) -> Told: ...
    def look(self, chat_id: str) -> Told: ...
    def abort(self, chat_id: str) -> tuple[Told, bool]: ...
    def delete(self, chat_id: str) -> None: ...
    def history(self, chat_id: str, *, internal: bool) -> list[str]: ...
    def reason(self, fine: str) -> str: ...
    def close(self) -> None: ...


class GrpcDoor:
    """ChatService."""

    def __init__(self, server: Server) -> None:
        self._channel, self._metadata = server.channel(), server.metadata
        self._stub = chat_pb2_grpc.ChatServiceStub(self._channel)

    def begin(self, flow_id: str, *, template: bool) -> str:
        chat = chat_pb2.Chat(name="Test", flow_id=flow_id)
        return str(self._call(self._stub.CreateChat, chat_pb2.CreateChatRequest(chat=chat)).id)

    def say(self, chat_id: str, text: str, *, answers: bool, wait: float, sender: str) -> Told:
        fields = {"chat": _ref(chat_id), "text": text, "sender": sender, "wait": Duration(seconds=int(wait))}
        if answers:
            return _sent(self._call(self._stub.ProvideInput, chat_pb2.ProvideInputRequest(**fields)))
        return _sent(self._call(self._stub.SendMessage, chat_pb2.SendMessageRequest(**fields)))

    def happen(self, chat_id: str, event: str) -> Told:
        """Something else than a text; only this door has it."""
        wait, name = Duration(seconds=WAIT), chat_pb2.EventInput(name=event)
        request = chat_pb2.SendMessageRequest(chat=_ref(chat_id), event=name, wait=wait)
        return _sent(self._call(self._stub.SendMessage, request))

    def look(self, chat_id: str) -> Told:
        return _chat(self._call(self._stub.GetChat, chat_pb2.GetChatRequest(chat=_ref(chat_id))))

    def abort(self, chat_id: str) -> tuple[Told, bool]:
        answer = self._call(self._stub.AbortChat, chat_pb2.AbortChatRequest(chat=_ref(chat_id)))
        return _chat(answer.chat), answer.aborted

    def delete(self, chat_id: str) -> None:
        self._call(self._stub.DeleteChat, chat_pb2.DeleteChatRequest(chat=_ref(chat_id)))

    def history(self, chat_id: str, *, internal: bool) -> list[str]:
        request = chat_pb2.ListMessagesRequest(
            chat=_ref(chat_id), after_seq=0, without_internal=not internal, page_size=1000
        )
        return [_line(one) for one in self._call(self._stub.ListMessages, request).messages]

    def reason(self, fine: str) -> str:
        return fine

    def close(self) -> None:
        self._channel.close()

    # A stub's method takes its own request and gives its own answer.
    def _call(self, method: Callable[..., Any], request: Any) -> Any:
        try:
            return method(request, metadata=self._metadata, timeout=WAIT + 10)
        except grpc.RpcError as error:
            raise Refused(refusal(error)) from None


class RestDoor:
    """The chats API."""

    def __init__(self, server: Server) -> None:
        self._client = httpx.Client(
            base_url=server.http, headers={"X-API-KEY": server.api_key}, timeout=WAIT + 10
        )

    def begin(self, flow_id: str, *, template: bool) -> str:
        kind = "template" if template else "flow"
        chat = self._call("POST", "/chats", {"name": "Test", "from_type": kind, f"from_{kind}": flow_id})
        return str(chat["id"])

    def say(self, chat_id: str, text: str, *, answers: bool, wait: float, sender: str) -> Told:
        path = f"/chats/{chat_id}/{'input' if answers else 'messages'}?wait={wait}"
        return _drawn(self._call("POST", path, {"message": text, **({"sender": sender} if sender else {})}))

    def look(self, chat_id: str) -> Told:
        return _drawn(self._call("GET", f"/chats/{chat_id}"))

    def abort(self, chat_id: str) -> tuple[Told, bool]:
        answer = self._call("POST", f"/chats/{chat_id}/abort")
        return _drawn(answer), answer["detail"] == "Chat aborted."

    def delete(self, chat_id: str) -> None:
        self._call("DELETE", f"/chats/{chat_id}")

    def history(self, chat_id: str, *, internal: bool) -> list[str]:
        found = self._call("GET", f"/chats/{chat_id}/messages" + ("" if internal else "?internal=false"))
        return [_drawn_line(one) for one in found]

    def reason(self, fine: str) -> str:
        return FOLDED.get(fine, "ACTION_FAILED")

    def close(self) -> None:
        self._client.close()

    # Any JSON.
    def _call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._client.request(method, path, json=body)
        if answer.is_success:
            return answer.json() if answer.content else None
        raise Refused(answer.json()["code"])


def until_rest(door: Door, chat_id: str) -> Told:
    """Polls, as clients do, until a chat does nothing any more."""
    end = time.monotonic() + WAIT
    while (told := door.look(chat_id)).status == "running":
        assert time.monotonic() < end, "the chat never came to rest"
        time.sleep(0.02)
    return told


def _ref(chat_id: str) -> chat_pb2.ChatRef:
    return chat_pb2.ChatRef(id=chat_id)


def _chat(chat: chat_pb2.Chat) -> Told:
    failed = chat.failure.reason if chat.HasField("failure") else None
    return Told(STATUS[chat.state], chat.prompt or None, failed)


def _sent(sent: chat_pb2.SendMessageResponse) -> Told:
    chat = _chat(sent.chat)
    replies = tuple(map(_line, sent.replies))
    return Told(chat.status, chat.prompt, chat.error, replies, sent.message.receiver)


def _line(message: chat_pb2.Message) -> str:
    return f"{message.sender}→{message.receiver}: {message.text}"


def _drawn(body: dict[str, Any]) -> Told:
    error = body["error"]["code"] if body["error"] else None
    replies = tuple(map(_drawn_line, body.get("messages", ())))
    return Told(body["status"], body["prompt"], error, replies, body.get("receiver", ""))


def _drawn_line(message: dict[str, Any]) -> str:
    assert message["message"] == message["content"]
    assert json.dumps(message["responses"])
    return f"{message['sender']}→{message['receiver']}: {message['content']}"


def refusal(error: grpc.RpcError) -> str:
    """Reads why a call was refused."""
    info = ErrorInfo()
    status = rpc_status.from_call(error)
    assert status, error
    for packed in status.details:
        if packed.Unpack(info):
            return info.reason
    raise AssertionError(f"an error without a reason: {error}")
