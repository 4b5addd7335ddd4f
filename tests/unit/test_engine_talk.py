"""Whether a flow can hold a conversation, and where a person's text goes in."""

import pytest

from flowgen_core.engine.talk import chat_property
from flowgen_core.model.flow import Document

TEXT, NUMBER = {"type": "string"}, {"type": "number"}


def prop(schema):
    return chat_property(Document(input_schema=schema))


def test_a_flow_without_a_schema_takes_text_input():
    assert prop(None) == "text_input"


@pytest.mark.parametrize(
    ("properties", "name"),
    [
        ({"text_input": TEXT}, "text_input"),
        ({"question": TEXT}, "question"),
        ({"question": TEXT, "count": NUMBER}, "question"),
        ({"question": TEXT, "text_input": TEXT}, "text_input"),
        ({"text_input": NUMBER, "question": TEXT}, "question"),
    ],
)
def test_text_input_comes_first_else_the_only_text(properties, name):
    assert prop({"properties": properties}) == name


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"properties": {}},
        {"properties": {"count": NUMBER}},
        {"properties": {"a": TEXT, "b": TEXT}},
        {"properties": {"text_input": NUMBER}},
        {"properties": {"a": {"type": ["string", "null"]}}},
        {"properties": {"a": True}},
        {"properties": []},
    ],
)
def test_no_text_or_several_leave_nowhere_to_put_it(schema):
    assert prop(schema) is None


def test_another_required_property_cannot_be_given_by_a_person():
    properties = {"text_input": TEXT, "count": NUMBER}
    assert prop({"properties": properties, "required": ["text_input"]}) == "text_input"
    assert prop({"properties": properties, "required": ["text_input", "count"]}) is None
    assert prop({"properties": properties, "required": ["ghost"]}) is None
    assert prop({"properties": properties, "required": []}) == "text_input"
