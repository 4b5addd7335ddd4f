import json

import pytest

from flowgen_cli.chat import greeting, offered, pick
from flowgen_core.pb.v1.chat_pb2 import Message, Response
from flowgen_core.pb.v1.flow_pb2 import Flow


@pytest.mark.parametrize(
    ("said", "meant"), [("1", "Yes"), (" 2 ", "No"), ("3", "3"), ("0", "0"), ("no", "no"), ("²", "²")]
)
def test_a_number_picks_an_offered_answer(said: str, meant: str) -> None:
    assert pick(said, ["Yes", "No"]) == meant


def test_quick_replies_are_offered_in_order() -> None:
    payload = json.dumps({"text": "?", "quick_replies": ["Yes", {"label": "No", "value": "n"}]})
    assert offered(Message(responses=[Response(type="text", payload_json=payload)])) == ["Yes", "No"]
    assert offered(Message(responses=[Response(type="text", payload_json='{"text":"?"}')])) == []


@pytest.mark.parametrize(
    ("properties", "word"),
    [
        ("", "Hello"),
        ("{}", "Hello"),
        ('{"language":"nl"}', "Hallo"),
        ('{"language":"fr"}', "Bonjour"),
        ('{"language":1}', "Hello"),
    ],
)
def test_the_first_word_is_in_the_flows_language(properties: str, word: str) -> None:
    assert greeting(Flow(properties_json=properties)) == word
