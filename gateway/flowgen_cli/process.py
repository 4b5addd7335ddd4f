"""A server of one's own: a child process on free ports, with a data folder that is gone afterwards."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flowgen_cli.errors import CliError
from flowgen_cli.ready import Ready

STOP_SECONDS = 15


@contextmanager
def own_server() -> Iterator[Ready]:
    """Runs `flowgen serve --demo` until the context ends. Raises CliError when it fails to start or stop."""
    with (
        tempfile.TemporaryDirectory(prefix="flowgen-demo-") as folder,
        (Path(folder) / "log").open("w+") as log,
    ):
        options = [
            "--demo",
            "--ready-json",
            "--http",
            "127.0.0.1:0",
            "--grpc",
            "127.0.0.1:0",
            "--data",
            f"{folder}/data",
        ]
        child = subprocess.Popen(  # noqa: S603  our own command, and no shell
            [sys.executable, "-m", "flowgen_cli", "serve", *options],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            yield _ready(child, log.name)
        finally:
            _stop(child)


def _ready(child: subprocess.Popen[str], log: str) -> Ready:
    line = child.stdout.readline() if child.stdout else ""
    if not line:
        raise CliError(f"The demo's server did not start.\n{Path(log).read_text().strip()}")
    return Ready(**json.loads(line), demo=True)


def _stop(child: subprocess.Popen[str]) -> None:
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        raise CliError(f"The demo's server did not stop within {STOP_SECONDS} seconds.") from None
    if child.returncode:
        raise CliError(f"The demo's server ended with status {child.returncode}.")
