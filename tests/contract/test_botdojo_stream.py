import threading
import uuid

import pytest

from tests.support.botdojo import (
    ASKER,
    GREETER,
    HELLO,
    NOBODY,
    POLITE,
    Api,
    data,
    error_of,
    finish,
    names,
    paths,
    slow,
    tokens,
)
from tests.support.flowgen_chats import frames, say, until
from tests.support.servers import folder, serve

EVENTS = ["onFlowStart", "onNewToken", "onFlowEnd"]


@pytest.fixture(scope="module")
def api(server):
    with Api(server) as client:
        yield client


@pytest.fixture(scope="module")
def greeter(server):
    return server.create_flow(GREETER)


@pytest.fixture(scope="module")
def talker(server):
    """Says something, takes its time, says more."""
    return server.create_flow({"name": "Talker", "actions": [say("One"), slow(0.4), say("Two")]})


def test_a_stream_tells_the_run_from_start_to_end(api, greeter):
    told = api.frames(greeter, {"text_input": "Hello"}, stream_events=EVENTS)
    assert names(told) == ["onFlowStart", "onNewToken", "onFlowEnd", "onComplete"]
    start, token, end, last = map(data, told)
    request, session = start["request"]["id"], start["request"]["flow_session_id"]
    assert start == {
        "type": "flowRequestStart",
        "request": {
            "id": request,
            "flow_id": greeter,
            "flow_session_id": session,
            "status": "running",
            "startTime": start["request"]["startTime"],
        },
    }
    assert token == {"type": "token", "token": HELLO, "updateType": "completion"}
    assert end == {"type": "flowRequestEnd", "request": api.read(request)}
    assert end["request"]["requestParams"] == {"stream": "http"}
    assert end["request"]["runOptions"] == {"stream_events": EVENTS}
    assert last == {"type": "complete", "id": request, "flow_session_id": session}
    assert len({frame["id"] for frame in told}) == 4
    assert all(frame["id"].startswith(f"{request}.") for frame in told)


def test_a_stream_is_not_cached(api, greeter):
    sent = {"body": {}, "options": {"stream": "http"}}
    with api.stream("POST", f"{api.base}/flows/{greeter}/run", json=sent) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["x-accel-buffering"] == "no"
        assert answer.headers["x-request-id"]


def test_actions_are_told_when_they_begin_and_end(api, server):
    flow = server.create_flow({"name": "F", "actions": [{**say("Hi"), "id": "hi", "title": "Greeting"}]})
    told = [data(each) for each in api.frames(flow, {}, stream_events=["step"])]
    steps = [each["step"] for each in told if each["type"] == "step"]
    assert steps == [
        {"stepId": "hi", "stepLabel": "Greeting", "stepStatus": status, "content": ""}
        for status in ("processing", "complete")
    ]
    assert all(each["timestamp"].endswith("Z") for each in told if each["type"] == "step")


def test_what_is_said_later_begins_on_a_new_line(api, talker):
    told = api.frames(talker, {})
    assert tokens(told) == "One\ndone\nTwo" == data(told[-2])["request"]["aiMessage"]["content"]


def test_what_a_model_writes_comes_piece_by_piece(api, server):
    lines = [{"sender": "Writer", "receiver": "user", "text": "Tea"}]
    action = {"type": "scripted_agents", "option": {"lines": lines}}
    told = api.frames(server.create_flow({"name": "Agents", "actions": [action]}), {})
    assert tokens(told) == "Tea"
    assert data(told[-2])["request"]["waitingForInput"] is True


def test_a_flow_that_asks_ends_its_stream(api, server):
    flow = server.create_flow(ASKER)
    told = api.frames(flow, {"text_input": "Hello"})
    session = data(told[-1])["flow_session_id"]
    assert tokens(told) == "Hi!\nWhat is your name?"
    told = api.frames(flow, {"text_input": "Ann"}, flow_session_id=session)
    assert tokens(told) == "Nice to meet you, Ann."
    assert data(told[-2])["request"]["waitingForInput"] is False


def test_a_run_that_fails_ends_with_its_error(api, server):
    flow = server.create_flow({"name": "Fails", "actions": [{"type": "raise"}]})
    told = api.frames(flow, {})
    end, last = data(told[-2])["request"], data(told[-1])
    assert told[-1]["event"] == "onError"
    assert last == {
        "type": "error",
        "error": end["error"]["message"],
        "code": end["error"]["code"],
        "id": end["id"],
        "flow_session_id": end["flow_session_id"],
    }


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (True, {"onFlowStart", "onIntermediateStepUpdate", "onNewToken", "onFlowEnd", "onComplete"}),
        (False, {"onComplete"}),
        ([], {"onComplete"}),
        (["onFlowRequestStart"], {"onFlowStart", "onComplete"}),
        (["flowRequestEnd"], {"onFlowEnd", "onComplete"}),
        (["onFlowRequestEnd", "token"], {"onFlowEnd", "onNewToken", "onComplete"}),
        (["onError", "complete"], {"onComplete"}),
    ],
)
def test_only_what_was_asked_for_is_told(api, greeter, events, expected):
    assert set(names(api.frames(greeter, {}, stream_events=events))) == expected


def test_evaluations_that_are_waited_for_come_before_the_end(operator):
    with Api(operator.other_project("ENVIRONMENT_SANDBOX")) as api:
        passes = finish(**{"pass": True, "reason": "polite"})
        judge = {"name": "E", "actions": [slow(0.3), passes], "properties": {"evaluation": POLITE}}
        api.server.create_flow(judge)
        told = api.frames(api.server.create_flow(GREETER), {}, evalOptions={"runMode": "block"})
    (result,) = data(told[-2])["request"]["evaluations"]
    assert (result["status"], result["pass"]) == ("complete", True)


# Coming back.


def test_a_reader_comes_back_after_what_it_saw(api, greeter):
    told = api.frames(greeter, {"text_input": "Hello"}, stream_events=EVENTS)
    request, path = data(told[-1])["id"], f"{api.base}/flows/{greeter}/run"
    again = api.events(request, after=told[1]["id"])
    assert again == told[2:]
    with api.stream("POST", path, content=b"not read", headers={"Last-Event-ID": told[1]["id"]}) as answer:
        assert list(frames(answer.iter_lines())) == told[2:]
    assert len(api.load(greeter, data(told[-1])["flow_session_id"]).json()) == 1


def test_the_end_always_comes_again(api, greeter):
    told = api.frames(greeter, {}, stream_events=EVENTS)
    request = data(told[-1])["id"]
    for after in (told[2]["id"], told[3]["id"]):
        assert names(api.events(request, after)) == ["onFlowEnd", "onComplete"]


def test_a_stream_is_read_again_from_its_start(api, greeter):
    told = api.frames(greeter, {}, stream_events=EVENTS)
    assert api.events(data(told[-1])["id"]) == told


def test_a_run_that_was_not_streamed_has_a_stream_too(api, talker):
    answer = api.run(talker, {}, stream_events=[])
    told = api.events(answer["id"])
    assert (names(told)[0], names(told)[-1]) == ("onFlowStart", "onComplete")
    assert data(told[-2])["request"] == api.read(answer["id"])


def test_a_reader_who_leaves_does_not_stop_the_run(api, talker):
    with api.streamed(talker, {}) as told:
        first = next(told)
    request = data(first)["request"]["id"]
    rest = api.events(request, after=first["id"])
    assert tokens(rest) == "One\ndone\nTwo"
    assert api.read(request)["status"] == "complete"


def test_two_readers_follow_one_run(api, talker):
    with api.streamed(talker, {}) as told:
        first = next(told)
        other: list[list[dict[str, str]]] = []
        request = data(first)["request"]["id"]
        reader = threading.Thread(target=lambda: other.append(api.events(request)))
        reader.start()
        rest = [first, *told]
        reader.join(20)
    assert other == [rest]


def test_a_repeated_request_gets_the_stream_of_the_first(api, talker):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    sent = {"body": {}, "options": {"stream": "http"}}
    first = api.post(f"{api.base}/flows/{talker}/run", json=sent, headers=headers)
    second = api.post(f"{api.base}/flows/{talker}/run", json=sent, headers=headers)
    assert second.text == first.text
    assert (first.headers.get("idempotency-replayed"), second.headers["idempotency-replayed"]) == (
        None,
        "true",
    )


def test_what_is_no_event_id_is_refused(api, greeter):
    request = api.run(greeter, {})["id"]
    for wrong in ("x", "7", f"{request}", f"{request}.1", f"{request}.1.x", f"{request}.1.1.1"):
        headers = {"Last-Event-ID": wrong}
        answer = api.post(f"{api.base}/flows/{greeter}/run", headers=headers)
        assert paths(answer) == ["Last-Event-ID"]
        assert paths(api.get(f"{api.base}/flow_requests/{request}/events", headers=headers)) == [
            "Last-Event-ID"
        ]


def test_an_event_of_another_run_is_not_found(api, server, greeter):
    mine, other = api.run(greeter, {})["id"], api.run(server.create_flow(GREETER), {})["id"]
    for run in (NOBODY, other):
        headers = {"Last-Event-ID": f"{run}.1.1"}
        answer = api.post(f"{api.base}/flows/{greeter}/run", headers=headers)
        assert error_of(answer, 404)["code"] == "RUN_NOT_FOUND"
        answer = api.get(f"{api.base}/flow_requests/{mine}/events", headers=headers)
        assert error_of(answer, 404)["code"] == "RUN_NOT_FOUND"


def test_refusals_come_before_the_stream(api, server, greeter):
    answer = api.post_run(NOBODY, {}, stream="http")
    assert error_of(answer, 404)["code"] == "FLOW_NOT_FOUND"
    answer = api.post_run(greeter, {}, stream="http", flow_session_id="gone")
    assert error_of(answer, 404)["code"] == "CHAT_NOT_FOUND"


def test_after_a_crash_the_stream_begins_anew():
    data_folder = folder()
    with serve(data_folder, "--demo") as server, Api(server) as api:
        flow = server.create_flow({"name": "T", "actions": [say("One"), slow(1.5)]})
        with api.streamed(flow, {}) as told:
            seen = next(told)
        request = data(seen)["request"]["id"]
        server.kill()
    with serve(data_folder, "--demo") as server, Api(server) as api:
        told = api.events(request, after=seen["id"])
        assert names(told)[0] == "onFlowStart"
        assert until(lambda: api.read(request)["status"] == "complete")
        assert tokens(told) == "One\ndone" == api.read(request)["aiMessage"]["content"]
