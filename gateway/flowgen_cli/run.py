"""The command that runs a flow and shows what it does."""

import json
from typing import Annotated

import typer
from google.protobuf import json_format

from flowgen_cli import options
from flowgen_cli.client import Client, connect
from flowgen_cli.errors import CliError
from flowgen_cli.run_screen import RunScreen
from flowgen_core.pb.v1.run_pb2 import Run, RunEvent, RunState, StartRunRequest, StreamRunRequest

FlowId = Annotated[str, typer.Argument(metavar="FLOW_ID", help="The flow to run.")]
Body = Annotated[
    str, typer.Option("--body", metavar="JSON", help="The run's input: a JSON object. Default: {}.")
]
Stream = Annotated[bool, typer.Option("--stream", help="Show live what the run does.")]
Version = Annotated[
    str, typer.Option("--version", metavar="VERSION", help="A release. Default: the flow's own choice.")
]
Session = Annotated[
    str, typer.Option("--session", metavar="CHAT_ID", help="The chat to run in. Default: none.")
]


def run(
    flow_id: FlowId,
    body: Body = "",
    stream: Stream = False,
    as_json: options.AsJson = False,
    version: Version = "",
    session: Session = "",
    grpc: options.GrpcServer = options.GRPC,
    api_key: options.ApiKey = None,
    data: options.DataFolder = options.DATA,
) -> None:
    """Run a flow until it ends or waits; exit 1 when it failed. With --stream, --json is one event a line."""
    request = StartRunRequest(flow_id=flow_id, version=version, chat_id=session, input_json=_object(body))
    with connect(grpc, api_key, data) as client:
        begun = client.call(client.runs.StartRun, request)
        try:
            ended = _follow(client, begun.id, stream=stream, as_json=as_json)
        except KeyboardInterrupt:
            raise CliError(f"You left; the run `{begun.id}` goes on.") from None
    if as_json and not stream:
        print(json.dumps(_as_dict(ended), indent=2, ensure_ascii=False))
    if ended.state == RunState.RUN_STATE_FAILED:
        at = f" at the action `{ended.failure.action_id}`" if ended.failure.action_id else ""
        raise CliError(f"The run failed{at}: {ended.failure.message} ({ended.failure.reason})")


def _follow(client: Client, run_id: str, *, stream: bool, as_json: bool) -> Run:
    screen = None if as_json else RunScreen(live=stream)
    for event in client.watch(client.runs.StreamRun, StreamRunRequest(id=run_id)):
        if screen:
            screen.show(event)
        elif stream:
            print(json.dumps(_as_dict(event), ensure_ascii=False), flush=True)
        if event.HasField("ended"):
            return event.ended
    raise CliError(f"The server stopped telling about the run `{run_id}`: ask again when it is back.")


def _as_dict(message: Run | RunEvent) -> dict[str, object]:
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def _object(body: str) -> str:
    try:
        value = json.loads(body or "{}")
    except ValueError as error:
        raise CliError(f"`--body` is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise CliError('`--body` must be a JSON object, such as \'{"text_input": "Hello"}\'.')
    return body
