"""The example plugin as an outsider has it: installed with pip into an environment, found, and used."""

import json
import os
import shutil
import site
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.protobuf.duration_pb2 import Duration

from flowgen_core.pb.v1 import generation_pb2 as pb
from flowgen_core.pb.v1.generation_pb2_grpc import GenerationServiceStub
from tests.support.servers import ROOT, Server

EXAMPLE = ROOT / "plugins" / "examples" / "flowgen-survey"
ENV = {name: value for name, value in os.environ.items() if not name.startswith(("FLOWGEN_", "PYTHONPATH"))}
FLOW = {
    "name": "Feedback",
    "actions": [
        {"id": "rate", "type": "rating", "option": {"text": "How was it?", "low_target_id": "why"}},
        {"id": "glad", "type": "say", "option": {"text": "Glad: ${rating}."}, "next_id": "end"},
        {"id": "why", "type": "say", "option": {"text": "Sorry: ${rating}."}},
        {"id": "end", "type": "stop"},
    ],
}


@pytest.fixture(scope="module")
def python() -> Iterator[Path]:
    """An environment with FlowGen and the example; its interpreter."""
    folder = Path(tempfile.mkdtemp(prefix="flowgen-test-"))
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    # An environment does not see the packages of another one; a `.pth` file shows it those that run this test.
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    lines = [f"import site; site.addsitedir({path!r})" for path in site.getsitepackages()]
    (packages / "flowgen.pth").write_text("\n".join(lines) + "\n")
    offline = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet")
    # A copy, so that building leaves nothing in the source.
    copy = shutil.copytree(EXAMPLE, folder / "source", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    run(sys.executable, "-m", "pip", "--python", python, "install", *offline, copy)
    yield python
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def server(python: Path) -> Iterator[Server]:
    data = python.parents[1] / "data"
    command = [python, "-m", "flowgen_cli", "serve", "--demo", "--ready-json", "--data", data]
    command += ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"]
    with (python.parents[1] / "log").open("w+") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=ENV)
        assert process.stdout
        with Server("", "", "", "", process) as running, process.stdout:
            line = process.stdout.readline()
            assert line, Path(log.name).read_text()[-3000:]
            ready = json.loads(line)
            running.http, running.grpc, running.api_key = ready["http"], ready["grpc"], ready["api_key"]
            yield running
            assert running.stop() == 0


def run(*command: object, cwd: Path | None = None) -> str:
    done = subprocess.run(
        list(map(str, command)), check=False, capture_output=True, text=True, timeout=90, env=ENV, cwd=cwd
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def converse(server: Server, flow_id: str, *inputs: str) -> tuple[list[str], dict[str, Any]]:
    """Says each input in a new chat; gives what the bot said, and the chat at the end."""
    with httpx.Client(base_url=server.http, headers=server.headers, timeout=20) as client:
        body = {"name": "Guest", "from_type": "flow", "from_flow": flow_id}
        path = f"/chats/{client.post('/chats', json=body).raise_for_status().json()['id']}"
        for text in inputs:
            answer = client.post(f"{path}/messages", params={"wait": 10}, json={"message": text})
            answer.raise_for_status()
        messages = client.get(f"{path}/messages").raise_for_status().json()
        return [row["content"] for row in messages if row["type"] == "assistant"], client.get(path).json()


def test_it_is_listed_with_its_distribution(python: Path) -> None:
    listed = json.loads(run(python, "-m", "flowgen_cli", "plugins", "--json"))
    (survey,) = (plugin for plugin in listed if plugin["name"] == "survey")
    assert survey == {
        "name": "survey",
        "version": "1.0.0",
        "distribution": "flowgen-survey",
        "error": "",
        "flow_types": ["satisfaction_survey"],
        "action_types": ["rating"],
    }
    assert {"control", "conversation"} <= {plugin["name"] for plugin in listed}


def test_a_flow_with_its_action_holds_a_conversation(server: Server) -> None:
    said, chat = converse(server, server.create_flow(FLOW), "Hello", "hmm", "a 2")
    assert said == ["How was it?", "Please answer with a number from 1 to 5.", "Sorry: 2."]
    assert chat["status"] == "completed"


def test_its_flow_type_writes_a_flow_that_can_be_talked_to(server: Server) -> None:
    wanted = pb.Generation(flow_type="satisfaction_survey", parameters_json='{"subject": "your stay"}')
    request = pb.CreateGenerationRequest(generation=wanted, wait=Duration(seconds=10))
    with server.channel() as channel:
        made = GenerationServiceStub(channel).CreateGeneration(request, metadata=server.metadata, timeout=20)
    assert made.state == pb.GENERATION_STATE_FINISHED, made
    said, chat = converse(server, made.flow_id, "Hello", "5")
    assert said == ["How was your stay? 1 is bad, 5 is great.", "Thank you! We are glad to hear that."]
    assert chat["status"] == "completed"


def test_its_own_tests_pass_where_it_is_installed(python: Path) -> None:
    run(
        python,
        "-B",
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        cwd=python.parents[1] / "source",
    )
