"""What a server prints when it answers: a line for programs, or a short text for people."""

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

NAME = "flowgen"
EXAMPLE = {
    "flowType": "vacancy_application_flow",
    "parameters": {
        "flowName": "Driver",
        "knockoutRequirements": [{"value": "Has drivers license B"}],
        "preferredRequirements": [],
        "requiredFields": [{"value": "email"}],
    },
    "context": {"type": "text", "value": "Driver in Ghent"},
}


@dataclass(frozen=True, slots=True)
class Ready:
    """Where a server answers, and the key to show: the demo's, or the one that was made at this start."""

    http: str = ""
    grpc: str = ""
    project_id: str = ""
    api_key: str = ""
    demo: bool = False


def print_json(ready: Ready) -> None:
    """Prints one line for programs, with what there is of the addresses and the key."""
    shown = {"http": ready.http, "grpc": ready.grpc, "project_id": ready.project_id, "api_key": ready.api_key}
    print(json.dumps({name: value for name, value in shown.items() if value}), flush=True)


def print_text(ready: Ready) -> None:
    """Prints where the server is, its key, and with a demo project what to try first."""
    console = Console(highlight=False, soft_wrap=True)
    console.print("\n[bold green]FlowGen is ready.[/]\n")
    for name, value in _facts(ready):
        console.print(Text.assemble((f"  {name:<9}", "dim"), value))
    if ready.demo and ready.http:
        _print_first_steps(console, ready)
    elif ready.api_key:
        console.print("\nThis is the server's first API key. It is not shown again: keep it in a safe place.")
    console.print("\n[dim]Ctrl-C stops the server.[/]\n")


def _facts(ready: Ready) -> list[tuple[str, str]]:
    facts = [
        ("HTTP", ready.http),
        ("API docs", f"{ready.http}/docs" if ready.http else ""),
        ("gRPC", ready.grpc),
        ("project", ready.project_id),
        ("API key", ready.api_key),
    ]
    return [(name, value) for name, value in facts if value]


def _print_first_steps(console: Console, ready: Ready) -> None:
    console.print("\n[bold]Make a flow[/] that interviews job seekers:\n")
    console.print(Text(_curl(ready), style="cyan"))
    console.print('\nIt answers 201 with [cyan]"status":"finished"[/] and a [cyan]"flowId"[/].')
    console.print("[bold]Talk to that flow[/], with its id for FLOW_ID:\n")
    port = "" if ready.grpc.endswith(":50051") else f" --grpc {ready.grpc}"
    console.print(Text(f"  {_command()} chat FLOW_ID --api-key {ready.api_key}{port}", style="cyan"))


def _command() -> str:
    """Gives what to type: `flowgen` where that is found, else the path that this process was called by."""
    called = Path(sys.argv[0])
    return os.path.relpath(called) if called.name == NAME and not shutil.which(NAME) else NAME


def _curl(ready: Ready) -> str:
    body = json.dumps(EXAMPLE, separators=(",", ":"))
    return (
        f"  curl -s '{ready.http}/flow-generations?sync=true' \\\n"
        f"    -H 'Authorization: Bearer {ready.api_key}' -H 'Content-Type: application/json' \\\n"
        f"    -d '{body}'"
    )
