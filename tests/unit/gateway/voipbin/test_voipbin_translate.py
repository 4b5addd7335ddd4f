import orjson
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from flowgen_core.pb.v1.common_pb2 import Failure
from flowgen_core.pb.v1.flow_pb2 import Action, Flow
from flowgen_core.pb.v1.run_pb2 import Move, MoveOutcome, Run, RunState
from flowgen_gateway.dialects.voipbin import ids
from flowgen_gateway.dialects.voipbin.schemas import ActionIn, FlowIn
from flowgen_gateway.dialects.voipbin.translate import draw_flow, flow_of, with_detail
from flowgen_gateway.dialects.voipbin.translate_run import as_accepted, draw_activeflow

PROJECT = "5e4a0680-804e-11ec-8477-2fea5968d85b"
MADE = Timestamp(seconds=1647828675, nanos=33396000)
LATER = Timestamp(seconds=1647843023, nanos=604222000)
NEVER = "9999-01-01 00:00:00.000000"
START = {"id": ids.START, "next_id": ids.NIL, "type": ""}
FINISH = START | {"id": ids.FINISH}


def drawn(body):
    return orjson.loads(orjson.dumps(body))


def run(state="WAITING", *moves, **fields):
    value = RunState.Value(f"RUN_STATE_{state}")
    return Run(id="r", state=value, moves=moves, create_time=MADE, update_time=LATER, **fields)


def move(id, outcome="UNSPECIFIED", **fields):
    value = MoveOutcome.Value(f"MOVE_OUTCOME_{outcome}")
    return Move(action_id=id, type="talk", outcome=value, arrive_time=LATER, option_json="{}", **fields)


def trace(run):
    body = draw_activeflow(run, PROJECT)
    return [one["id"] for one in body["executed_actions"]], body["current_action"]["id"]


def test_a_flow_is_drawn_with_all_its_fields_in_their_order():
    flow = Flow(
        id="f", name="n", properties_json='{"detail":"d","group":1}', create_time=MADE, update_time=MADE
    )
    assert list(drawn(draw_flow(flow, PROJECT)).items()) == [
        ("id", "f"),
        ("customer_id", PROJECT),
        ("type", "flow"),
        ("name", "n"),
        ("detail", "d"),
        ("actions", []),
        ("on_complete_flow_id", ids.NIL),
        ("tm_create", "2022-03-21 02:11:15.033396"),
        ("tm_update", NEVER),
        ("tm_delete", NEVER),
    ]


def test_a_changed_and_a_deleted_flow_tell_when():
    flow = Flow(create_time=MADE, update_time=LATER)
    assert draw_flow(flow, PROJECT)["tm_update"] == "2022-03-21 06:10:23.604222"
    flow = Flow(create_time=MADE, update_time=MADE, delete_time=LATER)
    body = draw_flow(flow, PROJECT)
    assert body["tm_update"] == body["tm_delete"] == "2022-03-21 06:10:23.604222"


def test_a_detail_that_is_no_text_is_empty():
    assert draw_flow(Flow(properties_json='{"detail":7}'), PROJECT)["detail"] == ""
    assert draw_flow(Flow(properties_json=""), PROJECT)["detail"] == ""


def test_an_action_has_its_next_id_always_and_its_option_only_when_there_is_one():
    actions = [Action(id="a", type="talk", option_json='{"n":7.0}', next_id="b"), Action(id="b", type="beep")]
    actions.append(Action(id="c", type="beep", option_json="{}", title="hidden"))
    body = orjson.dumps(draw_flow(Flow(actions=actions), PROJECT)["actions"])
    assert b'{"id":"a","next_id":"b","type":"talk","option":{"n":7.0}}' in body
    assert orjson.loads(body)[1:] == [{"id": id, "next_id": ids.NIL, "type": "beep"} for id in "bc"]


def test_ids_are_kept_made_and_replaced():
    given = [None, "", ids.NIL, "a1", ids.START, "x" * 256, "x" * 255]
    body = FlowIn(actions=[ActionIn(id=id, type="beep", next_id=id) for id in given])
    flow = flow_of(body, lambda: "made")
    assert [one.id for one in flow.actions] == ["made"] * 3 + ["a1", "made", "made", "x" * 255]
    assert [one.next_id for one in flow.actions] == ["", "", "", *given[3:]]


@pytest.mark.parametrize(
    ("given", "kept"), [(PROJECT.upper(), PROJECT), (ids.NIL, ""), ("survey", ""), (None, "")]
)
def test_the_flow_after_it_is_named_by_a_uuid_or_not_at_all(given, kept):
    assert flow_of(FlowIn(on_complete_flow_id=given), str).on_complete_flow_id == kept


def test_another_detail_leaves_the_other_properties():
    assert with_detail({"detail": "old", "group": 1}, "new") == '{"group":1,"detail":"new"}'
    assert with_detail({"detail": "old", "group": 1}, "") == '{"group":1}'


def test_a_run_that_has_not_begun_stands_at_the_start():
    body = drawn(draw_activeflow(run("QUEUED"), PROJECT))
    assert (body["current_action"], body["executed_actions"], body["status"]) == (START, [], "running")


@pytest.mark.parametrize("state", ["RUNNING", "WAITING", "LISTENING", "STOPPED", "FAILED", "TIMED_OUT"])
def test_a_run_stands_where_it_came_to_last(state):
    assert trace(run(state, move("a"), move("b"))) == ([ids.START, "a"], "b")


def test_a_run_that_has_ended_well_has_left_everything():
    assert trace(run("COMPLETED", move("a"), end_reason="hangup")) == ([ids.START, "a"], ids.FINISH)
    assert trace(run("COMPLETED", end_reason="completed")) == ([ids.START], ids.FINISH)


def test_a_run_that_was_taken_over_stands_where_it_was():
    assert trace(run("COMPLETED", move("a"), move("b"), end_reason="taken_over")) == ([ids.START, "a"], "b")


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("QUEUED", "running"),
        ("RUNNING", "running"),
        ("WAITING", "running"),
        ("LISTENING", "running"),
        ("COMPLETED", "ended"),
        ("FAILED", "ended"),
        ("STOPPED", "ended"),
        ("TIMED_OUT", "ended"),
    ],
)
def test_the_states_of_runs_are_two_here(state, status):
    assert draw_activeflow(run(state), PROJECT)["status"] == status


def test_a_move_is_drawn_with_what_there_is_to_say():
    done, waiting = move("a", "DONE", next_id="b"), move("b")
    failed = move("c", "FAILED", message="no action")
    failed.option_json = '{"n":1}'
    body = drawn(draw_activeflow(run("WAITING", done, failed, waiting), PROJECT))
    when = "2022-03-21 06:10:23.604222"
    assert [list(one.items()) for one in body["executed_actions"][1:]] == [
        [("id", "a"), ("next_id", "b"), ("type", "talk"), ("tm_execute", when), ("outcome", "done")],
        [
            ("id", "c"),
            ("next_id", ids.NIL),
            ("type", "talk"),
            ("option", {"n": 1}),
            ("tm_execute", when),
            ("outcome", "failed"),
            ("message", "no action"),
        ],
    ]
    assert set(body["current_action"]) == {"id", "next_id", "type", "tm_execute"}


def test_an_activeflow_leaves_out_what_it_has_not():
    body = draw_activeflow(run(), PROJECT)
    assert not {"webhook_uri", "webhook_method", "end_reason", "error"} & set(body)
    assert (body["reference_type"], body["reference_id"]) == ("api", ids.NIL)
    assert body["reference_activeflow_id"] == body["forward_action_id"] == body["flow_id"] == ids.NIL


def test_an_activeflow_tells_all_that_it_has():
    failure = Failure(reason="TARGET_NOT_FOUND", message="no action", action_id="g")
    ended = run(
        "FAILED",
        move("g", "FAILED"),
        flow_id="f",
        chat_id="c",
        parent_id="p",
        on_complete_flow_id="o",
        webhook_uri="https://example.com",
        webhook_method="PUT",
        move_count=1,
        end_reason="error",
        failure=failure,
    )
    body = draw_activeflow(ended, PROJECT)
    assert body["error"] == {"reason": "TARGET_NOT_FOUND", "message": "no action", "action_id": "g"}
    expected = {
        "flow_id": "f",
        "reference_type": "conversation",
        "reference_id": "c",
        "reference_activeflow_id": "p",
        "on_complete_flow_id": "o",
        "webhook_uri": "https://example.com",
        "webhook_method": "PUT",
        "execute_count": 1,
        "end_reason": "error",
        "tm_update": "2022-03-21 06:10:23.604222",
    }
    assert body.items() >= expected.items()


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ('{"target_id":"a"}', 'no action "a"'),
        ('{"false_target_id":"b","value_string":"c"}', 'no action "b"'),
        ('{"exits":["c"]}', "of the core"),
        ("", "of the core"),
    ],
)
def test_a_jump_to_nowhere_is_told_in_the_words_that_clients_know(option, told):
    failure = Failure(reason="TARGET_NOT_FOUND", message="of the core", action_id="g")
    last = move("g", "FAILED", message="of the core")
    last.option_json = option
    body = draw_activeflow(run("FAILED", last, failure=failure), PROJECT)
    assert (body["error"]["message"], body["current_action"]["message"]) == (told, told)


def test_a_run_is_accepted_before_its_first_turn_however_fast_that_was():
    fast = run("FAILED", move("a"), move_count=1, end_reason="error", failure=Failure(reason="INTERNAL"))
    body = drawn(draw_activeflow(as_accepted(fast), PROJECT))
    assert (body["status"], body["current_action"], body["executed_actions"]) == ("running", START, [])
    assert (body["execute_count"], body["tm_update"]) == (0, NEVER)
    assert "error" not in body and "end_reason" not in body
