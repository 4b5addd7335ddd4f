import json
import uuid

import httpx
import pytest

from flowgen_core.pb.v1 import chat_pb2, chat_pb2_grpc
from tests.support.botdojo import ASKER, GREETER, NOBODY, STRICT, Api, error_of, paths, slow
from tests.support.flowgen_chats import Api as Chats
from tests.support.flowgen_chats import delete_flow, say

UNAUTHENTICATED = {"code": "UNAUTHENTICATED", "message": "The API key is invalid or missing.", "details": {}}
NO_PROJECT = {"code": "PROJECT_NOT_FOUND", "message": "Account or project not found.", "details": {}}
NO_FLOW = {"code": "FLOW_NOT_FOUND", "message": "Flow not found.", "details": {}}
INVALID = "The request is not valid."
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def api(server):
    with Api(server) as client:
        yield client


@pytest.fixture(scope="module")
def strict(server):
    return server.create_flow(STRICT)


@pytest.fixture(scope="module")
def greeter(server):
    return server.create_flow(GREETER)


def run(api, flow, content, **headers):
    sent = content if isinstance(content, bytes) else json.dumps(content).encode()
    return api.post(f"{api.base}/flows/{flow}/run", content=sent, headers=headers)


def no_session(session):
    text = f"error loading session: {session} does not exist; leave flow_session_id out to begin a new one."
    return {"code": "CHAT_NOT_FOUND", "message": text, "details": {"flow_session_id": session}}


# Credentials.


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "fg_test_nonsense"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer fg_test_nonsense"},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Authorization": "Ticket abc"},
        {"X-API-Key": "fg_test_nonsense"},
        {"X-API-Key": ""},
    ],
)
def test_without_a_valid_credential_everything_is_401(server, strict, headers):
    base = f"{server.http}/api/v1/accounts/x/projects/x"
    for method, path, body in [
        ("POST", f"/flows/{strict}/run", {"body": {}}),
        ("GET", "/flow_requests/x", None),
        ("GET", "/flow_requests/x/events", None),
        ("GET", "/eval_jobs/x", None),
        ("POST", "/flow_sessions/createSession", {"params": [strict]}),
        ("POST", "/flow_requests/loadByFlowSession", {"params": [strict, "x"]}),
    ]:
        answer = httpx.request(method, base + path, json=body, headers=headers)
        assert error_of(answer, 401) == UNAUTHENTICATED
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_bad_api_key_header_is_not_made_good_by_another_header(server, strict):
    with Api(server, **{"Authorization": server.api_key, "X-API-Key": "nonsense"}) as client:
        assert error_of(client.post_run(strict, {}), 401) == UNAUTHENTICATED


def test_a_deleted_key_is_401(server, strict):
    with Chats(server.http, server.api_key) as chats:
        key = chats.key("read", "write")
        chats.delete(f"/admin/api-keys/{key['id']}")
    with Api(server, Authorization=key["key"]) as client:
        assert error_of(client.post_run(strict, {}), 401) == UNAUTHENTICATED


def test_a_key_that_may_only_read_runs_nothing(server, strict):
    with Chats(server.http, server.api_key) as chats:
        key = chats.key("read")["key"]
    denied = {"code": "PERMISSION_DENIED", "message": "This key lacks the scope write.", "details": {}}
    with Api(server, Authorization=key) as client:
        assert error_of(client.post_run(strict, {}), 403) == denied
        assert error_of(client.post_run(NOBODY, {}), 403) == denied
        assert error_of(client.session(strict), 403) == denied
        assert error_of(client.get(f"{client.base}/flow_requests/x"), 404)["code"] == "RUN_NOT_FOUND"


def test_a_key_that_may_only_write_reads_nothing(server):
    with Chats(server.http, server.api_key) as chats:
        key = chats.key("write")["key"]
    denied = {"code": "PERMISSION_DENIED", "message": "This key lacks the scope read.", "details": {}}
    with Api(server, Authorization=key) as client:
        for path in ("flow_requests/x", "flow_requests/x/events", "eval_jobs/x"):
            assert error_of(client.get(f"{client.base}/{path}"), 403) == denied
        assert error_of(client.load(NOBODY, NOBODY), 403) == denied


# Paths.


def test_another_account_or_project_is_not_found(api, operator, strict):
    own = api.server.project_id
    for account, project in [
        (NOBODY, own),
        (own, NOBODY),
        ("x", own),
        (own, "x"),
        (operator.project_id, operator.project_id),
        ("%00", own),
        (own, "%F0%9F%98%80"),
    ]:
        path = f"/api/v1/accounts/{account}/projects/{project}/flows/{strict}/run"
        assert error_of(api.post(path, json={"body": {}}), 404) == NO_PROJECT


def test_a_flow_that_is_not_there_is_not_found(api, server, operator):
    deleted, foreign = server.create_flow(GREETER), operator.create_flow(GREETER)
    delete_flow(server, deleted)
    for flow in (NOBODY, "x", "%00", deleted, foreign):
        assert error_of(run(api, flow, {"body": {}}), 404) == NO_FLOW
    for flow in (NOBODY, "x", deleted, foreign):
        assert error_of(api.session(flow), 404) == NO_FLOW
        assert error_of(api.load(flow, NOBODY), 404) == NO_FLOW


def test_unknown_requests_and_jobs_are_not_found(api, greeter):
    done = api.run(greeter, {})
    for id in (NOBODY, "x", "%00", done["flow_session_id"]):
        assert error_of(api.get(f"{api.base}/flow_requests/{id}"), 404)["code"] == "RUN_NOT_FOUND"
        assert error_of(api.get(f"{api.base}/flow_requests/{id}/events"), 404)["code"] == "RUN_NOT_FOUND"
        assert error_of(api.get(f"{api.base}/eval_jobs/{id}"), 404)["code"] == "EVALUATION_JOB_NOT_FOUND"
    # A job is no flow request, and a flow request no job.
    assert error_of(api.get(f"{api.base}/eval_jobs/{done['id']}"), 404)["code"] == "EVALUATION_JOB_NOT_FOUND"
    job = f"{api.base}/flow_requests/{done['eval_job_id']}"
    assert error_of(api.get(job), 404)["code"] == "RUN_NOT_FOUND"


def test_a_path_that_is_not_there_is_not_found(api, strict):
    expected = {"code": "ROUTE_NOT_FOUND", "message": "Not found.", "details": {}}
    for path in (f"{api.base}/nothing", "/api/v1", "/api/v1/x", f"{api.base}/flows/{strict}"):
        assert error_of(api.get(path), 404) == expected
    assert error_of(httpx.get(f"{api.server.http}/api/v1/x"), 404) == expected


def test_a_method_that_a_path_has_not_names_those_that_it_has(api, strict):
    expected = {"code": "METHOD_NOT_ALLOWED", "message": "Method not allowed.", "details": {}}
    for method, path, allowed in [
        ("GET", f"flows/{strict}/run", "POST"),
        ("DELETE", "flow_requests/x", "GET"),
        ("POST", "flow_requests/x", "GET"),
        ("POST", "eval_jobs/x", "GET"),
        ("PUT", "flow_sessions/createSession", "POST"),
    ]:
        answer = api.request(method, f"{api.base}/{path}")
        assert (error_of(answer, 405), answer.headers["allow"]) == (expected, allowed)


# Bodies.


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"nonsense",
        b"[]",
        b'"x"',
        b"null",
        b"7",
        b'{"body":{"n":1e999}}',
        b'{"body":{"n":NaN}}',
        b'{"body":{"n":9223372036854775808}}',
        b'{"body":{"n":-9223372036854775809}}',
        b'{"body":{"text_input":"\xff"}}',
        b'{"body":' + b"[" * 32 + b"]" * 32 + b"}",
    ],
)
def test_a_body_that_is_no_json_object_is_refused_as_a_whole(api, strict, content):
    for path in (f"flows/{strict}/run", "flow_sessions/createSession", "flow_requests/loadByFlowSession"):
        answer = api.post(f"{api.base}/{path}", content=content)
        assert (paths(answer), answer.json()["error"]["message"]) == ([""], INVALID)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({}, ["body"]),
        ({"body": None}, ["body"]),
        ({"body": "Hello"}, ["body"]),
        ({"body": []}, ["body"]),
        ({"text_input": "Hello"}, ["body"]),
        ({"body": {}, "options": "none"}, ["options"]),
        ({"body": {}, "options": []}, ["options"]),
        ({"body": {}, "options": {"stream": "sse"}}, ["options.stream"]),
        ({"body": {}, "options": {"stream": "realtime"}}, ["options.stream"]),
        ({"body": {}, "options": {"stream": "job"}}, ["options.stream"]),
        ({"body": {}, "options": {"flow_session_id": 7}}, ["options.flow_session_id"]),
        ({"body": {}, "options": {"version": 1}}, ["options.version"]),
        ({"body": {}, "options": {"override": []}}, ["options.override"]),
        ({"body": {}, "options": {"override": {f"a.{n}": n for n in range(201)}}}, ["options.override"]),
        ({"body": {}, "options": {"evalOptions": 1}}, ["options.evalOptions"]),
        ({"body": {}, "options": {"evalOptions": {"runMode": "later"}}}, ["options.evalOptions.runMode"]),
        ({"body": {}, "options": {"evalOptions": {"runs": {}}}}, ["options.evalOptions.runs"]),
        (
            {"body": {}, "options": {"evalOptions": {"runs": [{"flowEvalId": "x"}] * 21}}},
            ["options.evalOptions.runs"],
        ),
        (
            {"body": {}, "options": {"evalOptions": {"runs": [{}, {"flowEvalId": 1}, 2]}}},
            [
                "options.evalOptions.runs[0].flowEvalId",
                "options.evalOptions.runs[1].flowEvalId",
                "options.evalOptions.runs[2]",
            ],
        ),
        (
            {
                "body": {},
                "options": {"evalOptions": {"runs": [{"flowEvalId": "x", "flowEvalExternalInput": 1}]}},
            },
            ["options.evalOptions.runs[0].flowEvalExternalInput"],
        ),
        (
            {"body": 1, "options": {"stream": 2, "version": 3, "flow_session_id": []}},
            ["body", "options.flow_session_id", "options.version", "options.stream"],
        ),
    ],
)
def test_all_wrong_fields_of_a_run_are_told_at_once(api, strict, content, expected):
    answer = run(api, strict, content)
    assert (paths(answer), answer.json()["error"]["message"]) == (expected, INVALID)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (["onFoo"], ["options.stream_events[0]"]),
        (["onLog", 5, "token", "nothing"], ["options.stream_events[1]", "options.stream_events[3]"]),
        ("onLog", ["options.stream_events"]),
        (1, ["options.stream_events"]),
    ],
)
def test_events_that_do_not_exist_are_refused_where_there_is_a_stream(api, greeter, events, expected):
    assert paths(api.post_run(greeter, {}, stream="http", stream_events=events)) == expected
    assert api.post_run(greeter, {}, stream="none", stream_events=events).status_code == 200


@pytest.mark.parametrize("text", [b"a\\u0000b", b"\\ud800", b"\\udc00x"])
def test_texts_that_cannot_be_kept_are_refused_where_they_are(api, strict, text):
    assert paths(run(api, strict, b'{"body":{"text_input":"' + text + b'"}}')) == ["body.text_input"]
    assert paths(run(api, strict, b'{"body":{"a":[1,{"b":"' + text + b'"}]}}')) == ["body.a[1].b"]


def test_a_body_that_is_too_large_is_413(api, strict):
    expected = {"code": "PAYLOAD_TOO_LARGE", "message": "The body is larger than 1 MiB.", "details": {}}
    answer = run(api, strict, b'{"body":{"text_input":"' + b"x" * 2 * MIB + b'"}}')
    assert error_of(answer, 413) == expected
    assert (
        error_of(httpx.post(f"{api.server.http}{api.base}/flows/x/run", content=b" " * 2 * MIB), 413)
        == expected
    )


def test_a_body_is_judged_before_the_credential(server, strict):
    path = f"{server.http}/api/v1/accounts/x/projects/x/flows/{strict}/run"
    assert paths(httpx.post(path, content=b"{}")) == ["body"]
    assert error_of(httpx.get(path), 405)["code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize(
    ("key", "problem"), [("", True), ("a b", True), ("x" * 256, True), ("x" * 255, False), ("!~", False)]
)
def test_an_idempotency_key_has_visible_characters(api, greeter, key, problem):
    answer = api.post_run(greeter, {}, {"Idempotency-Key": key})
    if problem:
        assert paths(answer) == ["Idempotency-Key"]
    else:
        assert answer.status_code == 200


# What the flow makes of it.


@pytest.mark.parametrize("body", [{}, {"txt": "Hi"}, {"text_input": 5}, {"text_input": None}])
def test_a_body_that_does_not_fit_the_flow_is_refused(api, strict, body):
    answer = run(api, strict, {"body": body})
    assert paths(answer, "INVALID_INPUT") == ["body.text_input"]
    assert answer.json()["error"]["message"] == "The body does not fit the flow's input schema."


def test_a_session_that_is_not_there_is_not_found(api, server, strict, greeter, operator):
    others = api.run(greeter, {})["flow_session_id"]
    foreign_flow = operator.create_flow(GREETER)
    with Api(operator) as client:
        foreign = client.run(foreign_flow, {})["flow_session_id"]
    with Chats(server.http, server.api_key) as chats:
        deleted = chats.chat(strict)["id"]
        chats.delete(f"/chats/{deleted}")
    for session in (NOBODY, "abc", "gone", others, foreign, deleted):
        answer = api.post_run(strict, {"text_input": "Hi"}, flow_session_id=session)
        assert error_of(answer, 404) == no_session(session)
        assert error_of(api.load(strict, session), 404) == no_session(session)


def test_what_is_missing_is_told_in_order(api, strict):
    gone = {"flow_session_id": "gone"}
    assert error_of(api.post_run(NOBODY, {}, **gone), 404) == NO_FLOW
    answer = api.post_run(strict, {}, version="9.9.9", **gone)
    assert error_of(answer, 404)["code"] == "RELEASE_NOT_FOUND"
    assert error_of(api.post_run(strict, {}, override={"nope": 1}, **gone), 404) == no_session("gone")
    answer = api.post_run(strict, {}, override={"nope": 1}, version="9.9.9")
    assert error_of(answer, 404)["code"] == "RELEASE_NOT_FOUND"


@pytest.mark.parametrize("version", ["9.9.9", "x" * 65, "1", "é"])
def test_a_release_that_is_not_there_is_not_found(api, greeter, version):
    expected = {"code": "RELEASE_NOT_FOUND", "message": f"Release {version} not found.", "details": {}}
    assert error_of(api.post_run(greeter, {}, version=version), 404) == expected


@pytest.fixture(scope="module")
def titled(server):
    actions = [{**say("a"), "title": "twin"}, {**say("b"), "title": "twin"}, {**say("c"), "title": "one"}]
    return server.create_flow({"name": "T", "actions": actions})


@pytest.mark.parametrize(
    "key", ["nope.temperature", "temperature", "one.temperature", "twin.text", "", ".", "one."]
)
def test_an_override_of_nothing_is_refused(api, titled, key):
    answer = api.post_run(titled, {}, override={key: 1, "one.text": "fine"})
    assert paths(answer, "INVALID_OVERRIDE") == [f"options.override.{key}"]
    assert answer.json()["error"]["message"] == "An override is not valid."


def test_an_override_of_the_wrong_type_is_refused(api, titled):
    answer = api.post_run(titled, {}, override={"one.text": 5, "two.text": "x"})
    assert paths(answer, "INVALID_OVERRIDE") == ["options.override.one.text", "options.override.two.text"]


def test_an_override_that_the_flow_does_not_list_is_refused(api, server):
    document = {"name": "T", "actions": [{**say("a"), "title": "one"}], "properties": {"overridable": []}}
    answer = api.post_run(server.create_flow(document), {}, override={"one.text": "x"})
    assert paths(answer, "INVALID_OVERRIDE") == ["options.override.one.text"]


def test_a_flow_that_is_no_evaluation_cannot_judge(api, greeter, strict):
    for wanted in (NOBODY, "x", strict):
        answer = api.post_run(greeter, {}, evalOptions={"runs": [{"flowEvalId": wanted}]})
        assert paths(answer, "NOT_AN_EVALUATION") == ["options.evalOptions.runs[0].flowEvalId"]
        assert answer.json()["error"]["message"] == "This flow is not marked as an evaluation."


def test_a_refused_request_stores_nothing(api, server, strict):
    with Chats(server.http, server.api_key) as chats:
        before = chats.get("/chats").json()
        api.post_run(strict, {})
        api.post_run(strict, {"text_input": "Hi"}, override={"nope": 1})
        api.post_run(strict, {"text_input": "Hi"}, evalOptions={"runs": [{"flowEvalId": "x"}]})
        assert chats.get("/chats").json() == before


# Sessions.


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ([], ["params[0]"]),
        ([7], ["params[0]"]),
        ([None], ["params[0]"]),
        (["x", 7], ["params[1]"]),
        (["x", {"a b": {}}], ["params[1].a b"]),
        (["x", {"1a": {}}], ["params[1].1a"]),
        (["x", {"a": 1}], ["params[1].a"]),
        (["x", {"a": {"variables": []}}], ["params[1].a.variables"]),
        (["x", {"a": {"variables": {"b.c": 1}}}], ["params[1].a.variables.b.c"]),
        (["x", {"a": {"variables": {"b": "x" * 65_536}}}], ["params"]),
    ],
)
def test_a_session_is_refused_where_it_is_wrong(api, params, expected):
    assert paths(api.session(*params)) == expected


@pytest.mark.parametrize("content", [b"{}", b'{"params":null}', b'{"params":{}}', b'{"params":"x"}'])
def test_a_resource_call_has_a_list_of_parameters(api, content):
    for path in ("flow_sessions/createSession", "flow_requests/loadByFlowSession"):
        assert paths(api.post(f"{api.base}/{path}", content=content)) == ["params"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ([], ["params[0]", "params[1]"]),
        (["x"], ["params[1]"]),
        (["x", 1], ["params[1]"]),
        ([None, "x"], ["params[0]"]),
    ],
)
def test_loading_a_session_needs_a_flow_and_a_session(api, params, expected):
    assert paths(api.load(*params)) == expected


# States.


def test_a_key_that_was_used_for_another_request_is_refused(api, server, greeter):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    other = server.create_flow(GREETER)
    assert api.post_run(greeter, {"text_input": "Hello"}, key).status_code == 200
    text = "This idempotency key was used for another request; use a new one."
    expected = {"code": "REQUEST_ID_REUSED", "message": text, "details": {}}
    assert error_of(api.post_run(greeter, {"text_input": "Bye"}, key), 409) == expected
    assert error_of(api.post_run(other, {"text_input": "Hello"}, key), 409) == expected
    assert error_of(api.session(greeter, headers=key), 409) == expected


def test_a_session_in_which_a_moderator_has_the_floor_takes_no_run(api, server):
    flow = server.create_flow(ASKER)
    session = api.run(flow, {})["flow_session_id"]
    with server.channel() as channel:
        request = chat_pb2.PauseChatRequest(chat=chat_pb2.ChatRef(id=session))
        chat_pb2_grpc.ChatServiceStub(channel).PauseChat(request, metadata=server.metadata, timeout=10)
    assert error_of(api.post_run(flow, {}, flow_session_id=session), 409)["code"] == "CHAT_PAUSED"


def test_a_session_has_at_most_a_hundred_requests_waiting(api, server):
    flow = server.create_flow({"name": "Slow", "actions": [slow(30)]})
    session = api.session(flow).json()["id"]
    options = {"stream": "http", "stream_events": False, "flow_session_id": session}
    sent = {"body": {"text_input": "x"}, "options": options}
    for _ in range(101):
        with api.stream("POST", f"{api.base}/flows/{flow}/run", json=sent) as answer:
            assert answer.status_code == 200
    answer = api.post_run(flow, {"text_input": "x"}, flow_session_id=session)
    assert error_of(answer, 429)["code"] == "CHAT_QUEUE_FULL"
    assert int(answer.headers["retry-after"]) > 0
    with Chats(server.http, server.api_key) as chats:
        chats.post(f"/chats/{session}/abort")
