"""The commands for flows: check a document, store it, list what is there, show or draw one."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from flowgen_cli import options
from flowgen_cli.client import connect
from flowgen_cli.errors import CliError
from flowgen_cli.flow_graph import write_graph
from flowgen_cli.flow_json import read_flow, write_flow
from flowgen_cli.output import print_json, print_table
from flowgen_core.logging import configure
from flowgen_core.model.documents import from_text
from flowgen_core.pb.v1.flow_pb2 import (
    CreateFlowRequest,
    GetFlowRequest,
    ListFlowsRequest,
    Problem,
    Severity,
    UpdateFlowRequest,
    ValidateFlowRequest,
)
from flowgen_core.registry import load

app = typer.Typer(help="Check, store, list, show and draw flows.", no_args_is_help=True)

File = Annotated[str, typer.Argument(metavar="FILE", help="A flow document as JSON; - is standard input.")]
FlowId = Annotated[str, typer.Argument(metavar="FLOW_ID", help="The id of a flow.")]


@app.command()
def validate(
    file: File,
    grpc: options.GrpcServer = options.GRPC,
    api_key: options.ApiKey = None,
    data: options.DataFolder = options.DATA,
    as_json: options.AsJson = False,
) -> None:
    """Report everything that is wrong with a flow; exit 1 when it would be refused."""
    flow = read_flow(_read(file))
    with connect(grpc, api_key, data) as client:
        problems = client.call(client.flows.ValidateFlow, ValidateFlowRequest(flow=flow)).problems
    if as_json:
        print_json([_as_dict(problem) for problem in problems])
    else:
        print("\n".join(_line(problem) for problem in problems) or "No problem.")
    if any(problem.severity == Severity.SEVERITY_ERROR for problem in problems):
        raise typer.Exit(1)


@app.command("create", hidden=True)
@app.command()
def apply(
    file: File,
    grpc: options.GrpcServer = options.GRPC,
    api_key: options.ApiKey = None,
    data: options.DataFolder = options.DATA,
) -> None:
    """Store a flow and print its id: the flow that the document's `id` names, else a new one."""
    flow = read_flow(_read(file))
    with connect(grpc, api_key, data) as client:
        if flow.id:
            # All of it: what the document leaves out goes back to its default.
            request = UpdateFlowRequest(flow=flow, update_mask=FieldMask(paths=["*"]))
            print(client.call(client.flows.UpdateFlow, request).id)
        else:
            print(client.call(client.flows.CreateFlow, CreateFlowRequest(flow=flow)).id)


@app.command("list")
def list_(
    grpc: options.GrpcServer = options.GRPC,
    api_key: options.ApiKey = None,
    data: options.DataFolder = options.DATA,
    as_json: options.AsJson = False,
) -> None:
    """List the project's flows, newest first."""
    with connect(grpc, api_key, data) as client:
        pages = client.pages(client.flows.ListFlows, ListFlowsRequest(page_size=200))
        flows = [flow for page in pages for flow in page.flows]
    if as_json:
        print_json([{"id": flow.id, "name": flow.name} for flow in flows])
    else:
        print_table(["ID", "Name"], ([flow.id, flow.name] for flow in flows), "No flows.")


@app.command("show", hidden=True)
@app.command()
def get(
    flow_id: FlowId,
    grpc: options.GrpcServer = options.GRPC,
    api_key: options.ApiKey = None,
    data: options.DataFolder = options.DATA,
) -> None:
    """Print a flow as the document that `apply` takes."""
    with connect(grpc, api_key, data) as client:
        print(write_flow(client.call(client.flows.GetFlow, GetFlowRequest(id=flow_id)), with_id=True))


@app.command()
def graph(
    flow_id: FlowId,
    grpc: options.GrpcServer = options.GRPC,
    api_key: options.ApiKey = None,
    data: options.DataFolder = options.DATA,
) -> None:
    """Print a flow's actions and steps as a Mermaid flowchart."""
    with connect(grpc, api_key, data) as client:
        flow = client.call(client.flows.GetFlow, GetFlowRequest(id=flow_id))
    configure("error")
    print(write_graph(from_text(write_flow(flow)), load().action_types))


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(
            f"The file `{file}` cannot be read: {getattr(error, 'strerror', None) or error}."
        ) from error


def _as_dict(problem: Problem) -> dict[str, str]:
    severity = Severity.Name(problem.severity).removeprefix("SEVERITY_")
    return {"severity": severity, "code": problem.code, "path": problem.path, "message": problem.message}


def _line(problem: Problem) -> str:
    shown = _as_dict(problem)
    return f"{shown['severity'].lower()}  {problem.path or 'flow'}: {problem.message} ({problem.code})"
