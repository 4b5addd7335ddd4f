"""`message_send`, `email_send`, `conversation_send`, `call` and `case_create`."""

import uuid

import pytest

from flowgen_core.api import MailFailed, Medium, Next
from flowgen_plugins import data, messaging
from tests.support.action_rows import kinds, problems
from tests.support.fake_context import CHAT, RUN, FakeContext, FakeLater, FakeMail, reason, run

TYPES = kinds(messaging) | kinds(data)
SOURCE = {"type": "tel", "target": "+15559876543"}
PERSON = {"type": "tel", "target": "+31616818985"}
OTHER = str(uuid.UUID(int=9))
TIME = "2026-01-15 09:30:00.000000"


def whole(**address):
    return {"type": "", "target": "", "target_name": "", "name": "", "detail": "", **address}


def test_an_error_ends_the_run_for_messages_and_calls_only():
    assert {name for name, kind in TYPES.items() if kind.fatal} == {"message_send", "call"}


def test_all_but_cases_work_without_a_chat():
    assert TYPES["case_create"].media == {Medium.CHAT, Medium.VOICE}
    assert all(kind.media == frozenset(Medium) for name, kind in TYPES.items() if name != "case_create")


# message_send


@pytest.mark.parametrize("medium", Medium)
async def test_a_message_is_queued(medium):
    ctx = FakeContext(medium, n=1)
    assert (
        await run(TYPES["message_send"], ctx, source=SOURCE, destinations=[PERSON], text="Hello ${n}")
        == Next()
    )
    ((kind, event),) = ctx.emitted
    assert (kind, uuid.UUID(event.pop("id")).version) == ("message", 4)
    target = {"destination": whole(**PERSON), "status": "queued", "parts": 1, "tm_update": TIME}
    assert event == {
        "activeflow_id": RUN,
        "type": "sms",
        "source": whole(**SOURCE),
        "targets": [target],
        "text": "Hello 1",
        "direction": "outbound",
        "tm_create": TIME,
    }
    assert not ctx.said


@pytest.mark.parametrize(
    "option",
    [
        {"text": None},
        {"text": ""},
        {"text": "é" * 16_385},
        {"destinations": None},
        {"destinations": []},
        {"destinations": [PERSON] * 101},
        {"destinations": [{"type": "pigeon"}]},
        {"source": "me"},
    ],
)
async def test_a_message_with_a_bad_option_is_an_error(option):
    assert (
        await reason(TYPES["message_send"], **{"destinations": [PERSON], "text": "a", **option})
        == "BAD_OPTION"
    )


async def test_a_message_may_have_32_kib_and_100_receivers():
    ctx = FakeContext()
    await run(TYPES["message_send"], ctx, destinations=[PERSON] * 100, text="é" * 16_384, source=None)
    assert len(ctx.emitted[0][1]["targets"]) == 100


# email_send


EMAIL = {
    "destinations": [{"type": "email", "target": "ann@example.com"}, {"target": "bob@example.com"}],
    "subject": "Hi\r\nBcc: eve@example.com",
    "content": "Text",
    "attachments": [{"reference_type": "recording", "reference_id": "r"}],
}


async def emailed(mail=None):
    ctx = FakeContext(Medium.NONE)
    assert await run(TYPES["email_send"], ctx, **EMAIL) == Next()
    await TYPES["email_send"].later(FakeLater(ctx, mail), ctx.put_off[0])
    return ctx


async def test_an_email_is_noted_and_sent_after_the_commit():
    mail = FakeMail()
    ctx = await emailed(mail)
    ((kind, event),) = ctx.emitted
    assert (kind, event["status"], event["activeflow_id"]) == ("email", "initiated", RUN)
    assert event["destinations"][0] == whole(type="email", target="ann@example.com")
    assert (event["attachments"], event["tm_create"]) == (EMAIL["attachments"], TIME)
    people = ["ann@example.com", "bob@example.com"]
    assert mail.sent == [(people, "Hi Bcc: eve@example.com", "Text", event["id"])]


async def test_without_a_mail_server_an_email_stays_as_it_is():
    assert (await emailed()).emitted


async def test_an_email_that_cannot_be_sent_is_tried_again():
    with pytest.raises(MailFailed):
        await emailed(FakeMail(MailFailed("busy")))


@pytest.mark.parametrize(
    "destinations",
    [
        None,
        [],
        [PERSON],
        [{"type": "email"}],
        [{"type": "email", "target": "ann"}],
        EMAIL["destinations"] * 51,
    ],
)
async def test_an_email_to_what_is_no_address_is_an_error(destinations):
    assert await reason(TYPES["email_send"], destinations=destinations) == "BAD_OPTION"


# conversation_send


async def test_a_text_is_said_in_another_chat_and_in_its_own():
    for chat in (OTHER, CHAT):
        ctx = FakeContext(who="Ann")
        assert (
            await run(TYPES["conversation_send"], ctx, conversation_id=chat, text="Hi ${who}", sync="true")
            == Next()
        )
        assert ctx.sent == [(chat, "Hi Ann")]


async def test_what_is_no_id_names_no_chat():
    assert await reason(TYPES["conversation_send"], conversation_id="ghost", text="a") == "ACTION_FAILED"


@pytest.mark.parametrize(
    "option", [{"text": None}, {"text": ""}, {"conversation_id": None}, {"conversation_id": ""}]
)
async def test_a_text_for_no_chat_is_an_error(option):
    assert (
        await reason(TYPES["conversation_send"], **{"conversation_id": OTHER, "text": "a", **option})
        == "BAD_OPTION"
    )


# call


async def test_a_call_is_asked_for_with_its_option():
    ctx = FakeContext(n="+1")
    actions = [{"type": "talk", "option": {"text": "${n}"}}]
    option = {"destinations": [{"type": "tel", "target": "${n}"}], "actions": actions, "chained": "true"}
    assert await run(TYPES["call"], ctx, **option) == Next()
    ((kind, event),) = ctx.emitted
    assert (kind, event["action_type"], event["conversation_id"]) == ("call", "call", CHAT)
    assert event["option"] == {
        "destinations": [{"type": "tel", "target": "+1"}],
        "actions": actions,
        "chained": True,
    }


@pytest.mark.parametrize(
    "option",
    [
        {"destinations": None},
        {"destinations": []},
        {"anonymous": "maybe"},
        {"actions": ["talk"]},
        {"chained": "x"},
    ],
)
async def test_a_call_with_a_bad_option_is_an_error(option):
    assert await reason(TYPES["call"], **{"destinations": [PERSON], **option}) == "BAD_OPTION"


# case_create


async def test_a_case_is_asked_for_once():
    ctx = FakeContext()
    assert await run(TYPES["case_create"], ctx, name="Broken", note="${ghost}", sync="false") == Next()
    ((kind, event),) = ctx.emitted
    assert (kind, event["option"]["name"]) == ("case", "Broken")
    assert ctx.variables["contact_case_id"] == event["id"]
    assert await reason(TYPES["case_create"], ctx) == "skipped"
    assert len(ctx.emitted) == 1


async def test_a_case_with_a_bad_option_is_an_error():
    assert await reason(TYPES["case_create"], name=5) == "BAD_OPTION"


@pytest.mark.parametrize(
    ("type", "option", "found"),
    [
        ("message_send", {}, {("MISSING_OPTION", "destinations"), ("MISSING_OPTION", "text")}),
        ("message_send", {"destinations": [PERSON], "text": "a", "source": SOURCE}, set()),
        ("message_send", {"destinations": [{"type": "x"}], "text": "a"}, {("BAD_OPTION", "destinations[0].type")}),
        ("email_send", {}, {("MISSING_OPTION", "destinations")}),
        ("email_send", {"destinations": [{"target": "${mail}"}]}, set()),
        ("conversation_send", {}, {("MISSING_OPTION", "conversation_id"), ("MISSING_OPTION", "text")}),
        ("case_create", {}, set()),
        ("call", {}, {("MISSING_OPTION", "destinations")}),
        ("call", {"destinations": [PERSON], "anonymous": ""}, set()),
    ],
)  # fmt: skip
def test_an_option_is_judged_before_it_runs(type, option, found):
    assert problems(TYPES, type, **option) == found
