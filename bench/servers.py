"""The servers that are measured, each a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Address:
    """Where a measured server answers."""

    http: str
    grpc: str
    api_key: str = ""
    pid: int = 0

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """The credential of a gRPC call."""
        return (("authorization", f"Bearer {self.api_key}"),)


@contextmanager
def running(command: list[str]) -> Iterator[Address]:
    """Runs a server for the length of a `with` block."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        yield Address(ready["http"], ready["grpc"], ready.get("api_key", ""), process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def echo_command() -> list[str]:
    """The yardstick."""
    return [sys.executable, str(Path(__file__).parent / "echo.py")]


def serve_command(data: str) -> list[str]:
    """FlowGen with a demo project."""
    ports = ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"]
    return [
        sys.executable,
        "-m",
        "flowgen_cli",
        "serve",
        "--demo",
        "--ready-json",
        "--data",
        f"{data}/data",
        *ports,
    ]


def megabytes(pid: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
