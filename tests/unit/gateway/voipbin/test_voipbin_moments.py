from datetime import UTC, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from flowgen_gateway.dialects.voipbin import moments
from flowgen_gateway.dialects.voipbin.errors import Refused
from flowgen_gateway.dialects.voipbin.paging import page_of

SEED = "2022-03-21 02:11:15.033396"


@pytest.mark.parametrize(
    ("seconds", "nanos", "text"),
    [
        (1647828675, 33396000, SEED),
        (1647828675, 0, "2022-03-21 02:11:15.000000"),
        (1647828675, 999999999, "2022-03-21 02:11:15.999999"),
        (0, 1000, "1970-01-01 00:00:00.000001"),
    ],
)
def test_times_always_have_six_digits(seconds, nanos, text):
    assert moments.write(Timestamp(seconds=seconds, nanos=nanos)) == text


@pytest.mark.parametrize(
    "text",
    [
        SEED,
        "2022-03-21+02:11:15.033396",
        "2022-03-21T02:11:15.033396",
        "2022-03-21T02:11:15.033396Z",
        "2022-03-21T02:11:15.033396000Z",
    ],
)
def test_a_time_is_read_in_all_its_forms(text):
    assert moments.write(moments.parse(text)) == SEED


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("2022-03-21T02:11:15", 0),
        ("2022-03-21T02:11:15.5", 500000),
        ("2022-03-21T02:11:15.033396001", 33397),
        ("2022-03-21T02:11:15.9999999", 1000000),
    ],
)
def test_what_is_finer_than_a_microsecond_is_rounded_up(text, micros):
    expected = datetime(2022, 3, 21, 2, 11, 15, tzinfo=UTC).timestamp() * 10**6 + micros
    assert moments.parse(text).ToMicroseconds() == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2022-03-21",
        "2022-03-21 02:11",
        "2022-13-21 02:11:15",
        "2022-03-21 02:11:15.",
        "2022-03-21 02:11:15.0333960001",
        "2022-03-21T02:11:15+01:00",
        "9999-12-31 23:59:59.9999999",
        "٢٠٢٢-03-21 02:11:15",
        "WyJhIiwxXQ",
    ],
)
def test_anything_else_is_no_time(text):
    assert moments.parse(text) is None


def test_the_far_future_is_a_time_too():
    assert moments.write(moments.parse(moments.NEVER)) == moments.NEVER


@pytest.mark.parametrize(
    ("text", "size"),
    [("1", 1), ("100", 100), ("0", 100), ("-3", 100), ("5000", 100), ("+7", 7), ("9" * 5000, 100)],
)
def test_a_page_has_as_many_rows_as_asked_for_but_at_most_a_hundred(text, size):
    assert page_of({"page_size": text}).size == size


@pytest.mark.parametrize("text", ["ten", "", "1.0", "1e2", "٣", " 1"])
def test_a_page_size_that_is_no_integer_is_refused(text):
    with pytest.raises(Refused, match='The parameter "page_size" has'):
        page_of({"page_size": text})


def test_a_token_of_the_core_is_passed_on_both_ways():
    page = page_of({"page_token": "WyJhIiwxXQ"})
    assert (page.token, page.until, page.following("next"), page.following("")) == (
        "WyJhIiwxXQ",
        None,
        "next",
        "",
    )


def test_a_token_that_follows_from_a_time_keeps_the_time():
    first = page_of({"page_token": SEED})
    assert (first.token, moments.write(first.until)) == ("", SEED)
    second = page_of({"page_token": first.following("abc")})
    assert (second.token, second.until) == ("abc", first.until)
    assert page_of({"page_token": second.following("def")}).token == "def"


def test_a_token_with_something_else_before_it_is_refused():
    with pytest.raises(Refused):
        page_of({"page_token": "yesterday~abc"})
