"""What the tests of the flow request API share: flows, a client, streams."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from flowgen_core.pb.v1 import flow_pb2, flow_pb2_grpc
from tests.support.flowgen_chats import ask, frames, say
from tests.support.servers import Server

NOBODY = "00000000-0000-4000-8000-000000000000"
HELLO = "Hello! How can I assist you today?"
GREETER = {"name": "F", "actions": [say(HELLO)]}
ASKER = {
    "name": "G",
    "actions": [say("Hi!"), ask("What is your name?", "name"), say("Nice to meet you, ${name}.")],
}
STRICT = {
    "name": "Strict",
    "input_schema": {
        "type": "object",
        "required": ["text_input"],
        "properties": {"text_input": {"type": "string"}},
    },
    "actions": [say("You said ${text_input}.")],
}
POLITE = {"name": "Polite", "variable": "polite", "type": "pass/fail", "auto_run": True}


def finish(**output: Any) -> dict[str, Any]:
    return {"type": "finish", "option": {"output": output}}


def slow(seconds: float) -> dict[str, Any]:
    return {"type": "slow", "option": {"seconds": seconds}}


class Api(httpx.Client):
    """A client of one project."""

    def __init__(self, server: Server, **headers: str) -> None:
        super().__init__(
            base_url=server.http, headers=headers or {"Authorization": server.api_key}, timeout=60
        )
        self.server = server
        self.base = f"/api/v1/accounts/{server.project_id}/projects/{server.project_id}"

    def post_run(
        self, flow_id: str, body: Any, headers: dict[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        sent = {"body": body, "options": options} if options else {"body": body}
        return self.post(f"{self.base}/flows/{flow_id}/run", json=sent, headers=headers)

    def run(self, flow_id: str, body: Any, **options: Any) -> dict[str, Any]:
        return self.of(self.post_run(flow_id, body, **options))

    def read(self, request_id: str) -> dict[str, Any]:
        return self.of(self.get(f"{self.base}/flow_requests/{request_id}"))

    def job(self, job_id: str) -> dict[str, Any]:
        return self.of(self.get(f"{self.base}/eval_jobs/{job_id}"))

    def load(self, *params: Any) -> httpx.Response:
        return self.post(f"{self.base}/flow_requests/loadByFlowSession", json={"params": list(params)})

    def session(self, *params: Any, headers: dict[str, str] | None = None) -> httpx.Response:
        path = f"{self.base}/flow_sessions/createSession"
        return self.post(path, json={"params": list(params)}, headers=headers)

    def of(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    @contextmanager
    def streamed(
        self, flow_id: str, body: Any, headers: dict[str, str] | None = None, **options: Any
    ) -> Iterator[Any]:
        """The frames of a run as they come."""
        sent = {"body": body, "options": {"stream": "http", **options}}
        path = f"{self.base}/flows/{flow_id}/run"
        with self.stream("POST", path, json=sent, headers=headers) as answer:
            assert answer.status_code == 200, answer.read()
            yield frames(answer.iter_lines())

    def frames(
        self, flow_id: str, body: Any, headers: dict[str, str] | None = None, **options: Any
    ) -> list[dict[str, str]]:
        with self.streamed(flow_id, body, headers, **options) as told:
            return list(told)

    def events(self, request_id: str, after: str = "") -> list[dict[str, str]]:
        headers = {"Last-Event-ID": after} if after else {}
        with self.stream("GET", f"{self.base}/flow_requests/{request_id}/events", headers=headers) as answer:
            assert answer.status_code == 200, answer.read()
            return list(frames(answer.iter_lines()))


def data(frame: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(frame["data"])
    return found


def names(told: list[dict[str, str]]) -> list[str]:
    return [frame["event"] for frame in told]


def tokens(told: list[dict[str, str]]) -> str:
    return "".join(data(frame)["token"] for frame in told if frame["event"] == "onNewToken")


def release(server: Server, flow_id: str, version: str = "") -> str:
    """Makes a release of a flow as it is and gives its version."""
    with server.channel() as channel:
        request = flow_pb2.CreateReleaseRequest(flow_id=flow_id, version=version)
        stub = flow_pb2_grpc.FlowServiceStub(channel)
        return str(stub.CreateRelease(request, metadata=server.metadata, timeout=10).version)


def error_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The error of a refusal, whose shape is checked."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    body = answer.json()
    assert list(body) == ["error"]
    assert list(body["error"]) == ["code", "message", "details"]
    found: dict[str, Any] = body["error"]
    return found


def paths(answer: httpx.Response, code: str = "INVALID_ARGUMENT") -> list[str]:
    """The places that a request was refused for."""
    error = error_of(answer, 400)
    assert error["code"] == code
    assert set(error["details"]) == {"violations"}
    assert all(
        set(each) == {"path", "message"} and each["message"] for each in error["details"]["violations"]
    )
    return [each["path"] for each in error["details"]["violations"]]
