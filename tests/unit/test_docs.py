"""The pages in docs name what there is, by reflection: whatever is new needs its line."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args, get_origin

import click
import grpc
import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings
from typer.main import get_command

from flowgen_cli.main import app
from flowgen_core import api
from flowgen_core.engine import validate
from flowgen_core.hookspecs import Hooks
from flowgen_core.model.documents import from_json
from flowgen_core.model.errors import Reason
from flowgen_core.pb.v1.error_pb2 import ErrorReason
from flowgen_core.registry import load
from flowgen_core.runtime.judge import OptionJudge
from flowgen_core.services.errors import CODES
from flowgen_core.settings import CoreSettings
from flowgen_gateway.errors import HTTP_STATUS
from flowgen_gateway.settings import GatewaySettings

ROOT = Path(__file__).parents[2]
DOCS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
REGISTRY = load()
BUILT_IN = {
    name: kind
    for name, kind in REGISTRY.action_types.items()
    if REGISTRY.owner("action type", name).distribution == "flowgen-server"
}
REASONS = [name.removeprefix("ERROR_REASON_") for name, number in ErrorReason.items() if number]


def rows(text: str) -> dict[str, list[str]]:
    """Gives the further cells of each table row whose first cell is a name in backticks; the first of a name counts."""
    found = re.findall(r"^\| `([^`]+)` \|(.*)\|$", text, re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in reversed(found)}


def section(name: str) -> str:
    return next((part for part in DOCS["actions"].split("\n## ") if part.startswith(f"`{name}`\n")), "")


def shown(field: FieldInfo) -> str:
    """Writes a default as the tables do."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value in (None, "", [], {}):
        return ""
    return f"`{value if isinstance(value, (str, Path)) else json.dumps(value)}`"


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models(inner)


def options(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Gives path and default of every field, also of models inside: `choices[].value`."""
    for name, field in model.model_fields.items():
        path = prefix + (field.alias or name)
        yield path, shown(field)
        many = "[]" if get_origin(field.annotation) is list else ""
        for inner in models(field.annotation):
            yield from options(inner, f"{path}{many}.")


def settings(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from settings(field.annotation, f"{prefix}{name}__")
        else:
            yield f"{prefix}{name}".upper(), "`[]`" if field.default == () else shown(field)


def prefix_of(model: type[BaseSettings]) -> str:
    return str(model.model_config["env_prefix"])


def variables(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        if isinstance(parameter.envvar, str):
            yield parameter.envvar
    for inner in getattr(command, "commands", {}).values():
        yield from variables(inner)


def examples() -> list[dict[str, Any]]:
    return [json.loads(text) for text in re.findall(r"```json\n(.*?)```", DOCS["actions"], re.DOTALL)]


def codes_of_the_contract() -> Mapping[str, str]:
    text = (ROOT / "protos/flowgen/v1/error.proto").read_text(encoding="utf-8")
    return {name: code for code, name in re.findall(r"// ([A-Z_]+): (?:.|\n)*?ERROR_REASON_(\w+) =", text)}


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_option_of_every_action_type_has_its_line_with_its_default(name: str) -> None:
    told = rows(section(name))
    expected = dict(options(BUILT_IN[name].Option))
    assert {path: told.get(path, ["", "nothing"])[1] for path in expected} == expected
    assert f"| [`{name}`](#{name}) |" in DOCS["actions"]


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_action_type_has_an_example_that_fits(name: str) -> None:
    shown_here = [example for example in examples() if example["type"] == name]
    assert shown_here
    for example in shown_here:
        document = from_json({"actions": [example]})
        (action,) = (replace(action, next_id="") for action in document.actions)
        assert OptionJudge(REGISTRY.action_types).option_problems(action) == []


def test_no_action_type_is_described_that_there_is_not() -> None:
    assert set(re.findall(r"^## `(.+)`$", DOCS["actions"], re.MULTILINE)) == set(BUILT_IN)


def test_every_setting_has_its_line_with_its_default() -> None:
    expected = dict(settings(CoreSettings, prefix_of(CoreSettings)))
    expected |= dict(settings(GatewaySettings, prefix_of(GatewaySettings)))
    told = rows(DOCS["settings"])
    assert {name: told.get(name, ["nothing"])[0] for name in expected} == expected
    assert set(told) == set(expected) | set(variables(get_command(app)))


@pytest.mark.parametrize("reason", REASONS)
def test_every_error_reason_has_its_line_with_its_codes(reason: str) -> None:
    part = DOCS["errors"].split("\n## ")[1]
    code, status, *words = rows(part)[reason]
    known = CODES[Reason(reason)].name if reason in Reason.__members__ else code
    assert (code, code) == (known, codes_of_the_contract()[reason])
    assert int(status) == HTTP_STATUS[grpc.StatusCode[code]]
    assert len(words) == 2 and all(words)


def test_no_error_reason_is_described_that_there_is_not() -> None:
    assert sorted(rows(DOCS["errors"].split("\n## ")[1])) == sorted(REASONS)


def test_every_code_of_a_problem_that_can_be_graded_has_its_line() -> None:
    assert set(rows(DOCS["errors"].split("\n## ")[3])) >= validate.LENIENT | validate.WARNINGS


def test_every_hook_has_its_line() -> None:
    hooks = {name for name in vars(Hooks) if not name.startswith("_")}
    told = re.findall(r"^\| `(\w+)\(register\)` \|", DOCS["plugins"], re.MULTILINE)
    assert set(told) == hooks


@pytest.mark.parametrize("kind", [api.Context, api.LaterContext, api.ActionType, api.FlowType])
def test_all_that_a_plugin_may_use_is_named(kind: type) -> None:
    names = {name for name in vars(kind) if not name.startswith("_")}
    assert {name for name in names if not re.search(rf"\b{name}\b", DOCS["plugins"])} == set()


def test_every_outcome_and_cause_is_told() -> None:
    kinds = [*get_args(api.Outcome), *get_args(api.Cause), *api.WaitKind]
    names = [kind.__name__ if isinstance(kind, type) else f"WaitKind.{kind}" for kind in kinds]
    assert [name for name in names if f"`{name}" not in DOCS["plugins"]] == []


def test_the_smallest_plugin_of_the_docs_works() -> None:
    source = DOCS["plugins"].split("```python\n")[1].split("```")[0]
    module: dict[str, Any] = {}
    exec(compile(source, "shout.py", "exec"), module)
    found: list[api.ActionType] = []
    module["register_action_types"](found.append)
    assert [kind.name for kind in found] == ["shout"]


@pytest.mark.parametrize("page", sorted(DOCS))
def test_every_path_that_a_page_names_exists(page: str) -> None:
    paths = re.findall(r"`((?:plugins|tests|gateway|flowgen_core|protos|docs)/[\w./-]+)`", DOCS[page])
    links = [f"docs/{link}" for link in re.findall(r"\]\(([\w.-]+\.md)\)", DOCS[page])]
    assert [path for path in [*paths, *links] if not (ROOT / path).exists()] == []
