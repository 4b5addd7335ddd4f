"""The README names what there is, by reflection: a setting or a command that is new needs its line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.main import get_command

from flowgen_cli.main import app
from flowgen_core.settings import CoreSettings
from flowgen_gateway.settings import GatewaySettings

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
SETTINGS = (Path(__file__).parents[3] / "docs/settings.md").read_text(encoding="utf-8")


def names(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from names(kind, f"{prefix}{name}__")
        else:
            yield f"{prefix}{name}".upper()


@pytest.mark.parametrize(
    "name",
    [*names(CoreSettings, "FLOWGEN_"), *names(GatewaySettings, "FLOWGEN_HTTP_"), "FLOWGEN_HTTP_LISTEN"],
)
def test_every_setting_has_its_line(name: str) -> None:
    assert f"| `{name}` |" in README + SETTINGS


@pytest.mark.parametrize("name", sorted(get_command(app).commands))  # type: ignore[attr-defined]  # a group has them
def test_every_command_is_told(name: str) -> None:
    assert f"flowgen {name}" in README
