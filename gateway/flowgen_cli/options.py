"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

GRPC = "127.0.0.1:50051"
HTTP = "127.0.0.1:8080"
DATA = Path("data")

GrpcListen = Annotated[
    str,
    typer.Option(
        "--grpc",
        metavar="HOST:PORT",
        envvar="FLOWGEN_GRPC_LISTEN",
        help="Where gRPC listens; port 0: any free one.",
    ),
]
HttpListen = Annotated[
    str,
    typer.Option(
        "--http",
        metavar="HOST:PORT",
        envvar="FLOWGEN_HTTP_LISTEN",
        help="Where HTTP listens; port 0: any free one.",
    ),
]
DataFolder = Annotated[
    Path,
    typer.Option(
        "--data", metavar="DIR", envvar="FLOWGEN_DATA_FOLDER", help="The folder that holds the database."
    ),
]
Demo = Annotated[
    bool, typer.Option("--demo", help="Make a sandbox project and print its API key at every start.")
]
ReadyJson = Annotated[
    bool,
    typer.Option("--ready-json", help="Print one line of JSON when the server answers, and nothing else."),
]
GrpcServer = Annotated[
    str, typer.Option("--grpc", metavar="HOST:PORT", envvar="FLOWGEN_GRPC", help="The core to talk to.")
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--api-key", metavar="KEY", envvar="FLOWGEN_API_KEY", help="Default: the demo key of the data folder."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
