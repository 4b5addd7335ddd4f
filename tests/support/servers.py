"""Real servers for tests: processes of their own on ports of their own."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc

from flowgen_cli.flow_json import read_flow
from flowgen_core.pb.v1 import flow_pb2, flow_pb2_grpc, project_pb2, project_pb2_grpc

ROOT = Path(__file__).parents[2]
# Found by the servers that tests start, and by no others.
PLUGINS = ROOT / "tests" / "plugins"
START_SECONDS = 30
STOP_SECONDS = 15


@dataclass
class Server:
    """A server with its addresses and a key. `process` is None for one that belongs to another test's process."""

    http: str
    grpc: str
    project_id: str
    api_key: str
    process: subprocess.Popen[str] | None = None
    data: Path | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        """The credential of a REST call."""
        return {"Authorization": f"Bearer {self.api_key}"}

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """The credential of a gRPC call."""
        return (("authorization", f"Bearer {self.api_key}"),)

    def channel(self) -> grpc.Channel:
        """Opens a channel; close it, or use it in a `with` block."""
        return grpc.insecure_channel(self.grpc)

    def create_flow(self, document: dict[str, Any]) -> str:
        """Makes a flow and gives its id."""
        with self.channel() as channel:
            request = flow_pb2.CreateFlowRequest(flow=read_flow(json.dumps(document)))
            flow = flow_pb2_grpc.FlowServiceStub(channel).CreateFlow(
                request, metadata=self.metadata, timeout=10
            )
        return str(flow.id)

    def other_project(self, environment: str) -> "Server":
        """Makes another project on the same server. The key must be an operator's."""
        with self.channel() as channel:
            project = project_pb2.Project(
                name="Other", environment=project_pb2.Environment.Value(environment)
            )
            stub = project_pb2_grpc.ProjectServiceStub(channel)
            made = stub.CreateProject(
                project_pb2.CreateProjectRequest(project=project), metadata=self.metadata, timeout=10
            )
        return Server(self.http, self.grpc, made.project.id, made.api_key.key)

    def kill(self) -> None:
        """Ends the process at once, as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def stop(self) -> int:
        """Ends the process politely and gives its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(STOP_SECONDS)


def serve(data: Path, *options: str, env: dict[str, str] | None = None, log: Path | None = None) -> Server:
    """Starts `flowgen serve` and waits until it answers. A `--demo` server has a sandbox project."""
    command = [sys.executable, "-m", "flowgen_cli", "serve", "--ready-json", "--data", str(data)]
    command += ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", *options]
    with (log or data.with_suffix(".log")).open("a") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=_env(env))
    ready = _ready(process, log or data.with_suffix(".log"))
    return Server(
        ready.get("http", ""),
        ready["grpc"],
        ready.get("project_id", ""),
        ready.get("api_key", ""),
        process,
        data,
    )


def folder() -> Path:
    """Makes a folder for a server's data; it goes with the system's temporary files."""
    return Path(tempfile.mkdtemp(prefix="flowgen-test-")) / "data"


def _env(more: dict[str, str] | None) -> dict[str, str]:
    paths = [str(PLUGINS), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path), **(more or {})}


def _ready(process: subprocess.Popen[str], log: Path) -> dict[str, Any]:
    assert process.stdout is not None
    started = time.monotonic()
    line = process.stdout.readline()
    if not line:
        process.kill()
        raise RuntimeError(
            f"The server did not start within {time.monotonic() - started:.1f} s:\n{log.read_text()[-3000:]}"
        )
    answer: dict[str, Any] = json.loads(line)
    return answer
