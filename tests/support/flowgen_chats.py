"""What the tests of the chats API share: flows, a client, waiting."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from flowgen_core.pb.v1 import flow_pb2, flow_pb2_grpc
from tests.support.servers import Server

NOBODY = "5b2f7f0e-8f0a-4a55-9a39-0c5a9d6a3f11"


def say(text: str) -> dict[str, Any]:
    return {"type": "say", "option": {"text": text}}


def ask(text: str, variable: str) -> dict[str, Any]:
    return {"type": "ask", "option": {"text": text, "variable": variable}}


def sleep(milliseconds: int) -> dict[str, Any]:
    return {"type": "sleep", "option": {"duration": milliseconds}}


GREETER = {
    "name": "Greeter",
    "actions": [say("Hi!"), ask("What is your name?", "name"), say("Nice to meet you, ${name}.")],
}
ECHO = {"name": "Echo", "actions": [say("You said ${text_input}.")]}
SLEEPER = {"name": "Sleeper", "actions": [say("Good night."), sleep(3_600_000), say("Good morning.")]}
LOOPER = {
    "name": "Looper",
    "actions": [
        {"id": "there", "type": "say", "option": {"text": "Again."}},
        {"id": "back", "type": "goto", "option": {"target_id": "there"}},
    ],
}


class Api(httpx.Client):
    """A client of one project, with the few calls that most tests begin with."""

    def __init__(self, http: str, key: str | None) -> None:
        headers = {} if key is None else {"X-API-KEY": key}
        super().__init__(base_url=http, headers=headers, timeout=70)

    def chat(self, flow_id: str, **fields: Any) -> dict[str, Any]:
        body = {"name": "My Chatbot", "from_type": "flow", "from_flow": flow_id, **fields}
        return self._made(self.post("/chats", json=body))

    def say(self, chat_id: str, text: str, wait: float = 10, **fields: Any) -> dict[str, Any]:
        answer = self.post(
            f"/chats/{chat_id}/messages", json={"message": text, **fields}, params={"wait": wait}
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def history(self, chat_id: str, **query: Any) -> list[dict[str, Any]]:
        return list(self.get(f"/chats/{chat_id}/messages", params=query).json())

    def key(self, *scopes: str) -> dict[str, Any]:
        return self._made(self.post("/admin/api-keys", json={"name": "Test", "scopes": list(scopes)}))

    def _made(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


def delete_flow(server: Server, flow_id: str) -> None:
    with server.channel() as channel:
        request = flow_pb2.DeleteFlowRequest(id=flow_id)
        flow_pb2_grpc.FlowServiceStub(channel).DeleteFlow(request, metadata=server.metadata, timeout=10)


def status_of(api: Api, chat_id: str) -> str:
    return str(api.get(f"/chats/{chat_id}").json()["status"])


def until(true: Callable[[], Any], seconds: float = 10) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = true()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it never came true")


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [message["content"] for message in messages]


def frames(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """Reads server-sent events: a dict of the fields of each, comments under the empty name."""
    frame: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            frame[name] = value.strip()
        elif frame:
            yield frame
            frame = {}


@contextmanager
def lonely_gateway() -> Iterator[str]:
    """A gateway whose core never answers; gives its URL."""
    command = [sys.executable, "-m", "flowgen_cli", "gateway", "--core", "127.0.0.1:1"]
    command += ["--http", "127.0.0.1:0", "--ready-json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield str(json.loads(process.stdout.readline())["http"])
        finally:
            process.kill()
