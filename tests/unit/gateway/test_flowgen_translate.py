import orjson
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from flowgen_core.pb.v1 import chat_pb2 as pb
from flowgen_core.pb.v1.common_pb2 import Failure, Token
from flowgen_gateway.dialects.flowgen.translate import (
    draw_chat,
    draw_event,
    draw_message,
    draw_sent,
    draw_state,
    draw_time,
    duration,
)

TIME = Timestamp(seconds=1704706200, nanos=7_999_999)


def chat(**fields: object) -> pb.Chat:
    known = {"id": "C", "name": "My Chatbot", "flow_id": "F", "created_by": "K", "last_seq": 1}
    return pb.Chat(
        **{**known, "state": pb.CHAT_STATE_READY, "create_time": TIME, "update_time": TIME, **fields}
    )


def test_times_have_milliseconds() -> None:
    assert draw_time(TIME) == "2024-01-08T09:30:00.007Z"


def test_a_wait_with_decimals_becomes_a_duration() -> None:
    assert (duration(1.25).seconds, duration(1.25).nanos) == (1, 250_000_000)


def test_a_new_chat_is_ready() -> None:
    assert draw_chat(chat(metadata_json='{"from_type":"flow"}')) == {
        "id": "C",
        "name": "My Chatbot",
        "owner": "K",
        "from_type": "flow",
        "from_flow": "F",
        "from_template": None,
        "status": "ready",
        "prompt": None,
        "error": None,
        "queued": 0,
        "last_seq": 1,
        "paused": False,
        "created": "2024-01-08T09:30:00.007Z",
        "updated": "2024-01-08T09:30:00.007Z",
    }


def test_a_chat_from_a_template_says_so() -> None:
    drawn = draw_chat(chat(metadata_json='{"from_type":"template"}'))
    assert (drawn["from_type"], drawn["from_flow"], drawn["from_template"]) == ("template", None, "F")


def test_a_chat_of_another_dialect_is_from_a_flow_that_may_be_none() -> None:
    drawn = draw_chat(chat(flow_id="", metadata_json=""))
    assert (drawn["from_type"], drawn["from_flow"], drawn["from_template"]) == ("flow", None, None)


def test_a_chat_with_a_moderator_is_paused() -> None:
    assert draw_chat(chat(pause=pb.Pause()))["paused"] is True


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (pb.CHAT_STATE_READY, "ready"),
        (pb.CHAT_STATE_RUNNING, "running"),
        (pb.CHAT_STATE_WAITING, "wait_for_human_input"),
        (pb.CHAT_STATE_COMPLETED, "completed"),
        (pb.CHAT_STATE_FAILED, "error"),
    ],
)
def test_every_state_has_its_status(state: pb.ChatState, status: str) -> None:
    assert draw_state(chat(state=state))["status"] == status


def test_a_prompt_is_shown_only_while_it_waits() -> None:
    assert draw_state(chat(state=pb.CHAT_STATE_WAITING, prompt="Name?"))["prompt"] == "Name?"
    assert draw_state(chat(state=pb.CHAT_STATE_WAITING))["prompt"] is None
    assert draw_state(chat(state=pb.CHAT_STATE_RUNNING, prompt="Name?"))["prompt"] is None


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("EXECUTION_LIMIT", "LIMIT_EXCEEDED"),
        ("NESTING_LIMIT", "LIMIT_EXCEEDED"),
        ("INVALID_INPUT", "INVALID_INPUT"),
        ("INVALID_OUTPUT", "INVALID_OUTPUT"),
        ("INTERNAL", "INTERNAL"),
        ("ACTION_FAILED", "ACTION_FAILED"),
        ("LLM_UNAVAILABLE", "ACTION_FAILED"),
        ("TARGET_NOT_FOUND", "ACTION_FAILED"),
    ],
)
def test_reasons_of_failures_are_folded(reason: str, code: str) -> None:
    failed = chat(state=pb.CHAT_STATE_FAILED, failure=Failure(reason=reason, message="So it is."))
    assert draw_state(failed)["error"] == {"code": code, "detail": "So it is."}


def message(**fields: object) -> pb.Message:
    known = {"id": "M", "chat_id": "C", "seq": 4, "sender": "assistant", "receiver": "user", "text": "Hi!"}
    text = pb.Response(type="text", payload_json='{"text":"Hi!"}')
    return pb.Message(
        **{**known, "author": pb.AUTHOR_BOT, "responses": [text], "create_time": TIME, **fields}
    )


def test_a_message_has_its_text_under_both_names() -> None:
    assert draw_message(message()) == {
        "id": "M",
        "seq": 4,
        "chat": "C",
        "type": "assistant",
        "sender": "assistant",
        "receiver": "user",
        "content": "Hi!",
        "message": "Hi!",
        "responses": [{"type": "text", "payload": {"text": "Hi!"}}],
        "metadata": {},
        "created": "2024-01-08T09:30:00.007Z",
    }


def test_a_message_without_text_shows_its_fallback() -> None:
    assert draw_message(message(text="", fallback="[image]"))["content"] == "[image]"


def test_only_the_user_is_a_user() -> None:
    assert draw_message(message(author=pb.AUTHOR_USER))["type"] == "user"
    assert draw_message(message(author=pb.AUTHOR_MODERATOR))["type"] == "assistant"


def test_talk_between_agents_is_marked_in_the_metadata() -> None:
    assert draw_message(message(internal=True, metadata_json='{"a":1}'))["metadata"] == {
        "a": 1,
        "internal": True,
    }


def test_metadata_keeps_kinds_and_order() -> None:
    drawn = draw_message(message(metadata_json='{"z": 7.0,\n "a": 7, "n": 9007199254740993}'))
    assert orjson.dumps(drawn["metadata"]) == b'{"z":7.0,"a":7,"n":9007199254740993}'


def test_an_answer_to_a_message_has_the_state_and_the_replies() -> None:
    sent = pb.SendMessageResponse(
        message=message(), chat=chat(state=pb.CHAT_STATE_RUNNING), replies=[message()]
    )
    drawn = draw_sent(sent)
    assert (drawn["status"], drawn["prompt"], drawn["error"]) == ("running", None, None)
    assert drawn["messages"] == [draw_message(message())]


def event(**fields: object) -> pb.ChatEvent:
    return pb.ChatEvent(**{"chat_id": "C", "seq": 5, "create_time": TIME, **fields})


@pytest.mark.parametrize(
    ("given", "kind", "seq", "data"),
    [
        ({"type": "hello", "chat": chat()}, "hello", 5, draw_chat(chat())),
        ({"type": "message.created", "message": message()}, "message", 5, draw_message(message())),
        ({"type": "chat.state_changed", "chat": chat()}, "status", 5, draw_state(chat())),
        (
            {"type": "token", "seq": 0, "token": Token(sender="a", text="b")},
            "token",
            None,
            {"sender": "a", "token": "b"},
        ),
        ({"type": "chat.deleted", "chat": chat()}, "deleted", 5, {}),
    ],
)
def test_events_become_frames(given: dict, kind: str, seq: int | None, data: dict) -> None:
    assert draw_event(event(**given)) == {
        "type": kind,
        "seq": seq,
        "chat": "C",
        "created": "2024-01-08T09:30:00.007Z",
        "data": data,
    }


@pytest.mark.parametrize("kind", ["chat.created", "run.ended", "input.accepted", "what.will.come"])
def test_other_events_are_passed_over(kind: str) -> None:
    assert draw_event(event(type=kind)) is None
