"""A run that is killed in the middle of what it does goes on after the restart, by itself."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from flowgen_cli.flow_json import read_flow
from flowgen_core.pb.v1 import run_pb2, run_pb2_grpc
from tests.support.servers import Server, folder, serve

SLEEPS = [
    {"id": "sleep", "type": "sleep", "option": {"duration": 2500}},
    {"id": "set", "type": "variable_set", "option": {"key": "woke", "value": "yes"}},
]
ENV = {"FLOWGEN_ALLOW_PRIVATE_NETWORKS": "true"}


@pytest.fixture
def receiver() -> Iterator[Any]:
    """A server whose first answer comes too late for a caller that is killed."""
    asked: list[str] = []

    class Slow(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            asked.append(self.headers["idempotency-key"])
            time.sleep(1.5 if len(asked) == 1 else 0)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"customer": {"name": "John"}}')

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    server.asked = asked  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def start(server: Server, actions: list[dict[str, Any]]) -> str:
    with server.channel() as channel:
        request = run_pb2.StartRunRequest(flow=read_flow(json.dumps({"actions": actions})))
        return str(run_pb2_grpc.RunServiceStub(channel).StartRun(request, metadata=server.metadata).id)


def ended(server: Server, run_id: str) -> run_pb2.Run:
    request = run_pb2.GetRunRequest(id=run_id, with_moves=True)
    until = time.monotonic() + 20
    with server.channel() as channel:
        stub = run_pb2_grpc.RunServiceStub(channel)
        while time.monotonic() < until:
            run = stub.GetRun(request, metadata=server.metadata)
            if run.end_reason:
                return run
            time.sleep(0.05)
    raise AssertionError("the run does not end")


@pytest.mark.timeout(90)
def test_a_run_goes_on_after_a_kill_in_its_sleep_and_in_its_call(receiver: Any) -> None:
    data = folder()
    url = f"http://127.0.0.1:{receiver.server_port}/"
    calls = [
        {"id": "call", "type": "webhook_send", "option": {"sync": True, "uri": url, "data": "{}"}},
        {"id": "set", "type": "variable_set", "option": {"key": "hello", "value": "Hello ${customer.name}"}},
    ]
    with serve(data, "--demo", env=ENV) as server:
        sleeper, caller = start(server, SLEEPS), start(server, calls)
        until = time.monotonic() + 10
        while not receiver.asked and time.monotonic() < until:
            time.sleep(0.02)
        server.kill()
    with serve(data, "--demo", env=ENV) as server:
        slept, called = ended(server, sleeper), ended(server, caller)
    assert json.loads(slept.variables_json) == {"woke": "yes"}
    assert json.loads(called.variables_json) == {"customer.name": "John", "hello": "Hello John"}
    assert all(len(run.moves) == 2 for run in (slept, called))
    # The call was made again, and its receiver can tell.
    assert len(receiver.asked) == 2
    assert len(set(receiver.asked)) == 1
