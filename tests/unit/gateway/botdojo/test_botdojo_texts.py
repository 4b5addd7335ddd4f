import pytest

from flowgen_core.pb.v1.chat_pb2 import Message
from flowgen_gateway.dialects.botdojo.texts import (
    asked_text,
    chat_property,
    output_text,
    response_of,
    said_text,
)


def schema(**types):
    return {"type": "object", "properties": {name: {"type": type} for name, type in types.items()}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (schema(text_input="string", other="string"), "text_input"),
        (schema(question="string", n="number"), "question"),
        (schema(text_input="number", question="string"), "question"),
        (schema(a="string", b="string"), None),
        (schema(n="number"), None),
        ({}, None),
        ({"properties": []}, None),
        ({"properties": {"a": True, "b": {"type": ["string", "null"]}}}, None),
    ],
)
def test_the_text_property_is_the_named_one_or_the_only_string(given, expected):
    assert chat_property(given, "text_input") == expected


@pytest.mark.parametrize(
    ("body", "given", "expected"),
    [
        ({"text_input": "Hello", "a": "x"}, None, "Hello"),
        ({"question": "Hello", "n": 1}, None, "Hello"),
        ({"text_input": 5, "question": "Hello"}, None, "Hello"),
        ({"text_input": ""}, None, ""),
        ({"a": "x", "b": "y"}, None, '{"a":"x","b":"y"}'),
        ({"n": 7.0}, None, '{"n":7.0}'),
        ({}, None, "{}"),
        ({"question": "Hello", "text_input": "no"}, schema(question="string"), "Hello"),
        ({"question": "Hello"}, schema(a="string", b="string"), '{"question":"Hello"}'),
        ({"n": 1}, schema(text_input="string"), '{"n":1}'),
    ],
)
def test_what_was_asked_is_the_text_of_the_body_or_all_of_it(body, given, expected):
    assert asked_text(body, given) == expected


def test_what_was_said_is_joined_by_lines():
    assert (
        said_text([Message(text="One"), Message(fallback="[card]"), Message(text="Two")])
        == "One\n[card]\nTwo"
    )
    assert said_text([]) == ""


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ({"text_output": "a", "text": "b", "c": "d"}, "a"),
        ({"text": "b", "c": "d"}, "b"),
        ({"reason": "polite", "pass": True}, "polite"),
        ({"a": "x", "b": "y"}, ""),
        ({"n": 1}, ""),
    ],
)
def test_an_output_speaks_by_its_text(output, expected):
    assert output_text(output) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, {"text": "Hi", "text_output": "Hi"}),
        (schema(text_output="string", other="string"), {"text_output": "Hi"}),
        (schema(answer="string", n="number"), {"answer": "Hi"}),
        (schema(a="string", b="string"), {}),
    ],
)
def test_what_was_said_becomes_the_response(given, expected):
    assert response_of("Hi", given) == expected
