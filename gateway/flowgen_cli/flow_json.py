"""Flow documents: the JSON that people write, and the proto that goes over the wire.

They differ where a field holds free JSON: `option` in the document is the text `option_json` in the proto.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from google.protobuf import json_format

from flowgen_cli.errors import CliError
from flowgen_core.pb.v1.flow_pb2 import Flow

# Document name → proto name, for the fields that hold free JSON.
FREE = {
    "option": "option_json",
    "input_schema": "input_schema_json",
    "output_schema": "output_schema_json",
    "properties": "properties_json",
    "when": "when_json",
    "entities": "entities_json",
}
TEXTS = {proto: name for name, proto in FREE.items()}
# The parts of a document that hold free JSON further down.
NESTED = ("actions", "steps", "intent", "examples")
# What only the server sets is no part of the document.
DOCUMENT = ("name", "actions", "steps", *(FREE.values()), "on_complete_flow_id", "session_timeout")

# JSON values of any kind.
Json = Any


def read_flow(text: str) -> Flow:
    """Reads a flow document. Raises CliError that says where it is no JSON or no flow."""
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except ValueError as error:
        raise CliError(f"The flow is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise CliError("The flow must be a JSON object with `actions` or `steps`.")
    try:
        return json_format.ParseDict(_translate(document, _to_text), Flow())
    except json_format.ParseError as error:
        # What follows the first line names the proto's fields, not the document's.
        raise CliError(f"The flow does not have the form of a flow: {str(error).splitlines()[0]}") from error


def write_flow(flow: Flow, *, with_id: bool = False) -> str:
    """Writes a flow as a document, indented; with its id it is one that changes this very flow."""
    fields = json_format.MessageToDict(flow, preserving_proto_field_name=True)
    document = {name: value for name, value in fields.items() if name in DOCUMENT}
    document = {"id": flow.id, **document} if with_id else document
    return json.dumps(_translate(document, _from_text), indent=2, ensure_ascii=False)


def _translate(value: Json, field: Callable[[str, Json], tuple[str, Json]]) -> Json:
    if isinstance(value, list):
        return [_translate(item, field) for item in value]
    if not isinstance(value, Mapping):
        return value
    return dict(
        (name, _translate(inner, field)) if name in NESTED else field(name, inner)
        for name, inner in value.items()
    )


def _to_text(name: str, value: Json) -> tuple[str, Json]:
    if name not in FREE:
        return name, value
    return FREE[name], None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _from_text(name: str, value: Json) -> tuple[str, Json]:
    return (TEXTS[name], json.loads(value)) if name in TEXTS else (name, value)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"`{name}` is no JSON value")
