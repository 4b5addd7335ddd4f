import json

import pytest

from flowgen_core.pb.v1.common_pb2 import Token
from flowgen_core.pb.v1.run_pb2 import LogLine, Progress, Run, RunEvent, ToolCall
from flowgen_gateway.dialects.botdojo.asked import events_of
from flowgen_gateway.dialects.botdojo.frames import NAMES, frame_of, last_frames, wanted_types
from flowgen_gateway.dialects.botdojo.schemas import EventName


def drawn(**data):
    frame = frame_of(RunEvent(id="R.1.4", **data))
    return frame.event, json.loads(frame.data())


def test_tokens_are_completions():
    assert drawn(token=Token(text="Hi")) == (
        "onNewToken",
        {"type": "token", "token": "Hi", "updateType": "completion"},
    )


@pytest.mark.parametrize(
    ("phase", "status", "content"),
    [
        ("PHASE_STARTED", "processing", "x"),
        ("PHASE_ENDED", "complete", "x"),
        ("PHASE_FAILED", "error", "x"),
        ("PHASE_SKIPPED", "complete", "skipped"),
    ],
)
def test_actions_are_steps(phase, status, content):
    event, data = drawn(progress=Progress(action_id="a", title="A", phase=phase, text="x"))
    assert event == "onIntermediateStepUpdate"
    assert data["step"] == {"stepId": "a", "stepLabel": "A", "stepStatus": status, "content": content}
    assert data["timestamp"] == "1970-01-01T00:00:00.000Z"


def test_an_action_without_a_title_goes_by_its_id():
    assert drawn(progress=Progress(action_id="a"))[1]["step"]["stepLabel"] == "a"


def test_tools_begin_and_end():
    call = {"name": "find", "arguments_json": '{"q":"tea"}'}
    begun = {"name": "find", "arguments": {"q": "tea"}}
    assert drawn(tool=ToolCall(**call, phase="PHASE_STARTED")) == (
        "onToolStart",
        {"type": "toolStart", "tool": begun},
    )
    ended = drawn(tool=ToolCall(**call, phase="PHASE_ENDED", result_json="[1]"))
    assert ended == ("onToolEnd", {"type": "toolEnd", "tool": {**begun, "result": [1]}})
    failed = drawn(tool=ToolCall(name="find", phase="PHASE_FAILED"))
    assert failed[1]["tool"] == {"name": "find", "arguments": {}, "result": None}


def test_lines_of_the_log_have_their_level():
    event, data = drawn(log=LogLine(level="warning", text="Hm"))
    expected = {"message": "Hm", "level": "warning", "timestamp": "1970-01-01T00:00:00.000Z"}
    assert (event, data) == ("onLog", {"type": "log", "log": expected})


def test_the_end_and_what_is_unknown_are_drawn_elsewhere_or_not_at_all():
    assert frame_of(RunEvent(ended=Run())) is None
    assert frame_of(RunEvent()) is None


def test_the_last_frame_of_a_good_run_is_complete():
    request = {"id": "R", "flow_session_id": "S", "status": "complete"}
    end, last = last_frames("R.b.6", request)
    assert (end.id, end.event, end.fields, end.is_last) == ("R.b.6", "onFlowEnd", {"request": request}, False)
    assert (last.id, last.event, last.is_last) == ("R.b.7", "onComplete", True)
    assert last.fields == {"id": "R", "flow_session_id": "S"}


def test_the_last_frame_of_a_bad_run_is_its_error():
    error = {"code": "STOPPED", "message": "Why."}
    _, last = last_frames("R.b.6", {"id": "R", "flow_session_id": "S", "status": "error", "error": error})
    assert (last.event, last.is_last) == ("onError", True)
    assert last.fields == {"error": "Why.", "code": "STOPPED", "id": "R", "flow_session_id": "S"}


def test_a_filter_knows_every_name_of_an_event():
    every = {name for type, names in NAMES.items() for name in (type, *names)}
    assert set(EventName.__args__) == every
    for type, names in NAMES.items():
        for name in (type, *names):
            assert wanted_types([name]) == {type, "complete", "error"}
    assert wanted_types(None) is None
    assert wanted_types([]) == {"complete", "error"}


@pytest.mark.parametrize(
    ("notes", "events"),
    [
        ("", None),
        ('{"requestParams":{"stream":"none"},"runOptions":{"stream_events":["token"]}}', None),
        ('{"requestParams":{"stream":"http"},"runOptions":{}}', None),
        ('{"requestParams":{"stream":"http"},"runOptions":{"stream_events":true}}', None),
        ('{"requestParams":{"stream":"http"},"runOptions":{"stream_events":false}}', []),
        ('{"requestParams":{"stream":"http"},"runOptions":{"stream_events":["token"]}}', ["token"]),
    ],
)
def test_a_run_keeps_the_filter_that_it_was_streamed_with(notes, events):
    assert events_of(Run(metadata_json=notes)) == events
