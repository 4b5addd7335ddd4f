import re
import uuid

import pytest

from flowgen_core.pb.v1 import project_pb2, project_pb2_grpc
from tests.support.botdojo import (
    ASKER,
    GREETER,
    HELLO,
    POLITE,
    Api,
    error_of,
    finish,
    release,
    slow,
)
from tests.support.flowgen_chats import LOOPER, SLEEPER, ask, delete_flow, say, until
from tests.support.flowgen_chats import Api as Chats
from tests.support.servers import serve

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(scope="module")
def api(server):
    with Api(server) as client:
        yield client


@pytest.fixture(scope="module")
def greeter(server):
    return server.create_flow(GREETER)


@pytest.fixture(scope="module")
def asker(server):
    return server.create_flow(ASKER)


@pytest.fixture(scope="module")
def other(operator):
    """A project of its own, whose evaluations judge no other test's runs."""
    with Api(operator.other_project("ENVIRONMENT_SANDBOX")) as client:
        yield client


# The flow request object.


def test_a_run_answers_the_whole_flow_request(api, server, greeter):
    answer = api.run(greeter, {"text_input": "Hello"}, stream="none")
    run, session, owner = answer["id"], answer["flow_session_id"], answer["owner_uid"]
    for moment in ("startTime", "endTime", "created", "modified"):
        assert MOMENT.fullmatch(answer[moment])
    for id in (run, session, owner, answer["flow_history_id"], answer["aiMessage"]["id"]):
        assert str(uuid.UUID(id)) == id
    assert answer == {
        "tags": [],
        "startTime": answer["startTime"],
        "id": run,
        "flow_id": greeter,
        "flow_session_id": session,
        "body": {"text_input": "Hello"},
        "requestParams": {"stream": "none"},
        "override": {},
        "status": "complete",
        "top_request_id": run,
        "runOptions": {},
        "userMessage": {
            "id": answer["userMessage"]["id"],
            "date": answer["startTime"],
            "role": "user",
            "content": "Hello",
        },
        "flow_history_id": answer["flow_history_id"],
        "version": "0.0.0",
        "response": {"text": HELLO, "text_output": HELLO},
        "aiMessage": {
            "id": answer["aiMessage"]["id"],
            "date": answer["aiMessage"]["date"],
            "role": "assistant",
            "steps": [],
            "content": HELLO,
        },
        "eval_job_id": answer["eval_job_id"],
        "endTime": answer["endTime"],
        "duration": answer["duration"],
        "created": answer["created"],
        "owner_uid": owner,
        "modified": answer["modified"],
        "account_id": server.project_id,
        "modified_uid": owner,
        "project_id": server.project_id,
        "waitingForInput": False,
    }


def test_a_flow_request_is_read_again_as_it_was_answered(api, greeter):
    answer = api.run(greeter, {"text_input": "Hello"}, evalOptions={"runMode": "skip"})
    assert api.read(answer["id"]) == answer


def test_ids_are_taken_in_any_case(api, greeter):
    answer = api.run(greeter.upper(), {"text_input": "Hello"}, evalOptions={"runMode": "skip"})
    assert api.read(answer["id"].upper()) == answer


def test_numbers_and_the_order_of_keys_come_back_as_they_were_sent(api, greeter):
    body = b'{"z":7.0,"a":7,"n":{"y":-9223372036854775808,"b":[1e3,null,true]},"m":9223372036854775807}'
    answer = api.post(f"{api.base}/flows/{greeter}/run", content=b'{"body":' + body + b"}")
    assert b'"body":' + body.replace(b"1e3", b"1000.0") in answer.content


def test_the_media_type_of_a_request_does_not_matter(api, greeter):
    path, headers = f"{api.base}/flows/{greeter}/run", {"Content-Type": "text/plain"}
    assert api.post(path, content=b'{"body":{}}', headers=headers).status_code == 200


def test_unknown_fields_are_ignored_and_null_is_as_good_as_absent(api, greeter):
    options = {
        "flow_session_id": None,
        "version": None,
        "stream": None,
        "stream_events": None,
        "override": None,
        "evalOptions": {"runMode": None, "runs": None, "more": 1},
        "more": [],
    }
    answer = api.post(f"{api.base}/flows/{greeter}/run", json={"body": {}, "options": options, "more": 1})
    assert api.of(answer)["runOptions"] == {"evalOptions": options["evalOptions"]}
    answer = api.post(f"{api.base}/flows/{greeter}/run", json={"body": {}, "options": None})
    assert api.of(answer)["runOptions"] == {}


def test_a_trailing_slash_is_the_same_path(api, greeter):
    answer = api.post(f"{api.base}/flows/{greeter}/run/", json={"body": {}}, follow_redirects=False)
    assert answer.status_code == 200


def test_the_duration_is_exactly_the_time_between_start_and_end(api, server):
    flow = server.create_flow({"name": "Slow", "actions": [slow(0.3)]})
    answer = api.run(flow, {"text_input": "Hello"})
    start, end = (int(answer[name][20:23]) for name in ("startTime", "endTime"))
    assert answer["duration"] % 1000 == (end - start) % 1000
    assert 300 <= answer["duration"] < 5000


# Texts.


def test_the_only_text_of_a_body_is_what_the_user_said(api, greeter):
    assert api.run(greeter, {"question": "Hello", "n": 1})["userMessage"]["content"] == "Hello"


def test_a_body_without_one_text_is_said_as_compact_json(api, greeter):
    assert api.run(greeter, {"a": "x", "b": "y"})["userMessage"]["content"] == '{"a":"x","b":"y"}'
    assert api.run(greeter, {})["userMessage"]["content"] == "{}"


def test_fields_of_the_body_are_variables(api, server):
    flow = server.create_flow({"name": "V", "actions": [say("${city} and ${text_input}")]})
    assert api.run(flow, {"text_input": "Hi", "city": "Ghent"})["aiMessage"]["content"] == "Ghent and Hi"


def test_several_messages_are_joined_by_lines(api, server):
    flow = server.create_flow({"name": "Two", "actions": [say("One"), say("Two")]})
    answer = api.run(flow, {})
    assert (answer["aiMessage"]["content"], answer["response"]["text"]) == ("One\nTwo", "One\nTwo")


def test_what_a_flow_ends_with_is_the_response(api, server):
    flow = server.create_flow({"name": "Out", "actions": [say("Done."), finish(score=7.0, text_output="7")]})
    answer = api.run(flow, {})
    assert answer["response"] == {"score": 7.0, "text_output": "7"}
    assert answer["aiMessage"]["content"] == "Done."


def test_a_flow_that_says_nothing_speaks_by_its_output(api, server):
    flow = server.create_flow({"name": "Out", "actions": [finish(n=1, reason="polite")]})
    answer = api.run(flow, {})
    assert answer["response"] == {"n": 1, "reason": "polite"}
    assert answer["aiMessage"]["content"] == "polite"


def test_an_output_schema_names_the_text(api, server):
    schema = {"type": "object", "properties": {"answer": {"type": "string"}, "n": {"type": "integer"}}}
    flow = server.create_flow({**GREETER, "output_schema": schema})
    assert api.run(flow, {})["response"] == {"answer": HELLO}


def test_an_output_that_does_not_fit_is_an_error_of_the_run(api, server):
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    flow = server.create_flow({"name": "Out", "output_schema": schema, "actions": [finish(n="x")]})
    answer = api.run(flow, {})
    assert (answer["status"], answer["error"]["code"], answer["response"]) == ("error", "INVALID_OUTPUT", {})


# Sessions.


def test_requests_of_one_session_share_its_history(api, server, greeter):
    first = api.run(greeter, {"text_input": "Hello"})
    second = api.run(greeter, {"question": "Hello"}, flow_session_id=first["flow_session_id"])
    assert second["flow_session_id"] == first["flow_session_id"]
    assert second["id"] == second["top_request_id"] != first["id"]
    with Chats(server.http, server.api_key) as chats:
        told = chats.history(first["flow_session_id"])
    assert [(each["type"], each["content"]) for each in told] == [("user", "Hello"), ("assistant", HELLO)] * 2
    assert [each["id"] for each in told[:2]] == [first["userMessage"]["id"], first["aiMessage"]["id"]]


def test_an_empty_session_id_begins_a_new_session(api, greeter):
    sessions = {api.run(greeter, {}, flow_session_id=id)["flow_session_id"] for id in ("", None, "")}
    assert len(sessions) == 3


def test_a_flow_that_asks_goes_on_with_the_next_request(api, asker):
    first = api.run(asker, {"text_input": "Hello"})
    asked = "Hi!\nWhat is your name?"
    assert (first["status"], first["waitingForInput"]) == ("complete", True)
    assert first["response"] == {"text": asked, "text_output": asked}
    assert first["aiMessage"]["content"] == asked
    second = api.run(asker, {"text_input": "Ann"}, flow_session_id=first["flow_session_id"])
    assert second["id"] != first["id"]
    assert (second["status"], second["waitingForInput"]) == ("complete", False)
    assert second["aiMessage"]["content"] == "Nice to meet you, Ann."
    kept = api.read(first["id"])
    assert {**kept, "modified": first["modified"]} == first


def test_a_request_that_goes_on_keeps_the_revision_and_its_overrides(api, server):
    document = {**ASKER, "actions": [{**action, "id": f"a{n}"} for n, action in enumerate(ASKER["actions"])]}
    flow = server.create_flow(document)
    first = api.run(flow, {"text_input": "Hello"}, override={"a0.text": "Hey!"})
    options = {"version": "9.9.9", "override": {"a2.text": "Bye, ${name}."}}
    second = api.run(flow, {"text_input": "Ann"}, flow_session_id=first["flow_session_id"], **options)
    assert second["flow_history_id"] == first["flow_history_id"]
    assert second["override"] == {"a0.text": "Hey!", "a2.text": "Bye, ${name}."}
    assert second["aiMessage"]["content"] == "Bye, Ann."


def test_a_flow_that_listens_waits_for_input(api, server):
    step = {"type": "UNKNOWN", "actions": [say("What?")]}
    flow = server.create_flow({"name": "Steps", "actions": [say("Welcome.")], "steps": [step]})
    first = api.run(flow, {"text_input": "Hello"})
    assert first["waitingForInput"] is True
    second = api.run(flow, {"text_input": "Hm"}, flow_session_id=first["flow_session_id"])
    assert (second["aiMessage"]["content"], second["waitingForInput"]) == ("What?", True)


def test_a_session_that_another_api_made_is_a_session(api, server, greeter):
    with Chats(server.http, server.api_key) as chats:
        chat = chats.chat(greeter)["id"]
        chats.say(chat, "Before")
        assert api.run(greeter, {"text_input": "Hello"}, flow_session_id=chat)["flow_session_id"] == chat
    first, second = api.load(greeter, chat).json()
    assert (first["userMessage"]["content"], second["userMessage"]["content"]) == ("Before", "Hello")
    assert (first["requestParams"], first["runOptions"]) == ({"stream": "none"}, {})
    assert first["aiMessage"]["content"] == HELLO


def test_requests_of_a_busy_session_wait_their_turn(api, server):
    flow = server.create_flow({"name": "Slow", "actions": [slow(0.5), say("${text_input}")]})
    session = api.session(flow).json()["id"]
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    with api.streamed(flow, {"text_input": "one"}, headers, flow_session_id=session) as told:
        next(told)
        second = api.run(flow, {"text_input": "two"}, flow_session_id=session)
    assert second["aiMessage"]["content"] == "done\ntwo"
    assert [each["status"] for each in api.load(flow, session).json()] == ["complete", "complete"]


def test_create_session_gives_variables_to_the_flow(api, server):
    flow = server.create_flow({"name": "V", "actions": [say("${Visitor.user_name} ${Visitor.tags}")]})
    state = {"Visitor": {"variables": {"user_name": "Ann", "tags": {"a": 1}}}}
    made = api.session(flow, state).json()
    assert made == {
        "id": made["id"],
        "flow_session_id": made["id"],
        "flow_id": flow,
        "state": state,
        "created": made["created"],
        "modified": made["modified"],
        "owner_uid": made["owner_uid"],
        "modified_uid": made["owner_uid"],
        "account_id": api.server.project_id,
        "project_id": api.server.project_id,
    }
    assert MOMENT.fullmatch(made["created"])
    said = api.run(flow, {"text_input": "Hi"}, flow_session_id=made["id"])["aiMessage"]["content"]
    assert said == 'Ann {"a":1}'


@pytest.mark.parametrize(
    "params", [(), ({},), (None,), ({"Visitor": {}},), ({"Visitor": {"variables": None}},)]
)
def test_a_session_needs_no_variables(api, greeter, params):
    answer = api.session(greeter, *params)
    assert answer.status_code == 200
    assert answer.json()["state"] == (params[0] if params and params[0] else {})


def test_a_session_is_made_once_for_an_idempotency_key(api, greeter):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    first, second = (api.session(greeter, headers=headers) for _ in range(2))
    assert second.json() == first.json()
    assert (first.headers.get("idempotency-replayed"), second.headers["idempotency-replayed"]) == (
        None,
        "true",
    )


def test_load_by_flow_session_lists_the_oldest_first(api, greeter):
    first = api.run(greeter, {"text_input": "One"}, evalOptions={"runMode": "skip"})
    session = first["flow_session_id"]
    second = api.run(greeter, {"text_input": "Two"}, flow_session_id=session, evalOptions={"runMode": "skip"})
    assert api.load(greeter, session).json() == [first, second]


def test_load_by_flow_session_of_an_unused_session_is_empty(api, greeter):
    assert api.load(greeter, api.session(greeter).json()["id"]).json() == []


# Versions and overrides.


@pytest.fixture(scope="module")
def titled(server):
    flow = server.create_flow({"name": "T", "actions": [{**say("Hello!"), "title": "greeter"}]})
    release(server, flow, "1.0.0")
    return flow


def test_a_release_runs_with_an_override_by_title(api, titled):
    options = {"version": "1.0.0", "override": {"greeter.text": "Good day!"}}
    answer = api.run(titled, {}, **options)
    assert answer["version"] == "1.0.0"
    assert answer["override"] == {"greeter.text": "Good day!"}
    assert answer["runOptions"] == {"version": "1.0.0"}
    assert answer["aiMessage"]["content"] == "Good day!"


@pytest.mark.parametrize(("asked", "version"), [(None, "1.0.0"), ("latest", "0.0.0"), ("0.0.0", "0.0.0")])
def test_without_a_version_the_newest_release_runs(api, titled, asked, version):
    assert api.run(titled, {}, version=asked)["version"] == version


def test_a_flow_names_its_default_version(api, server):
    flow = server.create_flow({**GREETER, "properties": {"default_version": "1.0.0"}})
    release(server, flow, "1.0.0")
    release(server, flow, "2.0.0")
    assert api.run(flow, {})["version"] == "1.0.0"


def test_a_flow_has_overrides_of_its_own(api, server):
    actions = [{**say("Hello!"), "title": "node_0"}, {**say("Bye!"), "title": "node_1"}]
    own = {"node_0.text": "Hey!", "node_1.text": "Ciao!"}
    flow = server.create_flow({"name": "O", "actions": actions, "properties": {"override": own}})
    answer = api.run(flow, {}, override={"node_1.text": "Adieu!"})
    assert answer["aiMessage"]["content"] == "Hey!\nAdieu!"
    assert answer["override"] == {"node_0.text": "Hey!", "node_1.text": "Adieu!"}


# Errors of runs.


def test_a_flow_whose_action_fails_is_answered_with_its_error(api, server):
    flow = server.create_flow({"name": "Fails", "actions": [say("So far."), {"type": "raise"}]})
    answer = api.run(flow, {"text_input": "Hello"})
    assert (answer["status"], answer["response"], answer["waitingForInput"]) == ("error", {}, False)
    assert answer["error"]["code"] in ("ACTION_FAILED", "INTERNAL")
    assert set(answer["error"]) == {"code", "message"}
    assert "hunter2" not in str(answer)
    assert answer["aiMessage"]["content"] == "So far."
    assert api.read(answer["id"])["error"] == answer["error"]


def test_a_flow_without_an_end_exceeds_a_limit(api, server):
    answer = api.run(server.create_flow(LOOPER), {})
    assert (answer["status"], answer["error"]["code"]) == ("error", "LIMIT_EXCEEDED")


def test_a_request_that_is_stopped_from_elsewhere_is_an_error(api, server):
    flow = server.create_flow(SLEEPER)
    session = api.session(flow).json()["id"]
    with api.streamed(flow, {"text_input": "Hello"}, flow_session_id=session) as told:
        request = next(told)["id"].split(".")[0]
        until(lambda: api.read(request)["aiMessage"]["content"])
        assert api.read(request)["status"] == "running"
        assert (api.read(request)["endTime"], api.read(request)["duration"]) == (None, None)
        with Chats(server.http, server.api_key) as chats:
            chats.post(f"/chats/{session}/abort")
        assert [frame["event"] for frame in told][-1] == "onError"
    answer = api.read(request)
    assert (answer["status"], answer["error"]["code"]) == ("error", "STOPPED")


def test_a_run_that_takes_too_long_goes_on_and_can_be_read_later(quick):
    flow = quick.server.create_flow({"name": "Slow", "actions": [say("Wait."), ask("?", "x"), slow(2.5)]})
    first = quick.run(flow, {})
    answer = quick.post_run(flow, {"text_input": "go"}, flow_session_id=first["flow_session_id"])
    error = error_of(answer, 504)
    assert error["code"] == "DEADLINE_EXCEEDED"
    assert answer.headers["retry-after"] == "1"
    assert error["details"]["flow_session_id"] == first["flow_session_id"]
    assert quick.read(error["details"]["id"])["status"] in ("pending", "running")
    assert until(lambda: quick.read(error["details"]["id"])["status"] == "complete")
    assert quick.read(error["details"]["id"])["aiMessage"]["content"] == "done"


@pytest.fixture
def quick(tmp_path):
    with (
        serve(tmp_path / "data", "--demo", env={"FLOWGEN_HTTP_RUN_WAIT": "1"}) as server,
        Api(server) as client,
    ):
        yield client


# Evaluations.


def evaluation(api, mark=POLITE, actions=None, **more):
    actions = actions or [finish(**{"pass": True, "reason": "polite"})]
    document = {"name": "E", "actions": actions, "properties": {"evaluation": mark}, **more}
    return api.server.create_flow(document)


def test_evaluations_that_are_waited_for_are_in_the_answer_and_in_their_job(other):
    judged = other.server.create_flow(GREETER)
    judge = evaluation(other, {**POLITE, "flow_ids": [judged]})
    answer = other.run(judged, {"text_input": "Hello"}, evalOptions={"runMode": "block"})
    (result,) = answer["evaluations"]
    assert result == {
        "flowEvalId": judge,
        "name": "Polite",
        "variable": "polite",
        "flow_request_id": result["flow_request_id"],
        "status": "complete",
        "pass": True,
        "reason": "polite",
        "type": "pass/fail",
        "value": None,
    }
    job = other.job(answer["eval_job_id"])
    assert job == {
        "id": answer["eval_job_id"],
        "flow_id": judged,
        "flow_request_id": answer["id"],
        "flow_session_id": answer["flow_session_id"],
        "runMode": "block",
        "status": "complete",
        "results": [result],
        "created": job["created"],
        "modified": job["modified"],
        "account_id": other.server.project_id,
        "project_id": other.server.project_id,
    }
    part = other.read(result["flow_request_id"])
    assert (part["flow_id"], part["top_request_id"], part["flow_session_id"]) == (judge, answer["id"], "")
    assert part["body"] == {
        "input": {"text_input": "Hello"},
        "output": answer["response"],
        "user_message": "Hello",
        "ai_message": HELLO,
        "duration": part["body"]["duration"],
        "external": {},
    }


def test_evaluations_are_not_waited_for_unless_asked(other):
    judged = other.server.create_flow(GREETER)
    evaluation(other, {**POLITE, "flow_ids": [judged]})
    answer = other.run(judged, {"text_input": "Hello"})
    assert "evaluations" not in answer
    done = until(lambda: (job := other.job(answer["eval_job_id"]))["status"] == "complete" and job)
    assert (done["runMode"], [each["pass"] for each in done["results"]]) == ("async", [True])


def test_a_job_without_evaluations_is_complete(other):
    answer = other.run(other.server.create_flow(GREETER), {}, evalOptions={"runs": []})
    done = until(lambda: (job := other.job(answer["eval_job_id"]))["status"] == "complete" and job)
    assert done["results"] == []


def test_skipped_evaluations_have_no_job(other):
    answer = other.run(other.server.create_flow(GREETER), {}, evalOptions={"runMode": "skip"})
    assert answer["eval_job_id"] is None
    assert "evaluations" not in answer


def test_named_evaluations_run_with_what_they_are_given(other):
    mark = {"name": "M", "variable": "m", "type": "metric", "auto_run": False, "flow_ids": []}
    judge = evaluation(other, mark, [finish(**{"pass": None, "value": 0.5})])
    wanted = {"runMode": "block", "runs": [{"flowEvalId": judge, "flowEvalExternalInput": {"a": 1.0}}]}
    answer = other.run(other.server.create_flow(GREETER), {}, evalOptions=wanted)
    (result,) = answer["evaluations"]
    assert (result["status"], result["pass"], result["type"], result["value"]) == (
        "complete",
        None,
        "metric",
        0.5,
    )
    assert other.read(result["flow_request_id"])["body"]["external"] == {"a": 1.0}
    assert answer["runOptions"] == {"evalOptions": wanted}


def test_an_evaluation_that_fails_changes_nothing(other):
    judge = evaluation(other, {**POLITE, "auto_run": False}, [{"type": "raise"}])
    wanted = {"runMode": "block", "runs": [{"flowEvalId": judge}]}
    answer = other.run(other.server.create_flow(GREETER), {}, evalOptions=wanted)
    (result,) = answer["evaluations"]
    assert (answer["status"], result["status"], result["pass"]) == ("complete", "error", None)
    assert result["reason"]


# Idempotency.


def test_a_repeated_request_runs_once(api, greeter):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    skip = {"evalOptions": {"runMode": "skip"}}
    first, second = (api.post_run(greeter, {"text_input": "Hello"}, headers, **skip) for _ in range(2))
    assert first.json() == second.json()
    assert (first.headers.get("idempotency-replayed"), second.headers["idempotency-replayed"]) == (
        None,
        "true",
    )
    assert len(api.load(greeter, first.json()["flow_session_id"]).json()) == 1


# Paths and credentials.


def test_the_account_of_a_project_stands_for_it_in_every_place(api, server, greeter):
    project = project_pb2.Project(account_id="acme")
    with server.channel() as channel:
        stub = project_pb2_grpc.ProjectServiceStub(channel)
        stub.UpdateProject(
            project_pb2.UpdateProjectRequest(project=project), metadata=server.metadata, timeout=10
        )
        try:
            for account in ("acme", server.project_id):
                for place in ("acme", server.project_id, server.project_id.upper()):
                    path = f"/api/v1/accounts/{account}/projects/{place}/flows/{greeter}/run"
                    answer = api.of(api.post(path, json={"body": {}}))
                    assert (answer["account_id"], answer["project_id"]) == ("acme", server.project_id)
        finally:
            wanted = project_pb2.UpdateProjectRequest(update_mask={"paths": ["account_id"]})
            stub.UpdateProject(wanted, metadata=server.metadata, timeout=10)


@pytest.mark.parametrize(
    "write",
    [
        lambda key: {"Authorization": key},
        lambda key: {"Authorization": f"bEaReR   {key}"},
        lambda key: {"X-API-Key": key},
        lambda key: {"X-API-Key": key, "Authorization": "Bearer nonsense"},
    ],
    ids=["bare", "bearer", "x-api-key", "x-api-key first"],
)
def test_credentials_come_in_several_forms(server, greeter, write):
    with Api(server, **write(server.api_key)) as client:
        assert client.post_run(greeter, {}).status_code == 200


def test_a_request_of_a_deleted_flow_stays_readable(api, server):
    flow = server.create_flow(GREETER)
    answer = api.run(flow, {"text_input": "Hello"}, evalOptions={"runMode": "skip"})
    delete_flow(server, flow)
    assert api.read(answer["id"])["response"] == answer["response"]


def test_the_documentation_names_every_route(api):
    document = api.get("/openapi.json").json()
    base = "/api/v1/accounts/{account_id}/projects/{project_id}"
    mine = {
        path.removeprefix(base): list(methods) for path, methods in document["paths"].items() if base in path
    }
    assert mine == {
        "/flows/{flow_id}/run": ["post"],
        "/flow_requests/loadByFlowSession": ["post"],
        "/flow_requests/{request_id}": ["get"],
        "/flow_requests/{request_id}/events": ["get"],
        "/eval_jobs/{job_id}": ["get"],
        "/flow_sessions/createSession": ["post"],
    }
    run = document["paths"][base + "/flows/{flow_id}/run"]["post"]
    places = {(each["in"], each["name"]) for each in run["parameters"]}
    assert {("path", "flow_id"), ("header", "Idempotency-Key"), ("header", "Last-Event-ID")} <= places
    assert set(run["responses"]) >= {
        "200",
        "400",
        "401",
        "403",
        "404",
        "409",
        "413",
        "429",
        "500",
        "503",
        "504",
    }
    assert set(run["responses"]["200"]["content"]) == {"application/json", "text/event-stream"}
