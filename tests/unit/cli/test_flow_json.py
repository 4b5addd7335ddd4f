import json

import pytest

from flowgen_cli.errors import CliError
from flowgen_cli.flow_json import read_flow, write_flow

DOCUMENT = {
    "name": "Café",
    "actions": [
        {"id": "a", "type": "ask", "title": "T", "option": {"z": 1, "a": [7.0, None]}, "next_id": "b"}
    ],
    "steps": [
        {
            "id": "s",
            "title": "Hello",
            "type": "INTENT",
            "contexts": ["r"],
            "intent": {"title": "hi", "examples": [{"query": "hello", "entities": [{"at": 1}]}]},
            "slot": {"validation": "v", "entity_id": "e", "label": "l"},
            "timeout": 5,
            "when": {"option": True},
            "actions": [{"id": "b", "type": "say", "option": {"actions": [{"option": 1}]}}],
        }
    ],
    "input_schema": {"type": "object"},
    "output_schema": {"type": "object"},
    "properties": {"language": "nl", "intent": {"when": 2}},
    "on_complete_flow_id": "f",
    "session_timeout": 60,
}


def test_a_document_with_everything_comes_back_equal() -> None:
    assert json.loads(write_flow(read_flow(json.dumps(DOCUMENT)))) == DOCUMENT


def test_free_json_becomes_text_that_keeps_order_and_kinds() -> None:
    assert read_flow(json.dumps(DOCUMENT)).actions[0].option_json == '{"z":1,"a":[7.0,null]}'


def test_null_is_the_same_as_absent() -> None:
    flow = read_flow('{"name": "x", "on_complete_flow_id": null, "input_schema": null, "properties": null}')
    assert json.loads(write_flow(flow)) == {"name": "x"}


def test_what_the_server_sets_is_not_part_of_the_document() -> None:
    flow = read_flow('{"name": "x"}')
    flow.id, flow.etag = "i", "e"
    assert json.loads(write_flow(flow)) == {"name": "x"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ('{"session_timeout": NaN}', "not JSON.*NaN"),
        ("[]", "must be a JSON object"),
        ('{"nam": "x"}', "form of a flow.*nam"),
        ('{"actions": [{"id": "a", "options": {}}]}', "form of a flow.*options"),
        ('{"actions": {}}', "form of a flow.*actions"),
        ('{"session_timeout": "soon"}', "form of a flow.*session_timeout"),
    ],
)
def test_what_is_no_flow_is_refused_in_words(text: str, message: str) -> None:
    with pytest.raises(CliError, match=message):
        read_flow(text)
