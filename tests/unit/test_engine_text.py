"""`${name}` in texts."""

import pytest

from flowgen_core.engine.text import LONGEST, fill, has_places, show, substitute

VARIABLES = {
    "name": "Ann",
    "two words": "Ann Lee",
    "": "nameless",
    "count": 7,
    "price": 7.0,
    "huge": 2**63 - 1,
    "yes": True,
    "nothing": None,
    "empty": "",
    "list": ["a", 1, None],
    "none": [],
    "object": {"b": 1, "a": [True, "é"]},
    "cities": [{"value": "Amsterdam", "match": "in Amsterdam"}, {"value": 7}],
    "mixed": [{"value": "Amsterdam"}, "Utrecht"],
    "place": "${name}",
    "half": "${",
    "dotted.name": "dots",
    "Name": "ANN",
}


def filled(text: str) -> str:
    return fill(text, VARIABLES.get)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hi ${name}!", "Hi Ann!"),
        ("${name}${name}", "AnnAnn"),
        ("${two words}", "Ann Lee"),
        ("${dotted.name}", "dots"),
        ("${count} for ${price}", "7 for 7.0"),
        ("${huge}", "9223372036854775807"),
        ("${yes}", "true"),
        ("[${list}]", '[["a",1,null]]'),
        ("${none}", "[]"),
        ("${object}", '{"b":1,"a":[true,"é"]}'),
    ],
)
def test_a_place_shows_its_variable(text, shown):
    assert filled(text) == shown


@pytest.mark.parametrize("name", ["missing", "nothing", "empty"])
def test_what_is_missing_null_or_empty_is_nothing(name):
    assert filled(f"[${{{name}}}]") == "[]"


def test_a_captured_list_is_its_values_joined():
    assert filled("To ${cities}.") == "To Amsterdam, 7."


def test_a_list_that_is_not_captured_throughout_is_json():
    assert filled("${mixed}") == '[{"value":"Amsterdam"},"Utrecht"]'


def test_names_are_exact():
    assert filled("${Name} ${NAME} ${ name}") == "ANN  "


def test_what_is_put_in_is_not_looked_at_again():
    assert filled("${place}") == "${name}"
    assert filled("${half}name}") == "${name}"


@pytest.mark.parametrize(
    "text", ["$name", "{name}", "${name", "$ {name}", "$${", "", "{{name}}", "${na\nme}"]
)
def test_what_is_no_place_stays(text):
    assert filled(text) == text


def test_the_first_brace_ends_a_name():
    assert filled("${{name}}") == "}"
    assert filled("${}") == "nameless"


def test_a_text_is_cut_only_where_something_was_put_in():
    long = "x" * (LONGEST + 5)
    assert len(filled(f"{long}${{name}}")) == LONGEST
    assert filled(long) == long


def test_nothing_is_ever_evaluated():
    assert filled("${__import__('os').getcwd()} ${1+1} ${name.upper()}") == "  "


def test_places_are_filled_at_any_depth_but_never_in_keys():
    option = {"${name}": ["${name}", {"a": "${count}", "n": 5, "no": None}], "t": ("${yes}",)}
    assert substitute(option, VARIABLES.get) == {
        "${name}": ["Ann", {"a": "7", "n": 5, "no": None}],
        "t": ["true"],
    }


def test_the_option_itself_is_left_as_it_is():
    option = {"a": ["${name}"]}
    substitute(option, VARIABLES.get)
    assert option == {"a": ["${name}"]}


@pytest.mark.parametrize("value", ["${", {"a": ["${x}"]}, ("x", "${y}")])
def test_places_are_noticed_at_any_depth(value):
    assert has_places(value)


@pytest.mark.parametrize("value", ["$x", {"${x}": 1}, [], None, 7])
def test_keys_and_other_values_hold_no_places(value):
    assert not has_places(value)


def test_a_captured_value_that_is_a_list_itself_is_shown_too():
    assert show([{"value": [1, 2]}, {"value": None}]) == "[1,2], "
