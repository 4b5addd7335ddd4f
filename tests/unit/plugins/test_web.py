"""`webhook_send` and `fetch`."""

import json
import uuid

import pytest

from flowgen_core.api import ActionError, Call, HttpFailed, HttpRefused, Medium, Next
from flowgen_plugins import web
from flowgen_plugins.web.mapping import variables_of
from flowgen_plugins.web.webhook import WebhookSend
from tests.support.action_rows import kinds, problems
from tests.support.fake_context import CHAT, RUN, FakeContext, FakeHttp, FakeLater, answer, reason, run

TYPES = kinds(web)
FETCH = TYPES["fetch"]
URI = "https://example.com/hook"
NIL = "00000000-0000-0000-0000-000000000000"


class Slept:
    """Notes how long it should have slept."""

    def __init__(self):
        self.seconds = []

    async def __call__(self, seconds):
        self.seconds.append(seconds)


async def send(*answers, **option):
    """Sends a webhook and waits for it; gives the context, why it failed, and the pauses."""
    ctx, slept = FakeContext(name="Jane"), Slept()
    ctx.http = FakeHttp(*answers)
    why = ""
    try:
        assert await run(WebhookSend(slept), ctx, **{"sync": True, "uri": URI, **option}) == Next()
    except ActionError as error:
        why = error.message
    return ctx, why, slept.seconds


def test_an_error_of_a_webhook_is_passed_and_one_of_a_fetch_ends_the_run():
    assert {name: kind.fatal for name, kind in TYPES.items()} == {"webhook_send": False, "fetch": True}
    assert all(kind.media == frozenset(Medium) for kind in TYPES.values())


# webhook_send


async def test_a_webhook_sends_its_data():
    ctx, why, _ = await send(answer(), data='{"a":"${name}é"}', method="PUT", data_type="text/x")
    assert ctx.http.requests == [
        {
            "method": "PUT",
            "url": URI,
            "headers": {"Content-Type": "text/x", "Idempotency-Key": f"{RUN}/1"},
            "body": '{"a":"Janeé"}'.encode(),
        }
    ]
    assert why == ""


async def test_a_webhook_is_a_post_of_json_unless_told_otherwise():
    ctx, _, _ = await send(answer())
    (asked,) = ctx.http.requests
    assert (asked["method"], asked["headers"]["Content-Type"], asked["body"]) == (
        "POST",
        "application/json",
        b"",
    )


async def test_the_scalars_of_the_answer_become_variables():
    body = b'{"customer":{"name":"John"},"n":1.5,"ok":true,"tags":["a"],"x":null,"name":"J","customer.tier":"vip"}'
    ctx, why, _ = await send(answer(body))
    assert why == ""
    assert ctx.variables == {
        "name": "J",
        "customer.name": "John",
        "n": "1.5",
        "ok": "true",
        "tags.0": "a",
        "x": "",
        "customer.tier": "vip",
    }


@pytest.mark.parametrize("status", [200, 201, 204, 299])
async def test_every_answer_of_success_is_one(status):
    ctx, why, _ = await send(answer({"a": 1}, status))
    assert (ctx.variables["a"], why) == ("1", "")


@pytest.mark.parametrize("status", [301, 400, 404, 499])
async def test_other_answers_fail_at_once_and_set_nothing(status):
    ctx, why, slept = await send(answer({"a": 1}, status))
    assert (why, slept, len(ctx.http.requests), "a" in ctx.variables) == (f"HTTP {status}", [], 1, False)


async def test_errors_of_network_and_server_are_tried_three_times():
    ctx, why, slept = await send(HttpFailed("no route"), answer(status=503))
    assert (why, slept, len(ctx.http.requests)) == ("HTTP 503", [1, 1], 3)
    _, why, slept = await send(answer(status=500), HttpFailed("no route"))
    assert (why, slept) == ("no route", [1, 1])


async def test_a_later_try_may_succeed():
    ctx, why, slept = await send(HttpFailed("x"), answer(status=502), answer({"a": 1}))
    assert (why, slept, ctx.variables["a"]) == ("", [1, 1], "1")
    assert {asked["headers"]["Idempotency-Key"] for asked in ctx.http.requests} == {f"{RUN}/1"}


async def test_a_refused_address_is_not_tried_again():
    ctx, why, slept = await send(HttpRefused("private address"))
    assert (why, slept, len(ctx.http.requests)) == ("private address", [], 1)


async def test_a_webhook_that_is_not_waited_for_is_put_off():
    ctx = FakeContext()
    ctx.http = FakeHttp(answer({"a": 1}))
    assert await run(WebhookSend(), ctx, uri=URI, sync="false", data="x") == Next()
    assert (ctx.http.requests, ctx.variables) == ([], {})
    await WebhookSend().later(FakeLater(ctx), ctx.put_off[0])
    (asked,) = ctx.http.requests
    assert (asked["method"], asked["url"], asked["body"]) == ("POST", URI, b"x")


@pytest.mark.parametrize("problem", [HttpFailed("x"), answer(status=500)])
async def test_what_was_put_off_and_fails_is_tried_again(problem):
    ctx = FakeContext()
    ctx.http = FakeHttp(problem)
    with pytest.raises(HttpFailed):
        await WebhookSend().later(FakeLater(ctx), {"uri": URI})


@pytest.mark.parametrize("end", [HttpRefused("x"), answer(status=404), answer(status=302), answer()])
async def test_what_was_put_off_is_done_with_any_other_answer(end):
    ctx = FakeContext()
    ctx.http = FakeHttp(end)
    await WebhookSend().later(FakeLater(ctx), {"uri": URI})


@pytest.mark.parametrize(
    "option",
    [
        {"uri": None},
        {"uri": ""},
        {"method": "PATCH"},
        {"sync": "perhaps"},
        {"data": {}},
        {"data_type": "a\nb: c"},
    ],
)
async def test_a_webhook_with_a_bad_option_is_an_error(option):
    assert await reason(TYPES["webhook_send"], **{"uri": URI, **option}) == "BAD_OPTION"


# The variables of an answer


@pytest.mark.parametrize(
    "body", [b"", b"[1]", b'"a"', b"5", b"{", b'{"a":NaN}', b"\xff", b"[" * 9000, b'{"a":1}' + b" " * 262_144]
)
def test_any_other_body_sets_nothing(body):
    assert variables_of(body) == {}


def test_names_of_the_system_are_left_out():
    assert variables_of(b'{"voipbin.a":1,"VoIPBin":{"b":1},"voipbinx":2,"":3}') == {"voipbinx": "2"}


def test_the_last_of_one_name_wins():
    assert variables_of(b'{"a.b":1,"a":{"b":2}}') == {"a.b": "2"}
    assert variables_of(b'{"a":1,"a":2}') == {"a": "2"}


def test_a_hundred_names_are_kept():
    found = variables_of(json.dumps({f"n{number}": number for number in range(150)}).encode())
    assert list(found) == [f"n{number}" for number in range(100)]


def test_long_values_and_what_goes_beyond_64_kib_are_left_out():
    body = {"a": "x" * 32_769, "b": "y" * 32_768, "c": "z" * 32_768, "d": "w" * 32_000, "e": "v"}
    assert list(variables_of(json.dumps(body).encode())) == ["b", "d", "e"]


def test_what_is_nested_deeper_than_eight_is_left_out():
    assert variables_of(b'{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":1,"i":{"j":2}}}}}}}}}') == {
        "a.b.c.d.e.f.g.h": "1"
    }


def test_empty_objects_set_nothing_and_a_nul_is_dropped():
    assert variables_of(b'{"a":{},"b":[],"c":"x\\u0000y","d\\u0000":1}') == {"c": "xy"}


# fetch


async def fetch(*answers, medium=Medium.CHAT, **option):
    ctx = FakeContext(medium)
    ctx.http = FakeHttp(*answers)
    outcome = await run(FETCH, ctx, event_url="https://example.com/${x}", **option)
    assert isinstance(outcome, Call)
    return ctx, outcome.actions


async def test_actions_are_fetched_and_called():
    actions = [
        {"id": "a", "type": "talk", "option": {"text": "${name}"}, "next_id": "b", "tm_execute": "x"},
        {"id": "b", "type": "hangup", "title": "End", "next_id": NIL},
    ]
    ctx, (talk, hangup) = await fetch(answer(actions))
    assert (talk.id, talk.type, talk.option, talk.next_id) == ("a", "talk", {"text": "${name}"}, "b")
    assert (hangup.id, hangup.title, hangup.option, hangup.next_id) == ("b", "End", {}, "")
    (asked,) = ctx.http.requests
    assert (asked["method"], asked["url"]) == ("GET", "https://example.com/")
    assert json.loads(asked["body"]) == {"activeflow_id": RUN, "reference_id": CHAT}
    assert asked["headers"]["Idempotency-Key"] == f"{RUN}/1"


async def test_without_a_chat_the_reference_is_nil():
    ctx, _ = await fetch(answer([]), medium=Medium.NONE, event_method="POST")
    assert ctx.http.requests[0]["method"] == "POST"
    assert json.loads(ctx.http.requests[0]["body"])["reference_id"] == NIL


async def test_nothing_may_be_fetched():
    assert (await fetch(answer([])))[1] == ()


@pytest.mark.parametrize("id", [None, "", NIL, "x" * 256, f"{NIL[:-1]}1", f"{NIL[:-1]}2", f"{NIL[:-1]}3"])
async def test_an_action_without_an_id_gets_one_and_the_same_in_every_repetition(id):
    actions = [{"id": id, "type": "stop"}, {"type": "stop"}]
    first, second = (await fetch(answer(actions)))[1]
    assert (uuid.UUID(first.id).version, first.id != second.id) == (4, True)
    assert (await fetch(answer(actions)))[1] == (first, second)


@pytest.mark.parametrize(
    "found",
    [
        HttpFailed("late"),
        HttpRefused("private"),
        answer([], 201),
        answer([], 404),
        answer({}),
        answer(["stop"]),
        answer([{"type": 5}]),
        answer([{"type": "stop", "id": 7}]),
        answer([{"type": "stop", "option": []}]),
        answer([{"type": "stop", "next_id": {}}]),
        answer(b"nothing"),
        answer(b"[" * 9000),
    ],
)
async def test_what_is_no_list_of_actions_is_an_error(found):
    ctx = FakeContext()
    ctx.http = FakeHttp(found)
    assert await reason(FETCH, ctx, event_url=URI) == "FETCH_FAILED"


@pytest.mark.parametrize("option", [{}, {"event_url": ""}, {"event_url": URI, "event_method": "PUT"}])
async def test_a_fetch_with_a_bad_option_is_an_error(option):
    assert await reason(FETCH, **option) == "BAD_OPTION"


def test_the_options_are_judged_before_they_run():
    assert problems(TYPES, "webhook_send") == {("MISSING_OPTION", "uri")}
    assert problems(TYPES, "webhook_send", uri="${u}", sync="true", data="x") == set()
    assert problems(TYPES, "webhook_send", uri=URI, method="X") == {("BAD_OPTION", "method")}
    assert problems(TYPES, "fetch") == {("MISSING_OPTION", "event_url")}
    assert problems(TYPES, "fetch", event_url=URI, color=1) == {("UNKNOWN_OPTION", "color")}
