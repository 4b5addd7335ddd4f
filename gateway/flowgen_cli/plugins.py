"""The command that shows what is installed; it needs no server."""

from flowgen_cli import options
from flowgen_cli.errors import CliError
from flowgen_cli.output import print_json, print_table
from flowgen_core.logging import configure
from flowgen_core.registry import DuplicateName, Plugin, Registry, load


def plugins(as_json: options.AsJson = False) -> None:
    """List the plugins, and the flow types and action types that they bring."""
    configure("error")
    try:
        registry = load()
    except DuplicateName as error:
        raise CliError(str(error)) from error
    listed = [_describe(plugin, registry) for plugin in registry.plugins]
    if as_json:
        print_json(listed)
    else:
        _print(listed)


def _describe(plugin: Plugin, registry: Registry) -> dict[str, str | list[str]]:
    return {
        "name": plugin.name,
        "version": plugin.version,
        "distribution": plugin.distribution,
        "error": plugin.error,
        "flow_types": _names("flow type", plugin, registry),
        "action_types": _names("action type", plugin, registry),
    }


def _names(kind: str, plugin: Plugin, registry: Registry) -> list[str]:
    return sorted(
        name for (of, name), owner in registry.owners.items() if of == kind and owner == plugin.name
    )


def _print(listed: list[dict[str, str | list[str]]]) -> None:
    columns = ["name", "distribution", "version", "flow_types", "action_types"]
    if any(row["error"] for row in listed):
        columns.append("error")
    rows = [
        [", ".join(value) if isinstance(value := row[name], list) else value for name in columns]
        for row in listed
    ]
    print_table([name.replace("_", " ").capitalize() for name in columns], rows, "No plugins.")
