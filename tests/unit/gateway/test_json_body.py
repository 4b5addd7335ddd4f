import orjson
import pytest

from flowgen_gateway.json_body import BadJson, Fault, parse_json


def fault_of(raw: bytes, depth: int = 32) -> BadJson:
    with pytest.raises(BadJson) as caught:
        parse_json(raw, depth=depth)
    return caught.value


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"", Fault.EMPTY),
        (b" ", Fault.SYNTAX),
        (b"a=b", Fault.SYNTAX),
        (b"NaN", Fault.SYNTAX),
        (b'{"a": Infinity}', Fault.SYNTAX),
        (b'{"a": 1e999}', Fault.SYNTAX),
        (b'{"a": 1,}', Fault.SYNTAX),
        (b'{ \\\n"name": "x"}', Fault.SYNTAX),
        (b'{"a": "\xff"}', Fault.SYNTAX),
        (b'{"a": "\xed\xa0\x80"}', Fault.SYNTAX),
        (b'\xef\xbb\xbf{"a": 1}', Fault.SYNTAX),
        (b'{"a": "\x00"}', Fault.SYNTAX),
        (b'{"a": 9223372036854775808}', Fault.NUMBER),
        (b'{"a": -9223372036854775809}', Fault.NUMBER),
        (b'{"a": 18446744073709551616}', Fault.NUMBER),
        (b'{"a": ' + b"9" * 5000 + b"}", Fault.SYNTAX),
        (b'{"a": "\\u0000"}', Fault.STRING),
        (b'{"a": "\\ud800"}', Fault.STRING),
        (b'{"a": "\\udc00x"}', Fault.STRING),
        (b"[" * 33 + b"]" * 33, Fault.DEPTH),
        (b'{"a":' * 33 + b"1" + b"}" * 33, Fault.DEPTH),
        (b"[" * 100_000, Fault.SYNTAX),
        (b"[" * 100_000 + b"]" * 100_000, Fault.SYNTAX),
    ],
)
def test_a_hostile_body_is_refused_with_its_kind(raw: bytes, fault: Fault) -> None:
    assert fault_of(raw).fault is fault


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"7", 7),
        (b"9223372036854775807", 2**63 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b'"9223372036854775808"', "9223372036854775808"),
        (b'"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["', "[" * 38),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'"\\\\u0000"', "\\u0000"),
        (b"[" * 32 + b"]" * 32, None),
    ],
)
def test_what_only_looks_hostile_is_taken(raw: bytes, value: object) -> None:
    parsed = parse_json(raw, depth=32)
    assert value is None or parsed == value


def test_numbers_keep_their_kind_and_objects_their_order() -> None:
    raw = b'{"z":7,"a":7.0,"m":12345678901234567890.5,"e":1e3}'
    assert orjson.dumps(parse_json(raw, depth=32)) == b'{"z":7,"a":7.0,"m":1.2345678901234567e+19,"e":1000.0}'


def test_the_place_of_a_syntax_error_is_told() -> None:
    bad = fault_of(b'{\n  "name": x\n}')
    assert (bad.offset, bad.line, bad.column) == (12, 2, 11)


def test_the_place_of_a_large_number_is_told_in_characters() -> None:
    bad = fault_of('{"é": "9999999999999999999",\n "b": 9999999999999999999}'.encode())
    assert (bad.offset, bad.line, bad.column) == (35, 2, 7)


def test_the_path_of_a_bad_string_is_told() -> None:
    bad = fault_of(b'{"a": [1, {"b": "ok"}, {"b": "\\u0000"}]}')
    assert bad.path == ("a", 2, "b")


def test_a_bad_key_is_told_by_the_path_of_its_object() -> None:
    assert fault_of(b'{"a": {"\\ud800": 1}}').path == ("a",)


def test_a_surrogate_beside_another_fault_is_told_as_that_fault() -> None:
    assert fault_of(b'{"a": "\\ud800", "b": NaN}').fault is Fault.SYNTAX


@pytest.mark.timeout(5)
def test_a_large_body_of_escaped_quotes_is_judged_in_no_time() -> None:
    fault_of(b"[" * 100 + b'\\"' * 500_000)
    fault_of(b'["' + b'\\"' * 500_000)
    parse_json(b'["' + b'\\"' * 500_000 + b'",' + b"[]," * 40 + b"9999999999999999990.0]", depth=32)
