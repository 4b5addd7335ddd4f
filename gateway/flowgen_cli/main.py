"""The command `flowgen`."""

import sys

import typer

from flowgen_cli import chat, demo, flows, keys, plugins, run, servers
from flowgen_cli.errors import CliError

app = typer.Typer(
    help="FlowGen runs conversational flows behind gRPC and documented REST APIs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    servers.serve,
    servers.core,
    servers.gateway,
    servers.migrate,
    plugins.plugins,
    chat.chat,
    run.run,
    demo.demo,
):
    app.command()(command)
app.add_typer(keys.app, name="keys")
app.add_typer(flows.app, name="flows")


def main() -> None:
    """Runs the command line; what a person can put right is one sentence on stderr and exit status 1."""
    try:
        app()
    except CliError as error:
        print(f"flowgen: {error}", file=sys.stderr)
        sys.exit(1)
