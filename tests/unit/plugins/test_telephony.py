"""The action types of telephone flows."""

import random
from datetime import timedelta

import pytest

from flowgen_core.api import (
    Answer,
    Continued,
    Due,
    End,
    FloorBack,
    Jump,
    Medium,
    Next,
    RunFacts,
    Wait,
    WaitKind,
)
from flowgen_plugins import telephony
from tests.support.action_rows import kinds, problems
from tests.support.fake_context import NOW, FakeContext, reason, resume, run

TYPES = kinds(telephony)
NIL = "00000000-0000-0000-0000-000000000000"
DIGITS = "voipbin.call.digits"
IN_CHATS = {
    "answer", "beep", "mute", "talk", "play", "digits_receive", "hangup", "connect", "queue_join",
    "conference_join", "confbridge_join", "condition_call_digits", "condition_call_status",
}  # fmt: skip
ON_CALLS = {
    "amd", "digits_send", "echo", "stream_echo", "recording_start", "recording_stop", "transcribe_start",
    "transcribe_recording", "transcribe_stop", "external_media_start", "external_media_stop",
}  # fmt: skip
FATAL = {
    "condition_call_digits", "condition_call_status", "connect", "queue_join", "conference_join", "confbridge_join",
}  # fmt: skip


def test_what_has_a_text_form_works_in_chats_and_the_rest_on_calls_only():
    assert set(TYPES) == IN_CHATS | ON_CALLS
    talking = {name for name, kind in TYPES.items() if kind.media == {Medium.CHAT, Medium.VOICE}}
    voice = {name for name, kind in TYPES.items() if kind.media == {Medium.VOICE}}
    assert (talking, voice) == (IN_CHATS, ON_CALLS)


def test_an_error_ends_the_run_for_conditions_and_hand_overs_only():
    assert {name for name, kind in TYPES.items() if kind.fatal} == FATAL


@pytest.mark.parametrize("name", ["answer", "beep", "mute"])
async def test_the_line_itself_does_nothing_in_a_chat(name):
    ctx = FakeContext()
    assert await run(TYPES[name], ctx, whatever=1) == Next()
    assert not ctx.said


# talk


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Welcome to ${name}", "Welcome to VoIPBIN"),
        ("5 < 6 & 7 > 2", "5 < 6 & 7 > 2"),
        ("<b>bold</b>", "<b>bold</b>"),
        ("<speak>Hello <break time='1s'/> you</speak>", "Hello you"),
        ("  <speak>Tom &amp; Jerry\n\n&lt;3 &#233;</speak>", "Tom & Jerry <3 é"),
        ("<speak><p>One</p><p>Two</p></speak>", "One Two"),
    ],
)
async def test_a_text_is_said_and_of_ssml_the_words(text, said):
    ctx = FakeContext(name="VoIPBIN")
    assert (
        await run(TYPES["talk"], ctx, text=text, language="en-US", provider="gcp", **{"async": "true"})
        == Next()
    )
    assert ctx.texts == [said]


@pytest.mark.parametrize("text", ["", "  ", "${ghost}", "<speak> <break/> </speak>"])
async def test_an_empty_text_is_passed_over(text):
    assert await reason(TYPES["talk"], text=text) == "skipped"


async def test_a_talk_without_a_text_is_an_error():
    for option in ({}, {"text": None}, {"text": 5}, {"text": "a", "digits_handle": "stop"}):
        assert await reason(TYPES["talk"], **option) == "BAD_OPTION"


async def test_a_text_full_of_brackets_is_read_once():
    ctx = FakeContext()
    await run(TYPES["talk"], ctx, text="<speak>" + "<" * 60_000)
    assert len(ctx.texts[0]) == 60_000


# play


async def test_sound_files_are_shown_as_audio_in_order():
    ctx = FakeContext()
    urls = ["https://example.com/a%20b.wav", "http://example.com/"]
    assert await run(TYPES["play"], ctx, stream_urls=urls) == Next()
    assert [(part["type"], part["payload"]["title"]) for part in ctx.said[0]["responses"]] == [
        ("audio", "a b.wav"),
        ("audio", "http://example.com/"),
    ]
    assert [part["payload"]["url"] for part in ctx.said[0]["responses"]] == urls
    assert ctx.texts == ["\n".join(urls)]


@pytest.mark.parametrize(
    "urls", [None, [], ["ftp://x/a.wav"], ["http://"], ["http://[x"], [5], ["http://a/"] * 21]
)
async def test_what_is_no_list_of_urls_cannot_be_played(urls):
    assert await reason(TYPES["play"], stream_urls=urls) == "BAD_OPTION"


# digits_receive


async def receive(text, **option):
    ctx = FakeContext(**{DIGITS: "old"})
    wait = await run(TYPES["digits_receive"], ctx, **option)
    assert await resume(TYPES["digits_receive"], ctx, wait, Answer(text)) == Next()
    return ctx.variables[DIGITS]


@pytest.mark.parametrize(
    ("option", "text", "digits"),
    [
        ({}, "12", "1"),
        ({"length": 0}, "12", "1"),
        ({"length": "2"}, "123", "12"),
        ({"length": 4}, "12", "12"),
        ({"length": 1}, "  7\n", "7"),
        ({"key": "#"}, "12#34", "12#"),
        ({"key": "#"}, "1234", "1234"),
        ({"key": "#*"}, "1*2#", "1*"),
        ({"key": "#", "length": 2}, "123#", "12"),
        ({"key": "#", "length": 9}, "123#4", "123#"),
        ({"length": -1, "key": ""}, "éa", "é"),
    ],
)
async def test_digits_are_cut_after_their_length_or_key(option, text, digits):
    assert await receive(text, **option) == digits


@pytest.mark.parametrize(("duration", "seconds"), [(5000, 5), ("5000", 5), (3_600_000, 3600)])
async def test_digits_are_waited_for_so_long(duration, seconds):
    ctx = FakeContext(**{DIGITS: "old"})
    wait = await run(TYPES["digits_receive"], ctx, duration=duration)
    assert (wait.kind, wait.until, wait.fresh) == (WaitKind.INPUT, NOW + timedelta(seconds=seconds), True)
    assert await resume(TYPES["digits_receive"], ctx, wait, Due()) == Next()
    assert ctx.variables[DIGITS] == ""


@pytest.mark.parametrize("option", [{}, {"duration": 0}, {"duration": None}])
async def test_without_a_duration_digits_are_waited_for_as_long_as_it_takes(option):
    wait = await run(TYPES["digits_receive"], FakeContext(), **option)
    assert (wait.until, wait.fresh) == (None, True)


async def test_a_message_without_text_is_no_answer_and_what_comes_after_it_counts():
    ctx = FakeContext()
    wait = await run(TYPES["digits_receive"], ctx, duration=5000)
    ctx.now += timedelta(seconds=2)
    again = await resume(TYPES["digits_receive"], ctx, wait, Answer("  "))
    assert (again.until, again.fresh, DIGITS in ctx.variables) == (wait.until, False, False)
    assert await resume(TYPES["digits_receive"], ctx, again, Answer("4")) == Next()
    assert ctx.variables[DIGITS] == "4"


@pytest.mark.parametrize(
    "option", [{"duration": "soon"}, {"duration": -1}, {"duration": 3_600_001}, {"length": "x"}]
)
async def test_digits_with_a_bad_option_are_an_error(option):
    assert await reason(TYPES["digits_receive"], **option) == "BAD_OPTION"


# hangup


@pytest.mark.parametrize("option", [{}, {"reason": "busy", "reference_id": "x"}, {"reason": "nonsense"}])
async def test_hanging_up_ends_the_run(option):
    assert await run(TYPES["hangup"], FakeContext(), **option) == End(reason="hangup")


def test_what_follows_a_hangup_is_not_unreachable():
    assert not TYPES["hangup"].always_leaves(None)


# Hand-overs


HAND_OVERS = {
    "connect": {"destinations": [{"type": "tel", "target": "+31616818985"}]},
    "queue_join": {"queue_id": "q"},
    "conference_join": {"conference_id": "c"},
    "confbridge_join": {"confbridge_id": "b"},
}


@pytest.mark.parametrize(("name", "option"), HAND_OVERS.items())
@pytest.mark.parametrize("cause", [FloorBack(), Continued()])
async def test_a_hand_over_pauses_the_chat_until_it_comes_back(name, option, cause):
    ctx = FakeContext()
    wait = await run(TYPES[name], ctx, **option)
    assert wait == Wait(WaitKind.FLOOR)
    assert ctx.paused == [name]
    assert await resume(TYPES[name], ctx, wait, cause) == Next()


async def test_a_queue_is_named_in_variables():
    ctx = FakeContext()
    await run(TYPES["queue_join"], ctx, queue_id="q")
    assert ctx.variables["voipbin.queue.id"] == "q"
    assert len(ctx.variables["voipbin.queuecall.id"]) == 36


async def test_a_repeated_turn_makes_the_same_ids():
    made = []
    for _ in range(2):
        ctx = FakeContext()
        ctx.random = random.Random("run/1")
        await run(TYPES["queue_join"], ctx, queue_id="q")
        made.append(ctx.variables)
    assert made[0] == made[1]


@pytest.mark.parametrize("name", HAND_OVERS)
async def test_a_hand_over_to_nobody_is_an_error(name):
    assert await reason(TYPES[name]) == "BAD_OPTION"


@pytest.mark.parametrize(
    "option", [{"anonymous": "maybe"}, {"early_media": "perhaps"}, {"destinations": [{"type": "pigeon"}]}]
)
async def test_a_connect_with_a_bad_option_is_an_error(option):
    assert await reason(TYPES["connect"], **{**HAND_OVERS["connect"], **option}) == "BAD_OPTION"


async def test_booleans_may_be_text():
    option = {**HAND_OVERS["connect"], "early_media": "true", "relay_reason": "false", "anonymous": ""}
    assert await run(TYPES["connect"], FakeContext(), **option) == Wait(WaitKind.FLOOR)


# Conditions


@pytest.mark.parametrize(
    ("digits", "option", "holds"),
    [
        ("123", {"length": 3}, True),
        ("12", {"length": "3"}, False),
        ("12", {"length": 0}, False),
        ("", {}, False),
        ("1#", {"key": "*#"}, True),
        ("12", {"key": "*#"}, False),
        ("12", {"length": 5, "key": "2"}, True),
        (None, {"length": 1}, False),
    ],
)
async def test_digits_are_long_enough_or_hold_a_key(digits, option, holds):
    ctx = FakeContext(**({DIGITS: digits} if digits is not None else {}))
    outcome = await run(TYPES["condition_call_digits"], ctx, false_target_id="no", **option)
    assert outcome == (Next() if holds else Jump("no"))


@pytest.mark.parametrize(
    ("known", "status", "holds"),
    [
        ({}, "progressing", True),
        ({}, "ringing", False),
        ({"voipbin.call.status": "ringing"}, "ringing", True),
    ],
)
async def test_a_chat_is_a_call_in_progress(known, status, holds):
    outcome = await run(
        TYPES["condition_call_status"], FakeContext(**known), status=status, false_target_id="no"
    )
    assert outcome == (Next() if holds else Jump("no"))


@pytest.mark.parametrize("target", ["", None, NIL])
async def test_false_without_a_place_to_go_is_an_error_and_true_is_not(target):
    assert await reason(TYPES["condition_call_digits"], false_target_id=target) == "TARGET_NOT_FOUND"
    status = TYPES["condition_call_status"]
    assert await reason(status, status="hangup", false_target_id=target) == "TARGET_NOT_FOUND"
    assert await reason(status, status="progressing", false_target_id=target) == "no failure"


async def test_a_status_must_be_named_and_known():
    for option in ({}, {"status": "dead"}):
        assert await reason(TYPES["condition_call_status"], false_target_id="a", **option) == "BAD_OPTION"


def test_the_targets_of_the_conditions_are_named():
    for name in ("condition_call_digits", "condition_call_status"):
        kind = TYPES[name]
        option = kind.Option.model_validate({"false_target_id": "a", "status": "ringing"})
        assert kind.targets(option) == {"false_target_id": "a"}


# On calls only


@pytest.mark.parametrize("name", sorted(ON_CALLS))
async def test_without_a_voice_channel_nothing_of_a_call_can_be_done(name):
    assert await reason(TYPES[name], FakeContext(Medium.VOICE), digits="1") == "ACTION_FAILED"


@pytest.mark.parametrize(
    ("type", "option", "found"),
    [
        ("answer", {}, set()),
        ("answer", {"a": 1}, {("UNKNOWN_OPTION", "a")}),
        ("talk", {}, {("MISSING_OPTION", "text")}),
        ("talk", {"text": "a", "async": True, "voice_id": "x", "digits_handle": "next"}, set()),
        ("talk", {"text": "a", "provider": "me"}, {("BAD_OPTION", "provider")}),
        ("play", {}, {("MISSING_OPTION", "stream_urls")}),
        ("play", {"stream_urls": []}, {("BAD_OPTION", "stream_urls")}),
        ("play", {"stream_urls": ["${url}"]}, set()),
        ("digits_receive", {}, set()),
        ("digits_receive", {"duration": "soon"}, {("BAD_OPTION", "duration")}),
        ("digits_receive", {"duration": "${d}", "length": "2", "key": "#"}, set()),
        ("hangup", {"reason": "bored"}, {("BAD_OPTION", "reason")}),
        ("connect", {}, {("MISSING_OPTION", "destinations")}),
        ("queue_join", {}, {("MISSING_OPTION", "queue_id")}),
        ("queue_join", {"queue_id": None}, {("MISSING_OPTION", "queue_id")}),
        ("conference_join", {}, {("MISSING_OPTION", "conference_id")}),
        ("confbridge_join", {}, {("MISSING_OPTION", "confbridge_id")}),
        ("condition_call_digits", {}, {("MISSING_OPTION", "false_target_id")}),
        ("condition_call_status", {}, {("MISSING_OPTION", "status"), ("MISSING_OPTION", "false_target_id")}),
        ("amd", {"machine_handle": "hangup", "async": "1"}, set()),
        ("amd", {"machine_handle": "shout"}, {("BAD_OPTION", "machine_handle")}),
        ("digits_send", {}, {("MISSING_OPTION", "digits")}),
        ("digits_send", {"digits": "12*#AD", "duration": 100, "interval": 5000}, set()),
        ("digits_send", {"digits": "E", "duration": 99, "interval": 5001},
         {("BAD_OPTION", "digits"), ("BAD_OPTION", "duration"), ("BAD_OPTION", "interval")}),
        ("digits_send", {"digits": "1" * 101}, {("BAD_OPTION", "digits")}),
        ("echo", {"duration": "x"}, {("BAD_OPTION", "duration")}),
        ("stream_echo", {"duration": "100"}, set()),
        ("recording_start", {"format": "mp3", "end_of_key": "#", "beep_start": "true"}, set()),
        ("recording_start", {"format": "flac"}, {("BAD_OPTION", "format")}),
        ("recording_stop", {}, set()),
        ("transcribe_start", {"language": "en-US", "provider": "aws", "direction": "both"}, set()),
        ("transcribe_recording", {"direction": "up"}, {("BAD_OPTION", "direction")}),
        ("transcribe_stop", {}, set()),
        ("external_media_start", {"external_host": "h:1", "encapsulation": "rtp", "transport": "udp"}, set()),
        ("external_media_start", {"format": "alaw"}, {("BAD_OPTION", "format")}),
        ("external_media_stop", {}, set()),
    ],
)  # fmt: skip
def test_an_option_is_judged_before_it_runs(type, option, found):
    assert problems(TYPES, type, **option) == found


# Variables


def source():
    found = []
    telephony.register_variable_sources(found.append)
    return found[0]


FACTS = RunFacts("run", "flow", "project", "chat", "parent", 2, "m1", "hello", "Ann")
ALONE = RunFacts("run", "", "project", "", "", 0)


@pytest.mark.parametrize(
    ("name", "in_chat", "alone"),
    [
        ("voipbin.activeflow.id", "run", "run"),
        ("voipbin.activeflow.reference_type", "conversation", "api"),
        ("voipbin.activeflow.reference_id", "chat", NIL),
        ("voipbin.activeflow.reference_activeflow_id", "parent", NIL),
        ("voipbin.activeflow.flow_id", "flow", NIL),
        ("voipbin.activeflow.complete_count", "2", "0"),
        ("voipbin.flow.reference_data", '{"id":"chat"}', ""),
        ("voipbin.conversation.id", "chat", None),
        ("voipbin.conversation.peer.target", "Ann", None),
        ("voipbin.conversation.self.target", "", None),
        ("voipbin.conversation_message.id", "m1", None),
        ("voipbin.conversation_message.text", "hello", None),
        ("voipbin.conversation_message.direction", "incoming", None),
        ("voipbin.message.text", "hello", None),
        ("voipbin.call.id", "chat", None),
        ("voipbin.call.direction", "incoming", None),
        ("voipbin.call.status", "progressing", None),
        ("voipbin.call.source.target", "Ann", None),
        ("voipbin.call.destination.detail", "", None),
        ("voipbin.call.digits", None, None),
        ("voipbin.", None, None),
    ],
)
def test_variables_tell_about_the_run_and_its_chat(name, in_chat, alone):
    assert source().prefix == "voipbin."
    assert (source().get(name, FACTS), source().get(name, ALONE)) == (in_chat, alone)
