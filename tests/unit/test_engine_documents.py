"""Flow documents as JSON, there and back."""

import pytest

from flowgen_core.model.documents import BadDocument, from_json, from_text, to_json, to_text
from flowgen_core.model.flow import Action, Document, Example, Intent, Slot, Step

ACTION = Action("a1", "say", "Greets", {"text": "Hi ${name}", "set": {"n": 7, "f": 7.0, "x": None}}, "a2")
FULL = Document(
    name="Driver 😀",
    actions=(ACTION, Action("a2", "stop")),
    steps=(
        Step(
            "s1",
            "INTENT",
            "Hello",
            ("s2", "s1"),
            Intent("i1", "Greeting", (Example("hi"), Example("hé", [{"name": "x"}]))),
            Slot("REQUIRED", "system.number", "count"),
            30,
            {"if": ["a", 1]},
            (ACTION,),
        ),
        Step("s2", "UNKNOWN"),
    ),
    input_schema={"type": "object", "properties": {"text_input": {"type": "string"}}},
    output_schema={},
    properties={"template": True},
    on_complete_flow_id="f2",
    session_timeout=600,
)


@pytest.mark.parametrize("document", [Document(), FULL], ids=["empty", "full"])
def test_a_document_comes_back_from_text_as_it_was(document):
    assert from_text(to_text(document)) == document


def test_its_text_comes_back_byte_for_byte():
    assert to_text(from_text(to_text(FULL))) == to_text(FULL)


def test_an_empty_object_is_an_empty_flow():
    assert from_json({}) == Document()


def test_null_is_absent():
    names = to_json(FULL)
    assert from_json(dict.fromkeys(names)) == Document()
    bare = {"id": "a", "type": "say", "title": None, "option": None, "next_id": None}
    assert from_json({"actions": [bare]}).actions == (Action("a", "say"),)


def test_members_that_a_flow_does_not_have_are_ignored():
    assert from_json({"name": "x", "id": "1", "color": "red", "actions": [{"id": "a", "x": 1}]}) == Document(
        "x", (Action("a", ""),)
    )


def test_an_example_may_be_a_plain_text():
    raw = {"steps": [{"id": "s", "type": "INTENT", "intent": {"examples": ["hi", {"query": "ho"}]}}]}
    intent = from_json(raw).steps[0].intent
    assert intent is not None
    assert [example.query for example in intent.examples] == ["hi", "ho"]


def test_an_absent_schema_is_not_an_empty_one():
    assert to_json(from_json({"input_schema": {}}))["input_schema"] == {}
    assert to_json(from_json({}))["input_schema"] is None


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        "x",
        {"name": 5},
        {"actions": {}},
        {"actions": "say"},
        {"actions": [None]},
        {"actions": [{"id": 1}]},
        {"actions": [{"option": []}]},
        {"steps": [[]]},
        {"steps": [{"contexts": "s1"}]},
        {"steps": [{"intent": []}]},
        {"steps": [{"intent": {"examples": [5]}}]},
        {"steps": [{"slot": "x"}]},
        {"steps": [{"timeout": "5"}]},
        {"steps": [{"actions": [5]}]},
        {"input_schema": []},
        {"properties": True},
        {"session_timeout": 1.5},
        {"session_timeout": True},
        {"on_complete_flow_id": []},
    ],
)
def test_what_has_another_form_is_refused(raw):
    with pytest.raises(BadDocument):
        from_json(raw)


def test_a_refusal_says_which_part_is_wrong():
    with pytest.raises(BadDocument, match=r"steps\[1\]"):
        from_json({"steps": [{}, 5]})
