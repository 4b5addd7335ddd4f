"""Flows that were made for calls: where their runs go, without a chat and in one."""

import time
from datetime import datetime

import pytest

from tests.support.voipbin import (
    CONSENT,
    CUSTOMER_SERVICE,
    DEBUGGED,
    FAILOVER,
    FINISH,
    LANGUAGES,
    MAIN_IVR,
    OFFICE_HOURS,
    RESILIENT,
    SAMPLE_CALL,
    SECONDS,
    START,
    SUPPORT_IVR,
    Talk,
    Voipbin,
    ended,
    good,
    is_at_rest,
    told,
    walk,
)

ACTIVEFLOWS = "/v1.0/activeflows"
SHORT = {**SAMPLE_CALL[2], "option": {"duration": 300, "length": 1}}
POSITIONS = {action["id"]: str(number) for number, action in enumerate(SAMPLE_CALL, 1)} | {START: "start"}


@pytest.fixture(scope="module")
def api(server):
    with Voipbin(server) as client:
        yield client


@pytest.fixture
def talk(server):
    opened = Talk(server)
    yield opened
    opened.close()


def over(api, actions):
    return api.until(api.start(*actions)["id"], ended)


def path_of(run):
    """Positions in the sample flow."""
    return " ".join(POSITIONS[one["id"]] for one in run["executed_actions"])


def heard(talk, count):
    """What the bot has said, once it is so much."""
    end = time.monotonic() + SECONDS
    while len(said := talk.heard()) < count and time.monotonic() < end:
        time.sleep(0.02)
    return said


@pytest.mark.parametrize(
    ("name", "actions", "warnings"),
    [
        ("support ivr", SUPPORT_IVR, 0),
        ("sample call", SAMPLE_CALL, 1),
        ("main ivr", MAIN_IVR, 3),
        ("recording consent", CONSENT, 0),
        ("languages", LANGUAGES, 1),
        ("failover", FAILOVER, 0),
        ("customer service", CUSTOMER_SERVICE, 0),
        ("resilient", RESILIENT, 0),
        ("debugged", DEBUGGED, 1),
        ("office hours", OFFICE_HOURS, 0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_doubtful_in_flows_for_calls_is_counted(api, name, actions, warnings):
    answer = api.post("/flows", json={"name": name, "actions": actions})
    assert good(answer)["name"] == name
    assert answer.headers["x-flow-warnings"] == str(warnings)


def test_a_menu_without_a_chat_takes_its_default_until_it_gives_up(api):
    run = over(api, SUPPORT_IVR)
    assert walk(run) == " ".join(["1s 2s 3 13s 14"] * 3) + " 15s 16s"
    assert (len(run["executed_actions"]), run["execute_count"]) == (18, 17)
    assert (run["end_reason"], run["current_action"]["id"]) == ("completed", FINISH)
    skipped = [one for one in run["executed_actions"] if one.get("outcome") == "skipped"]
    assert {one["message"] for one in skipped} == {"no chat"}
    assert "voipbin.call.digits" not in api.variables(run["id"])


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        (MAIN_IVR, "1s " + "2s 3s 4 8s 9 " * 4 + "10s 11s"),
        (CUSTOMER_SERVICE, "1s 2s 3 11s 12s 13s 14s"),
        (FAILOVER, "1s 2s 3s 4 6s 7s 8 10s 11s 12s"),
        (RESILIENT, "1s 2f 3 6s 7s"),
        (DEBUGGED, "1 2s 3s 4s 5 6 7"),
    ],
    ids=["main ivr", "customer service", "failover", "resilient", "debugged"],
)
def test_a_flow_for_calls_goes_past_what_needs_a_call(api, actions, expected):
    run = over(api, actions)
    assert (walk(run), run["end_reason"]) == (expected, "completed")


def test_a_menu_that_never_gives_up_is_ended_by_the_limit(api):
    run = over(api, CONSENT)
    assert walk(run) == "1s " + "2s 3s 4 " * 32 + "2s 3s"
    assert (len(run["executed_actions"]), run["execute_count"]) == (100, 100)
    assert (run["end_reason"], run["error"]["reason"]) == ("error", "EXECUTION_LIMIT")
    assert run["current_action"]["id"] == "4"


def test_a_flow_that_is_not_there_ends_a_run_in_an_error(api):
    run = over(api, LANGUAGES)
    assert walk(run) == "1s 2s 3s 4 5 6"
    assert (run["error"]["reason"], run["error"]["action_id"]) == ("FLOW_NOT_FOUND", "11")
    assert (run["current_action"]["id"], run["current_action"]["outcome"]) == ("11", "failed")
    assert api.variables(run["id"])["language"] == "en-US"


def test_the_time_decides_about_office_hours(api):
    run = over(api, OFFICE_HOURS)
    now = datetime.fromisoformat(run["executed_actions"][2]["tm_execute"])
    works = now.isoweekday() <= 5
    first = "1s 2 3" if works and now.hour >= 9 else "1s 2"
    rest = range(4, 12) if works and 9 <= now.hour < 17 else range(7, 12)
    assert walk(run) == f"{first} " + " ".join(f"{number}s" for number in rest)


# In a chat.


def test_a_call_flow_talks_in_a_chat(api, talk):
    flow = api.flow(*SAMPLE_CALL, name="Sample Call Flow")
    started = api.start(flow_id=flow["id"], reference_type="conversation", reference_id=talk.id)
    assert (started["reference_type"], started["reference_id"]) == ("conversation", talk.id)
    run = api.rest(started["id"])
    assert (path_of(run), POSITIONS[run["current_action"]["id"]]) == ("start 1 2", "3")
    assert (run["execute_count"], heard(talk, 1)) == (3, ["Welcome to VoIPBIN"])
    talk.say("12")
    run = api.until(run["id"], lambda seen: seen["execute_count"] == 6 and is_at_rest(seen))
    assert (path_of(run), POSITIONS[run["current_action"]["id"]]) == ("start 1 2 3 4 2", "3")
    assert heard(talk, 2) == ["Welcome to VoIPBIN"] * 2
    talk.say("9")
    run = api.until(run["id"], ended)
    assert path_of(run) == "start 1 2 3 4 2 3 4"
    assert (run["execute_count"], run["end_reason"]) == (7, "completed")
    assert run["current_action"]["id"] == FINISH
    variables = api.variables(run["id"])
    assert variables["voipbin.call.digits"] == "9"
    assert variables["voipbin.activeflow.reference_type"] == "conversation"
    assert variables["voipbin.activeflow.reference_id"] == talk.id


def test_a_silent_caller_leaves_the_digits_empty(api, talk):
    actions = [*SAMPLE_CALL[:2], SHORT, SAMPLE_CALL[3]]
    run = api.until(api.start(*actions, reference_type="conversation", reference_id=talk.id)["id"], ended)
    assert path_of(run) == "start 1 2 3 4"
    digits = run["executed_actions"][3]
    assert (digits["outcome"], digits["message"]) == ("done", "timeout")
    assert api.variables(run["id"])["voipbin.call.digits"] == ""


def test_a_chat_has_one_run_at_a_time(api, talk):
    place = {"reference_type": "conversation", "reference_id": talk.id.upper()}
    first = api.play({"id": "b", "type": "block"}, **place)
    assert told(api.post(ACTIVEFLOWS, json=place)) == (409, "FLOW_STATE_INVALID")
    listed = good(api.get(ACTIVEFLOWS, params={"reference_id": talk.id.upper()}))["result"]
    assert [one["id"] for one in listed] == [first["id"]]
    good(api.post(f"{ACTIVEFLOWS}/{first['id']}/continue"))
    api.until(first["id"], ended)
    assert api.until(api.start(**place)["id"], ended)["end_reason"] == "completed"


@pytest.mark.parametrize("way", ["continue", "resume"])
def test_a_run_that_hands_over_goes_on_when_the_floor_comes_back(api, talk, way):
    actions = [
        {"id": "q", "type": "queue_join", "option": {"queue_id": "sales"}},
        {"id": "t", "type": "talk", "option": {"text": "Back again."}},
    ]
    run = api.play(*actions, reference_type="conversation", reference_id=talk.id)
    assert (run["current_action"]["id"], run["status"]) == ("q", "running")
    if way == "resume":
        talk.resume()
    else:
        good(api.post(f"{ACTIVEFLOWS}/{run['id']}/continue", json={"current_action_id": "q"}))
    over = api.until(run["id"], ended)
    assert (walk(over), over["end_reason"], heard(talk, 1)) == ("q t", "completed", ["Back again."])


def test_a_hangup_ends_a_run_and_not_the_chat(api, talk):
    place = {"reference_type": "conversation", "reference_id": talk.id}
    run = api.until(api.start({"id": "h", "type": "hangup"}, {"type": "beep"}, **place)["id"], ended)
    assert (walk(run), run["end_reason"], run["current_action"]["id"]) == ("h", "hangup", FINISH)
    again = api.until(api.start({"id": "t", "type": "talk", "option": {"text": "Hi"}}, **place)["id"], ended)
    assert (walk(again), heard(talk, 1)) == ("t", ["Hi"])
