import orjson
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from flowgen_core.pb.v1.chat_pb2 import Message
from flowgen_core.pb.v1.common_pb2 import Failure
from flowgen_core.pb.v1.project_pb2 import Project
from flowgen_core.pb.v1.run_pb2 import EvaluationResult, Run, Waiting
from flowgen_gateway.dialects.botdojo.evaluations import draw_job, draw_result
from flowgen_gateway.dialects.botdojo.steps import draw_steps
from flowgen_gateway.dialects.botdojo.translate import Record, Schemas, draw_flow_request

OWNER = Project(id="P", account_id="A")


def at(milliseconds):
    return Timestamp(
        seconds=1_714_166_013 + milliseconds // 1000, nanos=milliseconds % 1000 * 1_000_000 + 999_999
    )


def run(state="COMPLETED", **fields):
    given = {
        "id": "R",
        "flow_id": "F",
        "chat_id": "S",
        "root_id": "R",
        "revision_id": "H",
        "state": f"RUN_STATE_{state}",
        "input_json": '{"text_input":"Hello"}',
        "create_time": at(600),
        "start_time": at(678),
        "update_time": at(4_600),
    }
    return Run(**(given | fields))


def draw(run, *texts, schemas=None, **more):
    messages = [Message(id=f"M{n}", text=text, create_time=at(900 + n)) for n, text in enumerate(texts)]
    record = Record(run, OWNER, schemas or Schemas(), messages, **more)
    return orjson.loads(orjson.dumps(draw_flow_request(record)))


def test_times_are_cut_to_milliseconds_and_lie_exactly_a_duration_apart():
    drawn = draw(run(end_time=at(4_494)))
    assert (drawn["startTime"], drawn["endTime"]) == ("2024-04-26T21:13:33.678Z", "2024-04-26T21:13:37.494Z")
    assert drawn["duration"] == 3816
    assert (drawn["created"], drawn["modified"]) == ("2024-04-26T21:13:33.600Z", "2024-04-26T21:13:37.600Z")


@pytest.mark.parametrize(
    ("fields", "status", "waits"),
    [
        ({"state": "QUEUED"}, "pending", False),
        ({"state": "RUNNING"}, "running", False),
        ({"state": "WAITING", "waiting": Waiting(kind="WAIT_KIND_TIME")}, "running", False),
        ({"state": "WAITING", "waiting": Waiting(kind="WAIT_KIND_INPUT")}, "complete", True),
        ({"state": "WAITING", "waiting": Waiting(kind="WAIT_KIND_CONTINUE")}, "complete", False),
        ({"state": "WAITING", "waiting": Waiting(kind="WAIT_KIND_FLOOR")}, "complete", False),
        ({"state": "LISTENING"}, "complete", True),
        ({"state": "COMPLETED"}, "complete", False),
        ({"state": "COMPLETED", "end_reason": "taken_over"}, "complete", True),
        ({"state": "STOPPED", "end_reason": "taken_over"}, "complete", True),
        ({"state": "TIMED_OUT"}, "complete", False),
        ({"state": "FAILED"}, "error", False),
        ({"state": "STOPPED", "end_reason": "stopped"}, "error", False),
    ],
)
def test_the_status_is_where_the_run_is(fields, status, waits):
    drawn = draw(run(**fields))
    assert (drawn["status"], drawn["waitingForInput"]) == (status, waits)
    assert ("error" in drawn) == (status == "error")
    assert (drawn["endTime"] is None) == (drawn["duration"] is None) == (status in ("pending", "running"))


def test_a_request_that_has_not_begun_counts_from_when_it_was_accepted():
    queued = run("QUEUED")
    queued.ClearField("start_time")
    drawn = draw(queued)
    assert drawn["startTime"] == drawn["created"] == drawn["userMessage"]["date"]
    assert (drawn["response"], drawn["aiMessage"]["content"], drawn["aiMessage"]["date"]) == ({}, "", None)


def test_a_request_that_waits_ended_when_it_began_to_wait():
    waiting = run("WAITING", waiting=Waiting(kind="WAIT_KIND_INPUT"))
    assert draw(waiting, "Name?")["endTime"] == "2024-04-26T21:13:37.600Z"
    # The next request of the session closed it much later.
    taken = run(end_reason="taken_over", end_time=at(90_000))
    assert draw(taken, "Hi!", "Name?")["endTime"] == "2024-04-26T21:13:33.901Z"
    assert draw(taken)["duration"] == 0


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("EXECUTION_LIMIT", "LIMIT_EXCEEDED"),
        ("NESTING_LIMIT", "LIMIT_EXCEEDED"),
        ("INVALID_OUTPUT", "INVALID_OUTPUT"),
        ("INTERNAL", "INTERNAL"),
        ("ACTION_FAILED", "ACTION_FAILED"),
        ("TARGET_NOT_FOUND", "ACTION_FAILED"),
        ("INVALID_INPUT", "ACTION_FAILED"),
    ],
)
def test_reasons_of_a_failed_run_are_folded(reason, code):
    drawn = draw(run("FAILED", failure=Failure(reason=reason, message="Why.")), "So far.")
    assert drawn["error"] == {"code": code, "message": "Why."}
    assert (drawn["response"], drawn["aiMessage"]["content"]) == ({}, "So far.")


def test_a_stopped_run_says_so():
    assert draw(run("STOPPED", end_reason="stopped"))["error"]["code"] == "STOPPED"


def test_the_answer_is_the_last_message_with_all_that_was_said():
    drawn = draw(run(), "One", "Two")
    assert drawn["aiMessage"] == {
        "id": "M1",
        "date": "2024-04-26T21:13:33.901Z",
        "role": "assistant",
        "steps": [],
        "content": "One\nTwo",
    }


def test_a_run_that_said_nothing_stands_for_its_message():
    drawn = draw(run(end_time=at(4_494), output_json='{"score":7.0,"text":"seven"}'))
    assert drawn["response"] == {"score": 7.0, "text": "seven"}
    message = drawn["aiMessage"]
    assert (message["id"], message["date"], message["content"]) == ("R", drawn["endTime"], "seven")


def test_what_was_sent_comes_back_as_it_was():
    notes = '{"requestParams":{"stream":"http"},"runOptions":{"version":"1.0.0","stream_events":true}}'
    sent = run(
        input_json='{"z":7.0,"a":7}', overrides_json='{"b.c":1.0}', metadata_json=notes, version="1.0.0"
    )
    content = orjson.dumps(draw_flow_request(Record(sent, OWNER, Schemas())))
    for part in (b'"body":{"z":7.0,"a":7}', b'"override":{"b.c":1.0}', b'"version":"1.0.0"'):
        assert part in content
    assert b'"runOptions":{"version":"1.0.0","stream_events":true}' in content
    assert b'"requestParams":{"stream":"http"}' in content


@pytest.mark.parametrize("notes", ["", "{}", '{"requestParams":1,"runOptions":[]}'])
def test_a_run_that_began_elsewhere_was_asked_for_nothing_special(notes):
    drawn = draw(run(metadata_json=notes))
    assert (drawn["requestParams"], drawn["runOptions"]) == ({"stream": "none"}, {})
    assert "evaluations" not in drawn


def test_the_texts_go_by_the_schemas_of_the_flow():
    question, answer = ({"properties": {name: {"type": "string"}}} for name in ("question", "answer"))
    given = run(input_json='{"question":"Hello","text_input":"no"}')
    drawn = draw(given, "Hi", schemas=Schemas(question, answer))
    assert (drawn["userMessage"]["content"], drawn["response"]) == ("Hello", {"answer": "Hi"})


def test_a_run_without_a_message_of_the_user_stands_for_it():
    assert draw(run())["userMessage"]["id"] == "R"
    assert draw(run(user_message_id="U"))["userMessage"]["id"] == "U"


def test_talk_between_agents_is_left_out():
    messages = [Message(id="M1", text="Hi"), Message(id="M2", text="psst", internal=True)]
    drawn = draw_flow_request(Record(run(), OWNER, Schemas(), messages))
    assert (drawn["aiMessage"]["id"], drawn["aiMessage"]["content"]) == ("M1", "Hi")


# Steps.


def tool(id, type, **info):
    notes = orjson.dumps({"tool_info": {"type": type, **info}}).decode()
    return Message(id=id, text=f"text of {id}", internal=True, metadata_json=notes, create_time=at(900))


def test_calls_of_tools_are_steps_with_their_results():
    messages = [
        tool("M1", "suggested_tool_call", tool="find", arguments={"q": "tea"}),
        tool("M2", "suggested_tool_call", tool="find", arguments={"q": "milk"}),
        tool("M3", "tool_response", tool="find", result={"n": 1}),
        tool("M4", "tool_response", tool="find", result={"error": "HTTP 500"}),
        tool("M5", "suggested_tool_call", tool="buy", arguments={}),
        Message(id="M6", text="Here you are."),
    ]
    first, second, third = draw_steps(messages)
    assert first == {
        "stepId": "M1",
        "stepLabel": "find",
        "stepStatus": "complete",
        "startTime": "2024-04-26T21:13:33.900Z",
        "toolName": "find",
        "toolLabel": "find",
        "toolPhase": "complete",
        "arguments": '{"q":"tea"}',
        "result": {"n": 1},
        "content": "text of M3",
    }
    assert (second["arguments"], second["stepStatus"], second["content"]) == (
        '{"q":"milk"}',
        "error",
        "text of M4",
    )
    assert (third["stepStatus"], third["result"], third["content"]) == ("error", None, "")


def test_messages_with_other_notes_are_no_steps():
    assert draw_steps([Message(metadata_json='{"tool_info":1}'), tool("M", "thought"), Message()]) == []


# Evaluations.


def result(state, **fields):
    given = {"flow_id": "E", "name": "Polite", "variable": "polite", "run_id": "R9", "type": "pass/fail"}
    return EvaluationResult(**(given | fields), state=f"RUN_STATE_{state}")


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("QUEUED", "pending"),
        ("RUNNING", "running"),
        ("WAITING", "running"),
        ("COMPLETED", "complete"),
        ("FAILED", "error"),
        ("STOPPED", "error"),
        ("TIMED_OUT", "error"),
    ],
)
def test_nothing_is_passed_before_an_evaluation_is_complete(state, status):
    drawn = draw_result(result(state, passed=True, value_json="0.5"))
    complete = status == "complete"
    assert drawn["status"] == status
    assert (drawn["pass"], drawn["value"]) == ((True, 0.5) if complete else (None, None))
    assert bool(drawn["reason"]) is not complete


def test_an_evaluation_may_judge_nothing():
    drawn = draw_result(result("COMPLETED", reason="Why."))
    assert (drawn["pass"], drawn["value"], drawn["reason"]) == (None, None, "Why.")


@pytest.mark.parametrize(
    ("state", "status"), [("QUEUED", "pending"), ("RUNNING", "running"), ("COMPLETED", "complete")]
)
def test_a_job_tells_whom_it_judges(state, status):
    judged = run(metadata_json='{"runOptions":{"evalOptions":{"runMode":"block"}}}')
    drawn = draw_job(run(state, id="J", chat_id="", evaluations=[result("RUNNING")]), judged, OWNER)
    assert (drawn["id"], drawn["flow_request_id"], drawn["flow_session_id"]) == ("J", "R", "S")
    assert (drawn["status"], drawn["runMode"], len(drawn["results"])) == (status, "block", 1)


def test_a_request_that_waits_for_its_evaluations_is_not_done_before_them():
    judged = run(metadata_json='{"runOptions":{"evalOptions":{"runMode":"block"}}}')
    for state, done in (("QUEUED", False), ("RUNNING", False), ("COMPLETED", True)):
        assert Record(judged, OWNER, Schemas(), job=run(state)).is_done is done
    assert Record(judged, OWNER, Schemas()).is_done
    assert not Record(run("RUNNING"), OWNER, Schemas()).is_done
