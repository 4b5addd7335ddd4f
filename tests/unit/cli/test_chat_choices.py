import json

import pytest

from flowgen_cli.chat import Choice, greeting, offered, pick
from flowgen_core.pb.v1.chat_pb2 import Message, Response
from flowgen_core.pb.v1.flow_pb2 import Flow


@pytest.mark.parametrize(
    ("said", "meant"), [("1", "Yes"), (" 2 ", "No, thanks"), ("3", "3"), ("0", "0"), ("no", "no"), ("²", "²")]
)
def test_a_number_picks_an_offered_answer(said: str, meant: str) -> None:
    assert pick(said, [Choice("Yes", "Yes"), Choice("No", "No, thanks")]) == meant


def test_quick_replies_are_offered_in_order() -> None:
    yes, no = ({"label": label, "value": label[0], "type": "text"} for label in ("Yes", "No"))
    elsewhere = {"label": "Here", "value": "here", "type": "location"}
    payload = json.dumps({"text": "?", "quickReplies": [yes, elsewhere, no]})
    assert offered(Message(responses=[Response(type="text", payload_json=payload)])) == [
        Choice("Yes", "Y"),
        Choice("No", "N"),
    ]
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
