"""`flowgen run` and `flowgen flows` against a real server, as processes of their own."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from flowgen_core.pb.v1 import chat_pb2, chat_pb2_grpc
from tests.support.servers import Server

ENV = {name: value for name, value in os.environ.items() if not name.startswith("FLOWGEN_")}
HELLO = {
    "name": "Hello",
    "actions": [
        {"id": "a", "type": "say", "title": "Greet", "option": {"text": "Hello ${text_input}!"}},
        {"id": "b", "type": "say", "option": {"text": "Bye."}},
        {"id": "c", "type": "stop"},
    ],
}
BROKEN = {"name": "Broken", "actions": [{"id": "a", "type": "goto", "option": {"target_id": "${nowhere}"}}]}
ASKS = {"name": "Asks", "actions": [{"id": "a", "type": "ask", "option": {"text": "Who?", "variable": "w"}}]}


def flowgen(server: Server, *args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flowgen_cli", *args]
    env = ENV | {"FLOWGEN_GRPC": server.grpc, "FLOWGEN_API_KEY": server.api_key}
    return subprocess.run(
        command, check=False, input=stdin, capture_output=True, text=True, timeout=60, env=env
    )


def apply(server: Server, document: dict[str, Any]) -> str:
    done = flowgen(server, "flows", "apply", "-", stdin=json.dumps(document))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def run(server: Server, document: dict[str, Any], *args: str) -> subprocess.CompletedProcess[str]:
    return flowgen(server, "run", server.create_flow(document), *args)


def test_a_run_prints_what_it_says_and_how_it_ended(server: Server) -> None:
    done = run(server, HELLO, "--body", '{"text_input": "Ann"}')
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["Hello Ann!", "Bye.", "completed (stop_action)"]


def test_a_stream_tells_each_action_before_what_it_says(server: Server) -> None:
    done = run(server, HELLO, "--body", '{"text_input": "Ann"}', "--stream")
    told = ["› Greet", "Hello Ann!", "› say", "Bye.", "› stop", "completed (stop_action)"]
    assert (done.returncode, done.stdout.splitlines()) == (0, told)


def test_json_is_the_run_and_with_stream_an_event_a_line(server: Server) -> None:
    assert json.loads(run(server, HELLO, "--json").stdout)["state"] == "RUN_STATE_COMPLETED"
    events = [json.loads(line) for line in run(server, HELLO, "--json", "--stream").stdout.splitlines()]
    assert "started" in events[0] and events[-1]["ended"]["end_reason"] == "stop_action"


@pytest.mark.parametrize("how", [[], ["--stream"], ["--json"], ["--stream", "--json"]])
def test_a_run_that_failed_exits_with_1_and_says_why(server: Server, how: list[str]) -> None:
    done = run(server, BROKEN, *how)
    assert done.returncode == 1
    assert done.stderr.startswith("flowgen: The run failed at the action `a`: ")
    assert done.stderr.endswith("(TARGET_NOT_FOUND)\n")


def test_a_run_that_waits_is_told_as_waiting(server: Server) -> None:
    done = run(server, ASKS)
    assert (done.returncode, done.stdout.splitlines()) == (0, ["Who?", "waiting: Who?"])


def test_a_run_in_a_chat_is_said_there(server: Server) -> None:
    flow_id = server.create_flow(HELLO)
    with server.channel() as channel:
        stub = chat_pb2_grpc.ChatServiceStub(channel)
        request = chat_pb2.CreateChatRequest(chat=chat_pb2.Chat(flow_id=flow_id))
        chat_id = stub.CreateChat(request, metadata=server.metadata, timeout=10).id
    done = flowgen(server, "run", flow_id, "--session", chat_id, "--body", '{"text_input": "Ann"}', "--json")
    assert json.loads(done.stdout)["chat_id"] == chat_id


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--body", "{"], "`--body` is not JSON"),
        (["--body", "[1]"], "must be a JSON object"),
        (["--version", "9.9"], "9.9"),
    ],
)
def test_what_cannot_be_run_is_one_sentence(server: Server, args: list[str], words: str) -> None:
    done = run(server, HELLO, *args)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("flowgen: ") and words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_flow_that_was_got_and_edited_is_applied_to_itself(server: Server) -> None:
    flow_id = apply(server, HELLO | {"session_timeout": 60})
    document = json.loads(flowgen(server, "flows", "get", flow_id).stdout)
    assert document["id"] == flow_id
    del document["session_timeout"]
    assert apply(server, document | {"name": "Changed"}) == flow_id
    changed = json.loads(flowgen(server, "flows", "get", flow_id).stdout)
    assert (changed["name"], "session_timeout" in changed) == ("Changed", False)


def test_a_flow_without_an_id_is_a_new_one_each_time(server: Server) -> None:
    first, second = apply(server, HELLO), apply(server, HELLO)
    listed = json.loads(flowgen(server, "flows", "list", "--json").stdout)
    assert first != second and {first, second} <= {flow["id"] for flow in listed}


def test_an_id_that_there_is_not_is_refused(server: Server) -> None:
    nobody = "01a1fc00-0000-7000-8000-000000000000"
    done = flowgen(server, "flows", "apply", "-", stdin=json.dumps(HELLO | {"id": nobody}))
    assert (done.returncode, done.stdout) == (1, "")


def test_a_flow_is_drawn(server: Server) -> None:
    drawn = flowgen(server, "flows", "graph", server.create_flow(HELLO)).stdout.splitlines()
    assert drawn[0] == "flowchart TD" and '    a0["say: Greet"]' in drawn and "    a1 --> a2" in drawn
