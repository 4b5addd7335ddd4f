"""The command line as people and programs meet it: real processes, sockets and signals."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

FREE = "127.0.0.1:0"
ENV = {name: value for name, value in os.environ.items() if not name.startswith("FLOWGEN_")}
FLOW = {"name": "Greeter", "actions": [{"id": "a", "type": "say", "option": {"text": "Hi!"}}]}


def run(*args: object, stdin: str | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flowgen_cli", *map(str, args)]
    return subprocess.run(
        command, check=False, input=stdin, capture_output=True, text=True, timeout=60, env=ENV | env
    )


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """Gives the one sentence that an expected failure prints."""
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    sentences = [line for line in done.stderr.splitlines() if line.startswith("flowgen: ")]
    assert sentences == done.stderr.splitlines()[-1:]
    return sentences[0]


class Server:
    """A running `flowgen serve`, `core` or `gateway`."""

    def __init__(self, *args: object) -> None:
        command = [sys.executable, "-m", "flowgen_cli", *map(str, args), "--ready-json"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENV
        )
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        self.ready: dict[str, str] = json.loads(line)

    def get(self, path: str) -> tuple[int, bytes]:
        return self._request("GET", path)

    def post(self, path: str, body: object) -> tuple[int, bytes]:
        return self._request("POST", path, json.dumps(body))

    def _request(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.ready["http"].removeprefix("http://"), timeout=20)
        key = self.ready.get("api_key", "")
        connection.request(method, path, body, {"Authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def run(self, *args: object, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        env = {"FLOWGEN_GRPC": self.ready["grpc"], "FLOWGEN_API_KEY": self.ready["api_key"]}
        return run(*args, stdin=stdin, **env)

    def stop(self) -> tuple[int, str, float]:
        """Ends it with SIGTERM; gives its status, the rest of its stdout, and how many seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        rest, _ = self.process.communicate(timeout=20)
        return self.process.returncode, rest, time.monotonic() - began


Start = Callable[..., Server]


@contextmanager
def _started() -> Iterator[Start]:
    servers: list[Server] = []

    def begin(*args: object) -> Server:
        servers.append(Server(*args))
        return servers[-1]

    yield begin
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
            server.process.communicate()


@pytest.fixture
def start() -> Iterator[Start]:
    with _started() as begin:
        yield begin


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One demo server for the tests that only talk to it."""
    data = tmp_path_factory.mktemp("demo") / "data"
    with _started() as begin:
        yield begin("serve", "--demo", "--http", FREE, "--grpc", FREE, "--data", data)


def test_serve_tells_where_it_answers_and_stops_cleanly(start: Start, tmp_path: Path) -> None:
    server = start("serve", "--demo", "--http", FREE, "--grpc", FREE, "--data", tmp_path / "data")
    assert sorted(server.ready) == ["api_key", "grpc", "http", "project_id"]
    assert server.ready["api_key"].startswith("fg_test_")
    assert server.get("/readyz")[0] == 200
    assert server.get("/chats") == (200, b"[]")
    status, rest, seconds = server.stop()
    assert (status, rest) == (0, "")
    assert seconds < 10


def test_a_call_that_waits_is_answered_when_the_server_stops(start: Start, tmp_path: Path) -> None:
    server = start("serve", "--demo", "--http", FREE, "--grpc", FREE, "--data", tmp_path)
    sleeper = {"name": "Sleeper", "actions": [{"id": "a", "type": "sleep", "option": {"duration": 20_000}}]}
    flow_id = server.run("flows", "apply", "-", stdin=json.dumps(sleeper)).stdout.strip()
    made = json.loads(server.post("/chats", {"name": "x", "from_type": "flow", "from_flow": flow_id})[1])
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(server.post, f"/chats/{made['id']}/messages?wait=30", {"message": "Hi"})
        while json.loads(server.get(f"/chats/{made['id']}")[1])["status"] != "running":
            assert not waiting.done()
        status, _, seconds = server.stop()
    assert (status, seconds < 10) == (0, True)
    assert waiting.result()[0] == 200
    assert json.loads(waiting.result()[1])["status"] == "running"


def test_the_demo_key_is_the_same_at_the_next_start(start: Start, tmp_path: Path) -> None:
    keys = []
    for _ in range(2):
        server = start("serve", "--demo", "--http", FREE, "--grpc", FREE, "--data", tmp_path)
        keys.append(server.ready["api_key"])
        server.stop()
    assert keys[0] == keys[1]


def test_core_and_gateway_run_apart(start: Start, tmp_path: Path) -> None:
    core = start("core", "--demo", "--grpc", FREE, "--data", tmp_path)
    gateway = start("gateway", "--core", core.ready["grpc"], "--http", FREE)
    assert list(gateway.ready) == ["http"]
    gateway.ready["api_key"] = core.ready["api_key"]
    assert gateway.get("/chats") == (200, b"[]")
    assert [server.stop()[:2] for server in (gateway, core)] == [(0, ""), (0, "")]


def test_a_used_http_port_is_one_sentence_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("serve", "--http", address, "--grpc", FREE, "--data", tmp_path / "data")
    assert address in refused(done)
    assert not (tmp_path / "data").exists()


def test_a_used_grpc_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert address in refused(run("core", "--grpc", address, "--data", tmp_path))


def test_a_data_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert str(file) in refused(run("serve", "--http", FREE, "--grpc", FREE, "--data", file / "data"))


def test_a_second_core_on_the_same_data_is_one_sentence(start: Start, tmp_path: Path) -> None:
    start("core", "--grpc", FREE, "--data", tmp_path)
    assert str(tmp_path) in refused(run("core", "--grpc", FREE, "--data", tmp_path))


def test_a_wrong_setting_is_named() -> None:
    assert "FLOWGEN_LOG_LEVEL" in refused(run("serve", FLOWGEN_LOG_LEVEL="loud"))


def test_migrate_prepares_a_folder_once(tmp_path: Path) -> None:
    assert "initial" in run("migrate", "--data", tmp_path).stdout
    assert "up to date" in run("migrate", "--data", tmp_path).stdout


def test_plugins_are_listed_for_programs_without_a_server() -> None:
    listed: list[dict[str, Any]] = json.loads(run("plugins", "--json").stdout)
    assert {plugin["name"] for plugin in listed} >= {"control", "conversation", "vacancy"}
    assert [plugin["error"] for plugin in listed] == [""] * len(listed)
    assert "vacancy_application_flow" in [name for plugin in listed for name in plugin["flow_types"]]
    assert {"ask", "say"} <= {name for plugin in listed for name in plugin["action_types"]}


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    sentence = refused(run("keys", "list", "--grpc", "127.0.0.1:1", "--api-key", "fg_test_x"))
    assert "No FlowGen server answers at `127.0.0.1:1`" in sentence


def test_a_key_is_made_listed_and_revoked(demo: Server) -> None:
    made = json.loads(demo.run("keys", "create", "CI", "--scope", "read", "--json").stdout)
    assert made["scopes"] == ["read"]
    listed = json.loads(demo.run("keys", "list", "--json").stdout)
    assert made["id"] in [key["id"] for key in listed]
    assert made["key"] not in json.dumps(listed)
    assert demo.run("keys", "revoke", made["id"]).returncode == 0
    assert "API key" in refused(run("keys", "list", "--grpc", demo.ready["grpc"], "--api-key", made["key"]))


def test_a_good_flow_has_no_problem_and_comes_back(demo: Server, tmp_path: Path) -> None:
    file = tmp_path / "flow.json"
    file.write_text(json.dumps(FLOW))
    assert demo.run("flows", "validate", file).stdout == "No problem.\n"
    flow_id = demo.run("flows", "apply", file).stdout.strip()
    assert json.loads(demo.run("flows", "get", flow_id).stdout)["actions"] == FLOW["actions"]


def test_every_problem_of_a_bad_flow_is_told_with_its_path(demo: Server) -> None:
    bad = {"name": "x", "actions": [{"id": "a", "type": "nope"}, {"id": "b", "type": "say", "option": {}}]}
    done = demo.run("flows", "validate", "-", stdin=json.dumps(bad))
    assert done.returncode == 1
    assert "actions[0].type" in done.stdout
    assert "actions[1]" in done.stdout


def test_a_chat_takes_piped_lines_until_it_is_completed(demo: Server) -> None:
    ask = {"text": "Shall we?", "kind": "yes_no", "variable": "ok", "quick_replies": ["Yes", "No"]}
    flow = {
        "name": "Piped",
        "actions": [
            {"id": "a", "type": "ask", "option": ask},
            {"id": "b", "type": "say", "option": {"text": "You said ${ok}."}},
        ],
    }
    flow_id = demo.run("flows", "apply", "-", stdin=json.dumps(flow)).stdout.strip()
    done = demo.run("chat", flow_id, stdin="2\n")
    said = [line.split(maxsplit=1) for line in done.stdout.splitlines() if line.startswith(("bot", "you"))]
    assert [name for name, _ in said] == ["you", "bot", "you", "bot"]
    assert [text.strip() for _, text in said] == ["Hello", "Shall we?", "2", "You said no."]
    assert "1 Yes   2 No" in done.stdout
    assert "completed" in done.stdout
    assert done.returncode == 0


def test_a_chat_that_runs_out_of_input_is_left_politely(demo: Server) -> None:
    flow = {"name": "Open", "actions": [{"id": "a", "type": "ask", "option": {"text": "?", "variable": "v"}}]}
    flow_id = demo.run("flows", "apply", "-", stdin=json.dumps(flow)).stdout.strip()
    done = demo.run("chat", flow_id, stdin="")
    assert (done.returncode, done.stderr) == (0, "")
    assert "You left the conversation." in done.stdout


def test_a_chat_with_an_unknown_flow_is_one_sentence(demo: Server) -> None:
    assert "flow" in refused(demo.run("chat", "00000000-0000-4000-8000-000000000000")).lower()


def test_the_demo_plays_both_conversations_word_for_word() -> None:
    done = run("demo")
    assert done.returncode == 0, done.stderr
    assert '"outcome": "accepted"' in done.stdout
    assert '"outcome": "declined"' in done.stdout
