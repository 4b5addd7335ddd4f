"""JSON as it is accepted, by values that mean harm."""

import time

import pytest

from flowgen_core.model.jsontext import MAX_DEPTH, BadJson, dump, is_clean, parse

BIG = 2**63


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("7", 7),
        ("-0", 0),
        ("7.0", 7.0),
        ("1e3", 1000.0),
        (str(BIG - 1), BIG - 1),
        (str(-BIG), -BIG),
        ('"\\ud83d\\ude00"', "😀"),
        ('"\\\\u0000"', "\\u0000"),
        ('{"a":1,"a":2}', {"a": 2}),
        (b'"\xc3\xa9"', "é"),
        (" [1 ]\n", [1]),
        (f'"{BIG}"', str(BIG)),
        (f'["\\"{BIG}", {BIG}.5]', [f'"{BIG}', BIG + 0.5]),
    ],
)
def test_json_keeps_value_and_kind(text, value):
    read = parse(text)
    assert read == value
    assert type(read) is type(value)


def test_objects_keep_their_order():
    assert dump(parse('{"b":1,"a":2}')) == '{"b":1,"a":2}'


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "[1,]",
        "{'a':1}",
        "NaN",
        "Infinity",
        "-Infinity",
        "[1e999]",
        "01",
        "+1",
        ".5",
        "1.",
        "nul",
        '"a',
        '"\t"',
        "1 2",
        "// x\n1",
        "\ufeff1",
        '"\\x"',
        '"\\ud800"',
        '"\\udc00"',
        '{"\\ud800":1}',
        '"\\u0000"',
        '{"\\u0000":1}',
        '[["a\\u0000"]]',
        b"\xff",
        b'"\xed\xa0\x80"',
        b'"\xc0\x80"',
        str(BIG),
        str(-BIG - 1),
        f'{{"a":[{BIG}]}}',
        "1" * 5000,
        '"\ud800"',
    ],
)
def test_what_is_no_json_or_out_of_bounds_is_refused(text):
    with pytest.raises(BadJson):
        parse(text)


@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_nesting_has_a_limit(brackets):
    opening = brackets[0] if brackets == "[]" else '{"a":'

    def deep(depth):
        return opening * depth + ("" if brackets == "[]" else "1") + brackets[1] * depth

    assert parse(deep(MAX_DEPTH))
    for depth in (MAX_DEPTH + 1, 100_000):
        with pytest.raises(BadJson):
            parse(deep(depth))


def test_brackets_inside_strings_do_not_nest():
    assert parse(f'["{"[" * 1000}", "\\"{"{" * 1000}"]')


def test_many_flat_brackets_do_not_nest():
    assert len(parse("[" + ",".join(["[]"] * 1000) + "]")) == 1000


@pytest.mark.parametrize("text", ["[" * 500_000, '["' + '\\"' * 300_000, "9" * 500_000, '{"a":' * 200_000])
def test_a_hostile_text_is_refused_in_no_time(text):
    began = time.perf_counter()
    with pytest.raises(BadJson):
        parse(text)
    assert time.perf_counter() - began < 1


def test_a_refusal_says_where():
    with pytest.raises(BadJson) as caught:
        parse('{"a": 1,\n "b": }')
    assert (caught.value.line, caught.value.position) == (2, 15)


@pytest.mark.parametrize("value", [{1: 2}, {"a": object()}, "\ud800", 2**64, {"a": {1, 2}}, b"x"])
def test_what_json_cannot_hold_is_not_written(value):
    with pytest.raises(BadJson):
        dump(value)


def test_a_value_within_itself_is_not_written():
    value: list[object] = []
    value.append(value)
    with pytest.raises(BadJson):
        dump(value)


@pytest.mark.parametrize(
    ("text", "clean"), [("é😀\n", True), ("", True), ("a\x00", False), ("\ud800", False)]
)
def test_text_is_clean_when_every_store_can_hold_it(text, clean):
    assert is_clean(text) is clean
