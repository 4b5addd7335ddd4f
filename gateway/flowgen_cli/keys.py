"""The commands for API keys; they need a key with the scope `admin`."""

from typing import Annotated

import typer

from flowgen_cli import options
from flowgen_cli.client import connect
from flowgen_cli.errors import CliError
from flowgen_cli.output import print_json, print_table
from flowgen_core.pb.v1.options_pb2 import Scope
from flowgen_core.pb.v1.project_pb2 import (
    ApiKey,
    CreateApiKeyRequest,
    DeleteApiKeyRequest,
    ListApiKeysRequest,
)

app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)
SCOPES = {"read": Scope.SCOPE_READ, "write": Scope.SCOPE_WRITE, "admin": Scope.SCOPE_ADMIN}
PREFIX = "SCOPE_"

Name = Annotated[str, typer.Argument(help="What the key is for.")]
Scopes = Annotated[list[str], typer.Option("--scope", help="read, write or admin; may be repeated.")]
KeyId = Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `flowgen keys list` shows it.")]


@app.command()
def create(
    name: Name,
    *,
    scope: Scopes = ["read", "write"],  # noqa: B006  typer makes a new list for each call
    grpc: options.GrpcServer = options.GRPC,
    api_key: options.ApiKey = None,
    data: options.DataFolder = options.DATA,
    as_json: options.AsJson = False,
) -> None:
    """Make a key. It is shown this once."""
    wanted = ApiKey(name=name, scopes=[_scope(text) for text in scope])
    with connect(grpc, api_key, data) as client:
        made = client.call(client.projects.CreateApiKey, CreateApiKeyRequest(api_key=wanted))
    if as_json:
        print_json(_as_dict(made))
    else:
        print(made.key)
        typer.echo(
            f"`{made.name}` ({made.id}). The key is not shown again: keep it in a safe place.", err=True
        )


@app.command("list")
def list_(
    grpc: options.GrpcServer = options.GRPC,
    api_key: options.ApiKey = None,
    data: options.DataFolder = options.DATA,
    as_json: options.AsJson = False,
) -> None:
    """List the project's keys, newest first."""
    with connect(grpc, api_key, data) as client:
        pages = client.pages(client.projects.ListApiKeys, ListApiKeysRequest(page_size=1000))
        keys = [key for page in pages for key in page.api_keys]
    if as_json:
        print_json([_as_dict(key) for key in keys])
    else:
        rows = ([key.id, key.name, key.key, " ".join(_scopes(key))] for key in keys)
        print_table(["ID", "Name", "Key", "Scopes"], rows, "No keys.")


@app.command()
def revoke(
    key_id: KeyId,
    grpc: options.GrpcServer = options.GRPC,
    api_key: options.ApiKey = None,
    data: options.DataFolder = options.DATA,
) -> None:
    """Delete a key: from now on it opens nothing."""
    with connect(grpc, api_key, data) as client:
        gone = client.call(client.projects.DeleteApiKey, DeleteApiKeyRequest(id=key_id))
    print(f"`{gone.name}` ({gone.id}) is revoked.")


def _scope(text: str) -> Scope.ValueType:
    if text.lower() not in SCOPES:
        raise CliError(f"`--scope` takes {', '.join(SCOPES)}, not `{text}`.")
    return SCOPES[text.lower()]


def _scopes(key: ApiKey) -> list[str]:
    return [Scope.Name(scope).removeprefix(PREFIX).lower() for scope in key.scopes]


def _as_dict(key: ApiKey) -> dict[str, object]:
    return {"id": key.id, "name": key.name, "key": key.key, "scopes": _scopes(key)}
