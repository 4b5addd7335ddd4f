import json

import pytest

from flowgen_core.pb.v1.run_pb2 import Run
from flowgen_gateway.dialects.voipbin.errors import Refused
from flowgen_gateway.dialects.voipbin.ids import NIL
from flowgen_gateway.dialects.voipbin.variables import text_of, variables_json, variables_of


def test_names_are_trimmed_and_those_of_the_service_are_dropped():
    given = {" a ": "1", "": "2", "  ": "3", "VoipBin.x": "4", " voipbin.y": "5", "voipbin": "6", "n": None}
    assert json.loads(variables_json(given)) == {"a": "1", "voipbin": "6", "n": ""}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({str(n): "" for n in range(101)}, "too many variables (max 100)"),
        ({str(n): "x" * 1000 for n in range(66)}, "variables total size exceeds 64KB"),
        ({"a": "é" * 16385}, "variable value exceeds 32KB"),
        ({"voipbin.a": "x" * 32769}, "variable value exceeds 32KB"),
        ({"a": "x" * 65536}, "variables total size exceeds 64KB"),
    ],
)
def test_more_than_may_be_set_is_refused(given, message):
    with pytest.raises(Refused) as refused:
        variables_json(given)
    assert (refused.value.reason, refused.value.message) == ("INVALID_VARIABLES", message)


def test_as_much_as_may_be_set_is_taken():
    assert len(json.loads(variables_json({str(n): "" for n in range(100)}))) == 100
    assert json.loads(variables_json({"a": "x" * 32768, "b": "x" * 32766}))
    assert variables_json(None) == "{}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (None, ""),
        (True, "true"),
        (7, "7"),
        (7.0, "7.0"),
        ({"a": [1, "é"]}, '{"a":[1,"é"]}'),
        ([{"value": "a"}, {"value": None}, {"value": 1, "b": 2}], "a, , 1"),
        ([{"value": 1}, 2], '[{"value":1},2]'),
        ([], "[]"),
    ],
)
def test_values_are_texts_as_they_would_stand_in_a_text(value, text):
    assert text_of(value) == text


def test_the_variables_of_every_run_stand_beside_its_own():
    run = Run(id="r", parent_id="p", chat_id="c", depth=2, variables_json='{"z":"1","a":2}')
    assert list(variables_of(run).items()) == [
        ("a", "2"),
        ("voipbin.activeflow.complete_count", "2"),
        ("voipbin.activeflow.flow_id", NIL),
        ("voipbin.activeflow.id", "r"),
        ("voipbin.activeflow.reference_activeflow_id", "p"),
        ("voipbin.activeflow.reference_id", "c"),
        ("voipbin.activeflow.reference_type", "conversation"),
        ("z", "1"),
    ]


def test_what_a_flow_has_set_itself_wins():
    run = Run(id="r", variables_json='{"voipbin.activeflow.id":"mine"}')
    assert variables_of(run)["voipbin.activeflow.id"] == "mine"
