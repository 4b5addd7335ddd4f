"""The commands that run a server, and the one that prepares its database."""

import sys
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from flowgen_cli import options
from flowgen_cli.addresses import Address, parse_address
from flowgen_cli.errors import CliError
from flowgen_cli.ready import print_json, print_text
from flowgen_core.logging import configure
from flowgen_core.settings import CoreSettings
from flowgen_gateway.settings import GatewaySettings

Settings = TypeVar("Settings", bound=BaseSettings)
CoreAddress = Annotated[
    str,
    typer.Option(
        "--core", metavar="HOST:PORT", envvar="FLOWGEN_HTTP_CORE_ADDRESS", help="Where the core's gRPC is."
    ),
]


def serve(
    http: options.HttpListen = options.HTTP,
    grpc: options.GrpcListen = options.GRPC,
    data: options.DataFolder = options.DATA,
    demo: options.Demo = False,
    ready_json: options.ReadyJson = False,
) -> None:
    """Run core and gateway in one process."""
    _run(_core_settings(data, grpc), parse_address(http, "--http"), None, demo, ready_json)


def core(
    grpc: options.GrpcListen = options.GRPC,
    data: options.DataFolder = options.DATA,
    demo: options.Demo = False,
    ready_json: options.ReadyJson = False,
) -> None:
    """Run the core alone: gRPC and the database."""
    _run(_core_settings(data, grpc), None, None, demo, ready_json)


def gateway(
    core: CoreAddress = options.GRPC,
    http: options.HttpListen = options.HTTP,
    ready_json: options.ReadyJson = False,
) -> None:
    """Run the gateway alone: REST, SSE and WebSockets for a core elsewhere."""
    settings = _read(GatewaySettings, core_address=str(parse_address(core, "--core")))
    _run(None, parse_address(http, "--http"), settings, False, ready_json)


def migrate(data: options.DataFolder = options.DATA) -> None:
    """Bring the database of a stopped core up to date; a start does it too."""
    from flowgen_core import server  # noqa: PLC0415  other commands need not load it

    try:
        applied = server.migrate(_read(CoreSettings, data_folder=data))
    except server.StartupError as error:
        raise CliError(str(error)) from error
    print("\n".join(applied) or "Nothing to do: the database is up to date.")


def _run(
    core: CoreSettings | None,
    http: Address | None,
    gateway: GatewaySettings | None,
    demo: bool,
    ready_json: bool,
) -> None:
    from flowgen_cli.serve import Plan, run  # noqa: PLC0415  other commands need not load the servers

    _configure_logs(core or _read(CoreSettings))
    run(Plan(core, demo, http, gateway), print_json if ready_json else print_text)


def _core_settings(data: Path, grpc: str) -> CoreSettings:
    return _read(CoreSettings, data_folder=data, grpc_listen=str(parse_address(grpc, "--grpc")))


# The values are checked by the settings themselves.
def _read(kind: type[Settings], **given: Any) -> Settings:
    try:
        return kind(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = "__".join(str(part) for part in first["loc"]).upper()
        raise CliError(
            f"The setting {kind.model_config['env_prefix']}{name} is wrong: {first['msg']}."
        ) from error


def _configure_logs(settings: CoreSettings) -> None:
    chosen = "log_format" in settings.model_fields_set
    configure(settings.log_level, "console" if sys.stderr.isatty() and not chosen else settings.log_format)
