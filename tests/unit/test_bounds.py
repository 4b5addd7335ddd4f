"""Work and memory stay in proportion to what was sent."""

import time

import pytest

from flowgen_core.engine.text import LONGEST, MOST_REPLACED, TooMuch, fill, substitute
from flowgen_core.model.jsontext import BadJson, parse
from flowgen_core.runtime.schemas import BadSchema, Schemas
from tests.support.fuzzdata import JSON_TEXTS


@pytest.mark.parametrize(
    "text",
    [
        "${" * 500_000,
        "${" * 500_000 + "\n}",
        "${\n" * 300_000 + "}",
        ("${" * 1000 + "\n") * 300 + "}",
        "$" * 1_000_000 + "{a",
        "${a}\n${" * 100_000,
    ],
)
def test_a_text_of_half_places_takes_no_longer_than_another(text):
    started = time.monotonic()
    fill(text, {}.get)
    assert time.monotonic() - started < 1


def test_a_long_value_is_not_repeated_beyond_the_cut():
    looked_up = []
    filled = fill("${a}" * 200_000, lambda name: looked_up.append(name) or "x" * LONGEST)
    assert filled == "x" * LONGEST and len(looked_up) == 1


def test_an_option_whose_texts_become_too_much_is_refused():
    with pytest.raises(TooMuch):
        substitute({"value": ["${a}"] * 100_000}, {"a": "x" * LONGEST}.get)
    long = ["x" * MOST_REPLACED] * 3
    assert substitute({"value": long}, {}.get) == {"value": long}


@pytest.mark.parametrize(
    "name", ["escaped_quotes", "deep_open", "deep_array", "deep_object", "digits", "wide"]
)
def test_json_is_judged_in_time_that_grows_with_its_length(name):
    started = time.monotonic()
    try:
        parse(JSON_TEXTS[name])
    except BadJson as error:
        assert str(error)
    assert time.monotonic() - started < 1


def doubling(levels: int, word: str) -> dict[str, object]:
    parts = {f"d{n}": {word: [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": {**parts, f"d{levels}": {"type": "number"}}, "$ref": "#/$defs/d0"}


@pytest.mark.parametrize("word", ["anyOf", "allOf", "oneOf"])
def test_a_schema_whose_references_double_is_refused(word):
    with pytest.raises(BadSchema):
        Schemas().check(doubling(40, word))
    Schemas().check(doubling(3, word))


def test_a_schema_may_refer_to_itself():
    tree = {"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}, "name": {"type": "string"}}}
    schemas = Schemas()
    schemas.check(tree)
    assert not schemas.problem(tree, {"left": {"right": {"name": "x"}}})
    assert schemas.problem(tree, {"left": {"right": {"name": 1}}})


def chain(length: int) -> dict[str, object]:
    parts = {f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(length)}
    return {"$defs": {**parts, f"d{length}": True}, "$ref": "#/$defs/d0"}


def anchored(levels: int) -> dict[str, object]:
    parts = {f"d{n}": {"$anchor": f"a{n}", "anyOf": [{"$ref": f"#a{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": {**parts, "last": {"$anchor": f"a{levels}"}}, "$ref": "#a0"}


@pytest.mark.parametrize(
    "schema",
    [
        chain(10_000),
        anchored(40),
        {"$ref": "http://127.0.0.1:1/x"},
        {"$ref": "file:///etc/passwd"},
        {"$ref": "other.json"},
        {"$defs": {"a": {"$id": "http://a.example/b", "$ref": "#"}}, "$ref": "#/$defs/a"},
    ],
)
def test_a_schema_of_endless_or_foreign_references_is_refused(schema):
    with pytest.raises(BadSchema):
        Schemas().check(schema)


def test_a_property_may_have_any_name_but_hides_nothing():
    with pytest.raises(BadSchema):
        Schemas().check(
            {**doubling(40, "anyOf"), "$ref": "#/x", "x": {"properties": {"default": {"$ref": "#/$defs/d0"}}}}
        )
    Schemas().check(
        {"properties": {"$id": {"type": "string"}, "enum": {"$ref": "#/$defs/a"}}, "$defs": {"a": True}}
    )


def test_data_in_a_schema_is_no_schema():
    Schemas().check({"default": {"$id": "x", "$ref": "y"}, "enum": [{"$ref": "z"}], "const": {"$ref": "z"}})
