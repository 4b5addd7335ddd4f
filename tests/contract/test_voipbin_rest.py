import re
import uuid

import httpx
import pytest

from flowgen_core.pb.v1 import flow_pb2, flow_pb2_grpc
from tests.support.voipbin import FINISH, NEVER, NIL, START, Voipbin, ended, good, told

FLOWS, ACTIVEFLOWS = "/v1.0/flows", "/v1.0/activeflows"
MOMENT = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")
PLACE = {"id": START, "next_id": NIL, "type": ""}
MESSAGE = {
    "id": "605f5650-ba92-4dcd-bdac-91fcf6260939",
    "next_id": NIL,
    "type": "message_send",
    "option": {
        "text": "hello, this is test message.",
        "source": {"type": "tel", "target": "+15559876543"},
        "destinations": [{"type": "tel", "target": "+31616818985"}],
    },
}
CONFERENCE = {
    "type": "conference_join",
    "option": {"conference_id": "367e0e7a-3a8c-11eb-bb08-f3c3f059cfbe"},
}
GREETING = [
    {"id": "a1", "next_id": "a2", "type": "answer"},
    {
        "id": "a2",
        "next_id": "",
        "type": "variable_set",
        "option": {"key": "greeting", "value": "Hello ${customer_name}"},
    },
    {"id": "a3", "type": "block"},
]


@pytest.fixture(scope="module")
def api(server):
    with Voipbin(server) as client:
        yield client


@pytest.fixture
def empty(operator):
    """A client of a project that holds nothing."""
    with Voipbin(operator.other_project("ENVIRONMENT_SANDBOX")) as client:
        yield client


def drawn(body, *times):
    """A body with the times that the server took, and no others, made equal."""
    for name in times:
        assert MOMENT.fullmatch(body[name]), body
    return body | dict.fromkeys(times, "then")


# Flows.


def test_the_seeds_flow_is_made_and_drawn_to_the_letter(server, api):
    sent = {
        "name": "test flow for message sending",
        "detail": "test scenario for sending a test message.",
        "actions": [MESSAGE],
    }
    answer = api.post(FLOWS, json=sent)
    body = drawn(good(answer), "tm_create")
    assert answer.headers["x-flow-warnings"] == "0"
    assert uuid.UUID(body["id"])
    assert list(body.items()) == [
        ("id", body["id"]),
        ("customer_id", server.project_id),
        ("type", "flow"),
        ("name", "test flow for message sending"),
        ("detail", "test scenario for sending a test message."),
        ("actions", [MESSAGE]),
        ("on_complete_flow_id", NIL),
        ("tm_create", "then"),
        ("tm_update", NEVER),
        ("tm_delete", NEVER),
    ]
    assert list(body["actions"][0]) == ["id", "next_id", "type", "option"]
    assert good(api.get(f"{FLOWS}/{body['id']}")) == answer.json()


def test_a_flow_is_replaced_whole(server, api):
    other = api.flow()["id"]
    flow = api.flow(MESSAGE, name="old", detail="old", on_complete_flow_id=other.upper())
    assert flow["on_complete_flow_id"] == other
    path = f"{FLOWS}/{flow['id'].upper()}"
    sent = {
        "name": "test conference_join",
        "detail": "test flow for conference_join",
        "actions": [CONFERENCE],
    }
    answer = api.put(path, json=sent)
    body = good(answer)
    (action,) = body["actions"]
    assert answer.headers["x-flow-warnings"] == "0"
    assert uuid.UUID(action["id"]).version == 4
    assert drawn(body, "tm_create", "tm_update") == {
        "id": flow["id"],
        "customer_id": server.project_id,
        "type": "flow",
        **sent,
        "actions": [{"id": action["id"], "next_id": NIL, **CONFERENCE}],
        "on_complete_flow_id": NIL,
        "tm_create": "then",
        "tm_update": "then",
        "tm_delete": NEVER,
    }
    assert flow["tm_create"] == body["tm_create"] < body["tm_update"]
    emptied = good(api.put(path, json={}))
    assert (emptied["name"], emptied["detail"], emptied["actions"]) == ("", "", [])
    assert good(api.get(path)) == emptied


def test_a_flow_may_be_followed_by_itself(api):
    id = api.flow()["id"]
    assert good(api.put(f"{FLOWS}/{id}", json={"on_complete_flow_id": id}))["on_complete_flow_id"] == id


def test_a_replaced_flow_keeps_what_this_api_does_not_show(server, api):
    step = {"id": "s", "type": "UNKNOWN", "actions": [{"id": "x", "type": "say", "option": {"text": "?"}}]}
    id = server.create_flow(
        {
            "name": "n",
            "steps": [step],
            "properties": {"group": "g", "detail": "d"},
            "input_schema": {"type": "object"},
            "session_timeout": 60,
        }
    )
    assert good(api.get(f"{FLOWS}/{id}"))["detail"] == "d"
    answer = api.put(f"{FLOWS}/{id}", json={"name": "new", "actions": [{"type": "stop"}]})
    assert (good(answer)["detail"], answer.headers["x-flow-warnings"]) == ("", "0")
    with server.channel() as channel:
        stub = flow_pb2_grpc.FlowServiceStub(channel)
        flow = stub.GetFlow(flow_pb2.GetFlowRequest(id=id), metadata=server.metadata, timeout=10)
    assert (flow.name, [one.id for one in flow.steps]) == ("new", ["s"])
    assert (flow.properties_json, flow.input_schema_json) == ('{"group":"g"}', '{"type":"object"}')
    assert flow.session_timeout == 60


def test_a_deleted_flow_is_answered_as_it_was_last(api):
    flow = api.flow(MESSAGE)
    body = good(api.delete(f"{FLOWS}/{flow['id']}"))
    assert body == flow | dict.fromkeys(("tm_update", "tm_delete"), body["tm_delete"])
    assert MOMENT.fullmatch(body["tm_delete"])
    assert told(api.delete(f"{FLOWS}/{flow['id']}")) == (404, "FLOW_NOT_FOUND")
    assert flow["id"] not in api.get(FLOWS).text


def test_readable_ids_are_kept_and_missing_ones_are_made(api):
    given = ["main-greeting", None, "", NIL, START, "x" * 255, "x" * 256, "é b"]
    actions = [{"id": id, "type": "stop", "next_id": "main-greeting"} for id in given]
    stored = [action["id"] for action in api.flow(*actions)["actions"]]
    kept = [id for id, sent in zip(stored, given, strict=True) if id == sent]
    assert kept == ["main-greeting", "x" * 255, "é b"]
    made = [uuid.UUID(id) for id in stored if id not in kept]
    assert len(set(made)) == 5 and {id.version for id in made} == {4}


def test_numbers_and_the_order_of_options_are_kept(api):
    raw = b'{"actions":[{"type":"stop","option":{"z":7.0,"a":9223372036854775807,"b":{"y":1,"x":[]}}}]}'
    answer = api.post(FLOWS, content=raw)
    assert b'"option":{"z":7.0,"a":9223372036854775807,"b":{"y":1,"x":[]}}' in answer.content
    assert b'"option"' not in api.post(FLOWS, json={"actions": [{"type": "stop", "option": {}}]}).content


# Lists.


def test_the_newest_flows_come_first_page_by_page(empty):
    made = [empty.flow(name=str(n))["id"] for n in range(5)]
    seen, token = [], ""
    while True:
        page = good(empty.get(FLOWS, params={"page_size": 2, "page_token": token}))
        assert list(page) == ["result", "next_page_token"]
        seen += [flow["id"] for flow in page["result"]]
        token = page["next_page_token"]
        if not token:
            break
    assert seen == made[::-1]
    assert good(empty.get("/flows/")) == good(empty.get(FLOWS))


@pytest.mark.parametrize("path", [FLOWS, ACTIVEFLOWS])
def test_a_time_is_a_page_token_too(empty, path):
    make = empty.flow if path == FLOWS else empty.start
    made = [make() for _ in range(4)]
    newest = made[-1]["tm_create"]
    for text in (newest, newest.replace(" ", "T"), newest.replace(" ", "T") + "Z", newest.replace(" ", "+")):
        page = good(empty.get(path, params={"page_token": text, "page_size": 2}))
        assert [one["id"] for one in page["result"]] == [made[2]["id"], made[1]["id"]]
    following = good(empty.get(path, params={"page_token": page["next_page_token"], "page_size": 2}))
    assert ([one["id"] for one in following["result"]], following["next_page_token"]) == ([made[0]["id"]], "")
    assert (
        good(empty.get(f"{path}?page_token={newest.replace(' ', '+')}"))["result"][0]["id"] == made[2]["id"]
    )
    assert good(empty.get(path, params={"page_token": NEVER}))["result"][0]["id"] == made[3]["id"]


def test_a_list_is_read_with_the_key_in_the_query(server):
    for name in ("accesskey", "token"):
        answer = httpx.get(f"{server.http}{FLOWS}", params={"page_size": 1, name: server.api_key})
        assert len(good(answer)["result"]) <= 1


# Activeflows.


def test_a_run_is_started_read_continued_and_told(server, api):
    hook = "https://example.com/hook"
    variables = {"customer_name": "Jane"}
    answer = api.post(ACTIVEFLOWS, json={"actions": GREETING, "variables": variables, "webhook_uri": hook})
    started = good(answer)
    assert answer.headers["x-flow-warnings"] == "0"
    assert list(drawn(started, "tm_create").items()) == [
        ("id", started["id"]),
        ("customer_id", server.project_id),
        ("flow_id", NIL),
        ("status", "running"),
        ("reference_type", "api"),
        ("reference_id", NIL),
        ("reference_activeflow_id", NIL),
        ("on_complete_flow_id", NIL),
        ("webhook_uri", hook),
        ("webhook_method", "POST"),
        ("current_action", PLACE),
        ("forward_action_id", NIL),
        ("executed_actions", []),
        ("execute_count", 0),
        ("tm_create", "then"),
        ("tm_update", NEVER),
        ("tm_delete", NEVER),
    ]
    waiting = api.rest(started["id"])
    assert waiting["execute_count"] == 3
    assert MOMENT.fullmatch(waiting["tm_update"])
    assert drawn(waiting["current_action"], "tm_execute") == {
        "id": "a3",
        "next_id": NIL,
        "type": "block",
        "tm_execute": "then",
    }
    start, *left = waiting["executed_actions"]
    assert start == PLACE
    assert [list(drawn(one, "tm_execute").items()) for one in left] == [
        [
            ("id", "a1"),
            ("next_id", "a2"),
            ("type", "answer"),
            ("tm_execute", "then"),
            ("outcome", "skipped"),
            ("message", "no chat"),
        ],
        [
            ("id", "a2"),
            ("next_id", NIL),
            ("type", "variable_set"),
            ("option", {"key": "greeting", "value": "Hello Jane"}),
            ("tm_execute", "then"),
            ("outcome", "done"),
        ],
    ]
    body = {"current_action_id": "a3", "variables": {"answer": "yes"}}
    assert good(api.post(f"{ACTIVEFLOWS}/{started['id']}/continue", json=body))["id"] == started["id"]
    over = api.until(started["id"], ended)
    assert (over["end_reason"], over["current_action"]) == ("completed", PLACE | {"id": FINISH})
    assert [one["id"] for one in over["executed_actions"]] == [START, "a1", "a2", "a3"]
    assert over["executed_actions"][-1]["outcome"] == "done"
    assert over["execute_count"] == 3
    told_variables = api.variables(started["id"])
    assert list(told_variables) == sorted(told_variables)
    assert told_variables == {
        "answer": "yes",
        "customer_name": "Jane",
        "greeting": "Hello Jane",
        "voipbin.activeflow.complete_count": "0",
        "voipbin.activeflow.flow_id": NIL,
        "voipbin.activeflow.id": started["id"],
        "voipbin.activeflow.reference_activeflow_id": NIL,
        "voipbin.activeflow.reference_id": NIL,
        "voipbin.activeflow.reference_type": "api",
    }
    assert told(api.post(f"{ACTIVEFLOWS}/{started['id']}/continue")) == (409, "ACTIVEFLOW_ALREADY_STOPPED")


def test_a_jump_to_nowhere_ends_a_run_in_an_error(api):
    answer = api.post(
        ACTIVEFLOWS, json={"actions": [{"id": "g", "type": "goto", "option": {"target_id": "nowhere"}}]}
    )
    assert answer.headers["x-flow-warnings"] == "1"
    run = api.until(good(answer)["id"], ended)
    assert run["end_reason"] == "error"
    sentence = 'no action "nowhere"'
    assert run["error"] == {"reason": "TARGET_NOT_FOUND", "message": sentence, "action_id": "g"}
    current = run["current_action"]
    assert (current["id"], current["outcome"], current["message"]) == ("g", "failed", sentence)
    assert run["executed_actions"] == [PLACE]


def test_a_run_is_stopped_where_it_is_and_stays_so(api):
    run = api.play({"id": "b", "type": "block"})
    stopped = good(api.post(f"{ACTIVEFLOWS}/{run['id']}/stop"))
    assert (stopped["status"], stopped["end_reason"]) == ("ended", "stopped")
    assert stopped["current_action"] == run["current_action"]
    assert stopped["executed_actions"] == [PLACE]
    assert good(api.post(f"{ACTIVEFLOWS}/{run['id']}/stop")) == stopped
    assert api.look(run["id"]) == stopped


@pytest.mark.parametrize("verb", ["continue", "execute"])
def test_a_run_goes_on_once_from_each_wait(api, verb):
    run = api.play({"id": "1", "type": "block"}, {"id": "2", "type": "block"})
    path = f"/activeflows/{run['id']}/{verb}"
    good(api.post(path, json={"current_action_id": "1"}))
    again = api.post(path, json={"current_action_id": "1"})
    assert told(again) == (409, "FLOW_STATE_INVALID")
    assert api.until(run["id"], lambda seen: seen["current_action"]["id"] == "2")["status"] == "running"
    good(api.post(path))
    assert api.until(run["id"], ended)["end_reason"] == "completed"


def test_a_run_that_is_deleted_is_stopped_first(api):
    run = api.play({"id": "b", "type": "block"})
    body = good(api.delete(f"{ACTIVEFLOWS}/{run['id']}"))
    assert (body["status"], body["end_reason"]) == ("ended", "deleted")
    assert body["current_action"] == run["current_action"]
    assert body["tm_delete"] == body["tm_update"] != NEVER
    assert told(api.get(f"{ACTIVEFLOWS}/{run['id']}")) == (404, "ACTIVEFLOW_NOT_FOUND")
    assert run["id"] not in api.get(ACTIVEFLOWS).text


def test_a_run_of_a_flow_stays_on_what_it_began_with(api):
    flow = api.flow({"id": "1", "type": "block"}, {"id": "2", "type": "stop"})
    run = api.play(flow_id=flow["id"].upper(), actions=[{"type": "nonsense"}])
    assert run["flow_id"] == flow["id"]
    good(api.put(f"{FLOWS}/{flow['id']}", json={}))
    good(api.delete(f"{FLOWS}/{flow['id']}"))
    good(api.post(f"{ACTIVEFLOWS}/{run['id']}/continue"))
    over = api.until(run["id"], ended)
    assert (over["end_reason"], over["execute_count"]) == ("stop_action", 2)
    assert api.variables(run["id"])["voipbin.activeflow.flow_id"] == flow["id"]


def test_a_run_of_nothing_ends_at_once(api):
    for body in ({}, {"actions": []}, {"flow_id": NIL}, {"flow_id": ""}):
        run = api.until(good(api.post(ACTIVEFLOWS, json=body))["id"], ended)
        assert (run["end_reason"], run["executed_actions"], run["execute_count"]) == ("completed", [PLACE], 0)


def test_a_run_is_followed_by_the_flow_after_it(empty):
    after = empty.flow({"type": "variable_set", "option": {"key": "seen", "value": "${name}"}})
    first = empty.flow({"type": "stop"}, on_complete_flow_id=after["id"])
    run = empty.until(empty.start(flow_id=first["id"], variables={"name": "Jane"})["id"], ended)
    assert run["on_complete_flow_id"] == after["id"]

    def children(page):
        return [one for one in page["result"] if one["reference_activeflow_id"] == run["id"]]

    listed = [run]
    for _ in range(200):
        listed = children(good(empty.get(ACTIVEFLOWS)))
        if listed and ended(listed[0]):
            break
    (child,) = listed
    assert child["flow_id"] == after["id"]
    found = empty.variables(child["id"])
    assert (found["seen"], found["voipbin.activeflow.complete_count"]) == ("Jane", "1")
    assert found["voipbin.activeflow.reference_activeflow_id"] == run["id"]


# The description.


def test_every_route_is_described_with_its_parameters_bodies_and_errors(server):
    described = httpx.get(f"{server.http}/openapi.json").json()
    ours = {
        path: methods
        for path, methods in described["paths"].items()
        if re.match(r"/(v1\.0/)?(flows|activeflows)\b", path)
    }
    routes = {f"{method.upper()} {path}" for path, methods in ours.items() for method in methods}
    expected = [
        "GET /flows",
        "POST /flows",
        "GET /flows/{flow_id}",
        "PUT /flows/{flow_id}",
        "DELETE /flows/{flow_id}",
        "GET /activeflows",
        "POST /activeflows",
        "GET /activeflows/{activeflow_id}",
        "DELETE /activeflows/{activeflow_id}",
        "POST /activeflows/{activeflow_id}/stop",
        "POST /activeflows/{activeflow_id}/continue",
        "POST /activeflows/{activeflow_id}/execute",
        "GET /activeflows/{activeflow_id}/variables",
    ]
    prefixed = {route.replace(" /", " /v1.0/", 1) for route in expected}
    assert routes >= {*expected, *prefixed}
    for route in prefixed:
        method, path = route.split(" ")
        one = described["paths"][path][method.lower()]
        assert {"200", "400", "401", "403", "429", "500", "503"} <= set(one["responses"]), route
        assert ("404" in one["responses"]) or path.endswith("flows"), route
        assert ("requestBody" in one) is (method == "PUT" or (method == "POST" and "stop" not in path)), route
        assert one["responses"]["400"]["content"]["application/json"]["schema"], route
        assert len(one["security"]) == 4, route
    listing = described["paths"]["/v1.0/activeflows"]["get"]
    assert [one["name"] for one in listing["parameters"]] == ["page_size", "page_token", "reference_id"]
    making = described["paths"]["/v1.0/flows"]["post"]
    assert [one["name"] for one in making["parameters"]] == ["Idempotency-Key"]
    assert "X-Flow-Warnings" in making["responses"]["200"]["headers"]
