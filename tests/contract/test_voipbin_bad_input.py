import json
import uuid

import httpx
import pytest

from flowgen_core.pb.v1 import project_pb2, project_pb2_grpc
from flowgen_core.pb.v1.options_pb2 import Scope
from tests.support.voipbin import NIL, NOBODY, Voipbin, ended, good, refusal, told

FLOWS, ACTIVEFLOWS = "/v1.0/flows", "/v1.0/activeflows"
MIB = 2**20
BLOCK = {"id": "b", "type": "block"}
BAD_BODY = (400, "INVALID_ARGUMENT", "INVALID_JSON_BODY")
NO_FLOW = (404, "NOT_FOUND", "FLOW_NOT_FOUND", {"message": "The flow was not found."})


@pytest.fixture(scope="module")
def api(server):
    with Voipbin(server) as client:
        yield client


@pytest.fixture(scope="module")
def key_with(server):
    """Makes API keys with these scopes only."""

    def make(*scopes):
        numbers = [Scope.Value(f"SCOPE_{scope}") for scope in scopes]
        asked = project_pb2.CreateApiKeyRequest(api_key=project_pb2.ApiKey(name="x", scopes=numbers))
        with server.channel() as channel:
            stub = project_pb2_grpc.ProjectServiceStub(channel)
            return stub.CreateApiKey(asked, metadata=server.metadata, timeout=10).key

    return make


def message(answer):
    return refusal(answer)[3]["message"]


# Credentials.


def test_a_call_without_a_credential_is_told_that_it_needs_one(server):
    answer = httpx.get(server.http + FLOWS)
    facts = (401, "UNAUTHENTICATED", "AUTHENTICATION_REQUIRED", {"message": "Authentication is required."})
    assert refusal(answer) == facts
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, "?accesskey=nope"),
        ({}, "?token=nope"),
        ({"X-API-KEY": "nope"}, ""),
        ({"Authorization": "Bearer nope"}, ""),
        ({"Authorization": "Bearer é".encode()}, ""),
    ],
)
def test_a_credential_that_is_not_valid_is_refused_wherever_it_stands(server, headers, query):
    assert told(httpx.get(server.http + FLOWS + query, headers=headers)) == (401, "INVALID_CREDENTIALS")


def test_the_first_credential_that_is_found_counts_even_if_it_is_bad(server):
    headers = {"Authorization": "Bearer nope", "X-API-KEY": server.api_key}
    assert told(httpx.get(server.http + FLOWS, headers=headers)) == (401, "INVALID_CREDENTIALS")
    headers = {"Authorization": "Basic nope", "X-API-KEY": server.api_key}
    assert httpx.get(server.http + FLOWS, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", FLOWS, b"{"),
        ("POST", FLOWS, b"x" * (2 * MIB + 1)),
        ("POST", FLOWS, b'{"actions":[{"type":"foo"}]}'),
        ("POST", ACTIVEFLOWS, b'{"flow_id":"x"}'),
        ("GET", f"{FLOWS}/abc", b""),
        ("PUT", f"{FLOWS}/abc", b"{}"),
        ("GET", f"{FLOWS}?page_size=ten", b""),
        ("POST", f"{ACTIVEFLOWS}/{NOBODY}/continue", b"["),
    ],
)
def test_the_credential_is_judged_before_everything_else(server, method, path, body):
    assert told(httpx.request(method, server.http + path, content=body))[0] == 401


def test_a_key_that_may_only_read_writes_nothing(server, api, key_with):
    flow = api.flow()
    with Voipbin(server, key_with("READ")) as reader:
        one = f"{FLOWS}/{flow['id']}"
        for method, path, body in [
            ("POST", FLOWS, {}),
            ("POST", FLOWS, {"actions": [{"type": "foo"}]}),
            ("PUT", one, {}),
            ("PUT", f"{FLOWS}/{NOBODY}", {}),
            ("PUT", f"{FLOWS}/x", {}),
            ("DELETE", one, None),
            ("POST", ACTIVEFLOWS, {}),
            ("POST", f"{ACTIVEFLOWS}/{NOBODY}/stop", None),
        ]:
            assert told(reader.request(method, path, json=body)) == (403, "PERMISSION_DENIED"), (method, path)
        assert reader.get(one).status_code == 200
    assert good(api.get(one)) == flow


def test_a_key_that_may_only_write_reads_nothing_but_writes(server, api, key_with):
    with Voipbin(server, key_with("WRITE")) as writer:
        assert told(writer.get(FLOWS)) == (403, "PERMISSION_DENIED")
        assert message(writer.get(FLOWS)) == "The credential needs the scope read."
        made = writer.flow({"type": "goto", "option": {"target_id": "x", "loop_count": 1}}, detail="d")
        assert writer.put(f"{FLOWS}/{made['id']}", json={"detail": "e"}).json()["detail"] == "e"
        assert writer.delete(f"{FLOWS}/{made['id']}").status_code == 200
    assert told(api.get(f"{FLOWS}/{made['id']}")) == (404, "FLOW_NOT_FOUND")


# Bodies.


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"null",
        b'{"name":NaN}',
        b'{"name":1e999}',
        b'{"name":"\\u0000"}',
        b'{"name":"\\ud800"}',
        b'{"x":9223372036854775808}',
        b'{"x":-9223372036854775809}',
        b'{"name":"\xff"}',
        b'{"x":' + b"[" * 64 + b"]" * 64 + b"}",
    ],
)
def test_a_body_that_is_no_json_object_is_refused(api, body):
    for path in (FLOWS, ACTIVEFLOWS):
        answer = api.post(path, content=body)
        assert refusal(answer)[:3] == BAD_BODY
        assert message(answer) == "The request body is not valid JSON."


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": 5}, "name"),
        ({"detail": []}, "detail"),
        ({"actions": {}}, "actions"),
        ({"actions": ["talk"]}, "actions[0]"),
        ({"actions": [{"type": "talk"}, {"type": "talk", "option": "x"}]}, "actions[1].option"),
        ({"actions": [{"type": "talk", "id": 7}]}, "actions[0].id"),
        ({"actions": [{"type": "talk", "next_id": 7}]}, "actions[0].next_id"),
        ({"actions": [{"type": True}]}, "actions[0].type"),
        ({"on_complete_flow_id": 7}, "on_complete_flow_id"),
    ],
)
def test_a_field_of_another_json_type_is_refused_where_it_stands(api, body, field):
    *facts, rest = refusal(api.post(FLOWS, json=body))
    assert tuple(facts) == BAD_BODY
    assert [detail["field"] for detail in rest["details"]] == [field]


def test_a_body_is_json_whatever_its_type_says(api):
    answer = api.post(FLOWS, content=b'{"name":"n"}', headers={"Content-Type": "text/plain"})
    assert good(answer)["name"] == "n"


def test_a_flow_may_be_empty_and_have_fields_that_nobody_knows(api):
    for body in ({}, {"name": None, "actions": None}, {"type": "x", "tm_create": 1, "unknown": {"a": []}}):
        flow = good(api.post(FLOWS, json=body))
        assert (flow["name"], flow["detail"], flow["actions"], flow["type"]) == ("", "", [], "flow")


def test_a_flow_that_is_too_large_is_refused(api):
    option = {"text": "x" * (MIB * 6 // 10)}
    body = {"actions": [{"type": "goto", "option": option}] * 2}
    assert refusal(api.post(FLOWS, json=body))[:3] == (413, "INVALID_ARGUMENT", "REQUEST_TOO_LARGE")
    body = {"actions": [{"type": "goto", "option": {"text": "x" * (MIB * 12 // 10)}}]}
    assert told(api.post(FLOWS, json=body)) == (413, "REQUEST_TOO_LARGE")
    assert told(api.post(FLOWS, content=b" " * (2 * MIB + 1))) == (413, "REQUEST_TOO_LARGE")


def test_a_name_that_is_too_long_is_refused(api):
    answer = api.post(FLOWS, json={"name": "x" * 256})
    assert told(answer) == (400, "INVALID_ARGUMENT")
    assert refusal(answer)[3]["details"][0]["field"] == "name"
    assert api.post(FLOWS, json={"name": "é" * 255}).status_code == 200


# Actions.


@pytest.mark.parametrize(
    ("type", "shown"),
    [
        ("agent_call", "agent_call"),
        ("chatbot_talk", "chatbot_talk"),
        ("hangup_relay", "hangup_relay"),
        ("empty", "empty"),
        ("ai", "ai"),
        ("wait", "wait"),
        ("Talk", "Talk"),
        ("ask", "ask"),
        ("say", "say"),
        ("", ""),
        (None, ""),
        ("x" * 300, "x" * 254 + "…"),
    ],
)
def test_a_type_that_is_none_is_refused_and_nothing_is_stored(api, type, shown):
    name = str(uuid.uuid4())
    answer = api.post(FLOWS, json={"name": name, "actions": [{"type": "goto"}, {"type": type}]})
    sentence = f"not supported action type: {shown}"
    details = [{"field": "actions[1].type", "description": sentence}]
    expected = (400, "INVALID_ARGUMENT", "INVALID_ACTION_TYPE", {"message": sentence, "details": details})
    assert refusal(answer) == expected
    assert name not in api.get(FLOWS).text
    assert told(api.post(ACTIVEFLOWS, json={"actions": [{"type": type}]})) == (400, "INVALID_ACTION_TYPE")


def test_every_type_that_is_none_is_told_in_one_answer(api):
    body = {"actions": [{"type": "agent_call"}, {"type": "goto"}, {}]}
    facts = refusal(api.post(FLOWS, json=body))[3]
    assert facts["message"] == "not supported action type: agent_call"
    assert [detail["field"] for detail in facts["details"]] == ["actions[0].type", "actions[2].type"]


def test_a_put_checks_types_too_and_changes_nothing(api):
    flow = api.flow({"type": "goto"}, name="before")
    answer = api.put(f"{FLOWS}/{flow['id']}", json={"name": "after", "actions": [{"type": "ai"}]})
    assert told(answer) == (400, "INVALID_ACTION_TYPE")
    assert good(api.get(f"{FLOWS}/{flow['id']}")) == flow


@pytest.mark.parametrize(
    ("type", "value", "shown"),
    [("connect", "maybe", "maybe"), ("call", "Yes", "Yes"), ("call", True, "true")],
)
def test_a_caller_who_hides_in_an_unknown_way_is_refused(api, type, value, shown):
    body = {"actions": [{"type": type, "option": {"anonymous": value}}]}
    status, _, reason, facts = refusal(api.post(FLOWS, json=body))
    assert (status, reason) == (400, "INVALID_ANONYMOUS_VALUE")
    assert facts["message"] == f"invalid anonymous value for {type} action: {shown}"


def test_types_are_judged_before_how_a_caller_hides_and_that_before_other_flows(api):
    connect = {"type": "connect", "option": {"anonymous": "maybe"}}
    body = {"actions": [connect, {"type": "x"}], "on_complete_flow_id": NOBODY}
    assert told(api.post(FLOWS, json=body)) == (400, "INVALID_ACTION_TYPE")
    body["actions"].pop()
    assert told(api.post(FLOWS, json=body)) == (400, "INVALID_ANONYMOUS_VALUE")


@pytest.mark.parametrize(
    "actions",
    [
        [{"type": "goto", "option": {"target_id": "nowhere", "loop_count": 1}}],
        [{"type": "digits_receive", "option": {"duration": "soon"}}],
        [{"id": "a", "type": "stop", "next_id": "b"}, {"id": "b", "type": "stop"}][:1],
        [{"id": "a", "type": "sleep", "option": {"duration": 1}}] * 2,
        [{"id": "9c30642a-f05e-11ef-8674-ebba44c5cb0f2", "type": "stop"}],
        [{"id": "00000000-0000-0000-0000-000000000002", "type": "stop"}],
        [{"type": "stop"}, {"type": "stop"}],
        [{"type": "sleep"}],
        [{"type": "sleep", "option": {"duration": 1, "colour": "red"}}],
        [{"type": "fetch_flow", "option": {"flow_id": NOBODY}}],
    ],
)
def test_what_is_doubtful_is_counted_and_taken(api, actions):
    answer = api.post(FLOWS, json={"actions": actions})
    assert good(answer) and answer.headers["x-flow-warnings"] == "1"
    answer = api.post(ACTIVEFLOWS, json={"actions": actions})
    assert good(answer) and answer.headers["x-flow-warnings"] == "1"


# Other flows.


def test_a_flow_after_it_must_be_there(api):
    assert refusal(api.post(FLOWS, json={"on_complete_flow_id": NOBODY}))[:3] == NO_FLOW[:3]
    answer = api.post(FLOWS, json={"on_complete_flow_id": "survey"})
    assert good(answer)["on_complete_flow_id"] == NIL
    assert answer.headers["x-flow-warnings"] == "1"
    answer = api.post(FLOWS, json={"on_complete_flow_id": NIL})
    assert (good(answer)["on_complete_flow_id"], answer.headers["x-flow-warnings"]) == (NIL, "0")


@pytest.mark.parametrize("id", ["abc", NIL, NOBODY + "0", "%20", "9c30642af05e11ef8674ebba44c5cb0f"])
def test_an_id_in_the_path_that_is_no_uuid_is_refused(api, id):
    facts = (400, "INVALID_ARGUMENT", "INVALID_ID", {"message": "The provided id is not a valid UUID."})
    for method, path, body in [
        ("GET", f"{FLOWS}/{id}", None),
        ("PUT", f"{FLOWS}/{id}", {}),
        ("DELETE", f"/flows/{id}", None),
        ("GET", f"{ACTIVEFLOWS}/{id}", None),
        ("GET", f"{ACTIVEFLOWS}/{id}/variables", None),
        ("POST", f"/activeflows/{id}/stop", None),
        ("POST", f"/activeflows/{id}/execute", {}),
    ]:
        assert refusal(api.request(method, path, json=body)) == facts


def test_what_is_unknown_foreign_or_deleted_is_answered_in_one_way(neighbour):
    mine, theirs = neighbour
    with Voipbin(mine) as api, Voipbin(theirs) as other:
        deleted = api.flow()["id"]
        good(api.delete(f"{FLOWS}/{deleted}"))
        for id in (NOBODY, other.flow()["id"], deleted):
            for method, body in [("GET", None), ("PUT", {}), ("DELETE", None)]:
                assert refusal(api.request(method, f"{FLOWS}/{id}", json=body)) == NO_FLOW
        assert refusal(api.post(ACTIVEFLOWS, json={"flow_id": other.flow()["id"]})) == NO_FLOW
        gone = api.start()["id"]
        good(api.delete(f"{ACTIVEFLOWS}/{gone}"))
        facts = (404, "NOT_FOUND", "ACTIVEFLOW_NOT_FOUND", {"message": "The activeflow was not found."})
        for id in (NOBODY, other.start()["id"], gone):
            for method, rest in [("GET", ""), ("DELETE", ""), ("POST", "/stop"), ("POST", "/continue")]:
                assert refusal(api.request(method, f"{ACTIVEFLOWS}/{id}{rest}")) == facts


# Lists and routes.


@pytest.mark.parametrize("path", [FLOWS, ACTIVEFLOWS])
def test_a_page_that_is_none_is_refused(api, path):
    for name, value in [("page_size", "ten"), ("page_token", "???"), ("page_token", "2022-13-01 00:00:00")]:
        answer = api.get(path, params={name: value})
        sentence = f'The parameter "{name}" has an invalid format.'
        expected = (400, "INVALID_ARGUMENT", "INVALID_REQUEST_PARAMETER", {"message": sentence})
        assert refusal(answer) == expected
    for size in ("0", "5000", "-1"):
        assert api.get(path, params={"page_size": size}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", f"{FLOWS}/{NOBODY}"),
        ("PUT", FLOWS),
        ("GET", "/v1.0/nothing"),
        ("GET", "/v1.0"),
        ("GET", f"/flows/{NOBODY}/actions"),
        ("POST", f"/activeflows/{NOBODY}"),
        ("PUT", f"/activeflows/{NOBODY}/stop"),
        ("OPTIONS", "/activeflows"),
    ],
)
def test_a_route_that_there_is_not_is_told_to_anybody(server, method, path):
    answer = httpx.request(method, server.http + path)
    facts = (404, "NOT_FOUND", "ROUTE_NOT_FOUND", {"message": "The route was not found."})
    assert refusal(answer) == facts


# Activeflows.


@pytest.mark.parametrize(
    "body",
    [
        {"variables": {"n": 1}},
        {"variables": []},
        {"variables": {"n": ["x"]}},
        {"id": 5},
        {"flow_id": 5},
        {"webhook_uri": 5},
        {"reference_type": 5},
        {"actions": "x"},
    ],
)
def test_a_field_of_a_new_activeflow_of_another_json_type_is_refused(api, body):
    assert refusal(api.post(ACTIVEFLOWS, json=body))[:3] == BAD_BODY


@pytest.mark.parametrize(
    ("body", "reason", "sentence"),
    [
        (
            {"variables": {str(n): "" for n in range(101)}},
            "INVALID_VARIABLES",
            "too many variables (max 100)",
        ),
        ({"variables": {"a": "x" * 65536}}, "INVALID_VARIABLES", "variables total size exceeds 64KB"),
        ({"variables": {"a": "x" * 32769}}, "INVALID_VARIABLES", "variable value exceeds 32KB"),
        (
            {"webhook_uri": "ftp://x"},
            "INVALID_WEBHOOK_URI",
            "webhook_uri must be a valid http or https URL",
        ),
        ({"webhook_uri": "http://"}, "INVALID_WEBHOOK_URI", "webhook_uri must be a valid http or https URL"),
        ({"webhook_uri": "x"}, "INVALID_WEBHOOK_URI", "webhook_uri must be a valid http or https URL"),
        (
            {"webhook_uri": "http://[x"},
            "INVALID_WEBHOOK_URI",
            "webhook_uri must be a valid http or https URL",
        ),
        (
            {"webhook_method": "PATCH"},
            "INVALID_WEBHOOK_METHOD",
            "webhook_method must be POST, GET, PUT or DELETE",
        ),
        ({"flow_id": "x"}, "INVALID_ID", "The provided id is not a valid UUID."),
    ],
)
def test_a_field_of_a_new_activeflow_that_is_wrong_is_refused_with_its_reason(api, body, reason, sentence):
    assert refusal(api.post(ACTIVEFLOWS, json=body)) == (
        400,
        "INVALID_ARGUMENT",
        reason,
        {"message": sentence},
    )


def test_the_fields_of_a_new_activeflow_are_judged_in_their_order(api):
    body = {
        "flow_id": "x",
        "actions": [{"type": "foo"}],
        "variables": {str(n): "" for n in range(101)},
        "webhook_uri": "x",
        "webhook_method": "x",
    }
    reasons = []
    for name in ("flow_id", "variables", "webhook_uri", "webhook_method", "actions"):
        reasons.append(told(api.post(ACTIVEFLOWS, json=body))[1].rpartition("_")[2])
        del body[name]
    assert reasons == ["ID", "VARIABLES", "URI", "METHOD", "TYPE"]


def test_variables_of_the_service_itself_are_dropped(api):
    run = api.start(variables={"VoipBin.x": "1", "a": "2", " b ": None, "": "3"})
    given = {name: value for name, value in api.variables(run["id"]).items() if "activeflow" not in name}
    assert given == {"a": "2", "b": ""}


def test_a_new_activeflow_of_what_is_not_there_is_refused(api):
    assert refusal(api.post(ACTIVEFLOWS, json={"flow_id": NOBODY})) == NO_FLOW
    facts = (404, "NOT_FOUND", "RESOURCE_NOT_FOUND", {"message": "The resource was not found."})
    for chat_id in (NOBODY, NIL, "x", "", None):
        body = {"reference_type": "conversation", "reference_id": chat_id}
        assert refusal(api.post(ACTIVEFLOWS, json=body)) == facts


def test_an_id_is_used_once(api):
    id = str(uuid.uuid4())
    assert api.start(id=id.upper())["id"] == id
    status, word, reason, _ = refusal(api.post(ACTIVEFLOWS, json={"id": id}))
    assert (status, word, reason) == (409, "ALREADY_EXISTS", "ACTIVEFLOW_ALREADY_EXISTS")
    assert uuid.UUID(api.start(id="mine")["id"])


def test_only_a_run_that_waits_to_be_continued_is_continued(api):
    sleeping = api.play({"id": "s", "type": "sleep", "option": {"duration": 60_000}})
    assert refusal(api.post(f"{ACTIVEFLOWS}/{sleeping['id']}/continue"))[:3] == (
        409,
        "FAILED_PRECONDITION",
        "FLOW_STATE_INVALID",
    )
    over = api.until(api.start()["id"], ended)
    assert refusal(api.post(f"{ACTIVEFLOWS}/{over['id']}/continue")) == (
        409,
        "FAILED_PRECONDITION",
        "ACTIVEFLOW_ALREADY_STOPPED",
        {"message": "The activeflow has already ended."},
    )
    waiting = api.play(BLOCK)
    path = f"{ACTIVEFLOWS}/{waiting['id']}/continue"
    for other in ("other", "x" * 300):
        assert told(api.post(path, json={"current_action_id": other})) == (409, "FLOW_STATE_INVALID")
    assert told(api.post(path, json={"variables": {"n": 1}})) == (400, "INVALID_JSON_BODY")
    assert told(api.post(path, content=b"[]")) == (400, "INVALID_JSON_BODY")
    assert api.look(waiting["id"])["status"] == "running"
    assert good(api.post(f"{ACTIVEFLOWS}/{sleeping['id']}/stop"))["end_reason"] == "stopped"


def test_an_activeflow_that_has_ended_is_not_stopped_again(api):
    over = api.until(api.start()["id"], ended)
    assert good(api.post(f"{ACTIVEFLOWS}/{over['id']}/stop")) == over


@pytest.mark.parametrize("key", ["", "a b", "x" * 256])
def test_an_idempotency_key_that_is_none_is_refused(api, key):
    answer = api.post(FLOWS, json={}, headers={"Idempotency-Key": key})
    assert told(answer) == (400, "INVALID_REQUEST_PARAMETER")


def test_an_idempotency_key_belongs_to_one_request(api):
    for path, body, other in [
        (FLOWS, {"actions": [{"type": "stop"}]}, {}),
        (ACTIVEFLOWS, {}, {"variables": {"a": "b"}}),
    ]:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        first = api.post(path, json=body, headers=headers)
        again = api.post(path, json=body, headers=headers)
        assert good(first)["id"] == good(again)["id"]
        assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (
            False,
            "true",
        )
        status, word, reason, _ = refusal(api.post(path, json=other, headers=headers))
        assert (status, word, reason) == (409, "ALREADY_EXISTS", "REQUEST_ID_REUSED")


def test_a_request_id_is_given_back_when_it_is_one(api):
    for sent, kept in [("mine_1-A", True), ("no blanks", False), ("x" * 65, False)]:
        answer = api.get(f"{FLOWS}/x", headers={"X-Request-Id": sent})
        told_id = json.loads(answer.text)["error"]["request_id"]
        assert told_id == answer.headers["x-request-id"]
        assert (told_id == sent) is kept
        assert kept or told_id.startswith("req_")
