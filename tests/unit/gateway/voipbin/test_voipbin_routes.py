import io
import json

import grpc
import pytest
import structlog

from flowgen_core.pb.v1.flow_pb2 import Flow, ListFlowsResponse, Problem, ValidateFlowResponse
from flowgen_core.pb.v1.options_pb2 import SCOPE_READ
from flowgen_core.pb.v1.plugin_pb2 import ActionType, ListActionTypesResponse
from flowgen_core.pb.v1.project_pb2 import Caller
from flowgen_core.pb.v1.run_pb2 import RUN_STATE_COMPLETED, Run
from flowgen_gateway.dialects.voipbin.type_names import TYPES

ID = "5f0b1c9e-7a64-4e0f-8a55-0a1d0f3e9b21"
NIL = "00000000-0000-0000-0000-000000000000"


def reason(answer):
    return answer.status_code, answer.json()["error"]["reason"]


def brought(*names, distribution="flowgen-survey"):
    kinds = [ActionType(name=name, distribution=distribution) for name in names]
    return ListActionTypesResponse(action_types=kinds)


async def test_a_flow_reaches_the_core_leniently_with_its_detail_as_a_property(api, core):
    body = {"name": "n", "detail": "d", "actions": [{"id": "a", "type": "talk", "option": {"text": "x"}}]}
    await api.post("/flows", json=body, headers={"Idempotency-Key": "k"})
    (asked,) = core.asked("CreateFlow")
    assert (asked.lenient, asked.request_id) == (True, "k")
    assert (asked.flow.name, asked.flow.properties_json) == ("n", '{"detail":"d"}')
    assert asked.flow.actions[0].option_json == '{"text":"x"}'


async def test_only_the_known_problems_are_counted_each_once_a_place(api, core):
    problems = [
        Problem(code="DANGLING_TARGET", path="actions[0].next_id"),
        Problem(code="UNKNOWN_OPTION", path="actions[0].option.a"),
        Problem(code="UNKNOWN_OPTION", path="actions[0].option.a"),
        Problem(code="UNSET_VARIABLE", path="actions[0].option.b"),
        Problem(code="LOOP_WITHOUT_WAIT", path="actions[0]"),
    ]
    core.answers["ValidateFlow"] = ValidateFlowResponse(problems=problems)
    answer = await api.post("/flows", json={"actions": [{"type": "talk"}]})
    assert answer.headers["x-flow-warnings"] == "2"


async def test_ids_and_references_that_are_none_are_warnings_of_this_api(api):
    ids = ["9c30642a-f05e-11ef-8674-ebba44c5cb0f2", "00000000-0000-0000-0000-000000000002", "x" * 256, "a"]
    body = {"actions": [{"id": id, "type": "talk"} for id in ids], "on_complete_flow_id": "survey"}
    assert (await api.post("/flows", json=body)).headers["x-flow-warnings"] == "4"


async def test_a_flow_without_actions_is_not_checked_by_the_core(api, core):
    answer = await api.post("/flows", json={})
    assert answer.headers["x-flow-warnings"] == "0"
    assert core.asked("ValidateFlow") == []


async def test_all_types_of_the_service_are_taken_without_a_question(api, core):
    answer = await api.post("/flows", json={"actions": [{"type": name} for name in sorted(TYPES)]})
    assert answer.status_code == 200
    assert core.asked("ListActionTypes") == []


async def test_types_that_plugins_of_others_bring_are_taken_and_asked_for_once(api, core):
    core.answers["ListActionTypes"] = brought("survey")
    for _ in range(3):
        assert (await api.post("/flows", json={"actions": [{"type": "survey"}]})).status_code == 200
    assert len(core.asked("ListActionTypes")) == 1


async def test_types_of_other_apis_are_refused(api, core):
    core.answers["ListActionTypes"] = brought("ask", distribution="flowgen-server")
    answer = await api.post("/flows", json={"actions": [{"type": "ask"}]})
    assert reason(answer) == (400, "INVALID_ACTION_TYPE")


async def test_a_repeated_request_without_ids_is_the_same_request(api, core):
    for _ in range(2):
        body = {"actions": [{"type": "talk"}]}
        await api.post("/activeflows", json=body, headers={"Idempotency-Key": "k"})
    first, second = core.asked("StartRun")
    assert first == second


async def test_a_put_keeps_what_this_api_does_not_show(api, core):
    core.answers["GetFlow"] = Flow(id=ID, etag="7", properties_json='{"group":"g","detail":"old"}')
    await api.put(f"/flows/{ID}", json={"detail": "new"})
    (asked,) = core.asked("UpdateFlow")
    assert list(asked.update_mask.paths) == ["name", "actions", "properties_json", "on_complete_flow_id"]
    assert json.loads(asked.flow.properties_json) == {"group": "g", "detail": "new"}
    assert (asked.flow.id, asked.flow.etag, asked.lenient) == (ID, "7", True)


async def test_the_last_writer_of_a_flow_wins(api, core):
    core.answers["UpdateFlow"] = [grpc.StatusCode.ABORTED, grpc.StatusCode.ABORTED, Flow(id=ID)]
    assert (await api.put(f"/flows/{ID}", json={})).status_code == 200
    core.answers["UpdateFlow"] = grpc.StatusCode.ABORTED
    assert reason(await api.put(f"/flows/{ID}", json={})) == (409, "STATE_INVALID")


async def test_a_page_of_the_core_that_ends_early_is_filled_up(api, core):
    def page(request):
        rows = [Flow(name=request.page_token or "0") for _ in range(2)]
        return ListFlowsResponse(flows=rows, next_page_token=str(int(request.page_token or 0) + 1))

    core.answers["ListFlows"] = page
    answer = (await api.get("/flows?page_size=5")).json()
    assert [row["name"] for row in answer["result"]] == ["0", "0", "1", "1", "2", "2"]
    assert [asked.page_size for asked in core.asked("ListFlows")] == [5, 3, 1]


async def test_a_run_begins_with_all_that_was_asked_for(api, core):
    body = {
        "id": ID.upper(),
        "flow_id": ID,
        "actions": [{"type": "nonsense"}],
        "variables": {"a": "1"},
        "webhook_uri": "https://example.com/hook",
        "reference_type": "conversation",
        "reference_id": ID.upper(),
    }
    answer = await api.post("/activeflows", json=body)
    (asked,) = core.asked("StartRun")
    assert (asked.id, asked.flow_id, asked.chat_id, asked.HasField("flow")) == (ID, ID, ID, False)
    assert (asked.webhook_uri, asked.webhook_method) == ("https://example.com/hook", "POST")
    assert (asked.variables_json, asked.lenient) == ('{"a":"1"}', True)
    assert "x-flow-warnings" not in answer.headers


async def test_without_a_flow_an_empty_one_is_run(api, core):
    body = {"id": "mine", "flow_id": NIL, "reference_type": "call", "webhook_method": "PUT"}
    answer = await api.post("/activeflows", json=body)
    (asked,) = core.asked("StartRun")
    assert (asked.HasField("flow"), asked.id, asked.chat_id, asked.webhook_method) == (True, "", "", "")
    assert "x-flow-warnings" not in answer.headers


@pytest.mark.parametrize("reference", [None, "", NIL, "x"])
async def test_a_conversation_without_an_id_is_looked_for_and_not_found(api, core, reference):
    await api.post("/activeflows", json={"reference_type": "conversation", "reference_id": reference})
    assert core.asked("StartRun")[0].chat_id == NIL


async def test_a_new_run_is_told_as_accepted(api, core):
    core.answers["StartRun"] = Run(state=RUN_STATE_COMPLETED, move_count=3, end_reason="completed")
    body = (await api.post("/activeflows", json={})).json()
    assert (body["status"], body["execute_count"]) == ("running", 0)


@pytest.mark.parametrize("verb", ["continue", "execute"])
async def test_a_run_goes_on_with_and_without_a_body(api, core, verb):
    await api.post(f"/v1.0/activeflows/{ID}/{verb}")
    body = {"current_action_id": "a", "variables": {"voipbin.x": "1", "b": "2"}}
    await api.post(f"/activeflows/{ID}/{verb}", json=body, headers={"Idempotency-Key": "k"})
    bare, full = core.asked("ContinueRun")
    assert (bare.id, bare.expected_action_id, bare.variables_json) == (ID, "", "{}")
    assert (full.expected_action_id, full.variables_json, full.request_id) == ("a", '{"b":"2"}', "k")


async def test_runs_are_listed_by_chat(api, core):
    await api.get(f"/activeflows?reference_id={ID.upper()}")
    assert core.asked("ListRuns")[0].chat_id == ID
    assert reason(await api.get("/activeflows?reference_id=x")) == (400, "INVALID_REQUEST_PARAMETER")


async def test_the_customer_of_a_credential_is_asked_for_once(api, core):
    for _ in range(3):
        answer = await api.get(f"/flows/{ID}")
    await api.get(f"/flows/{ID}", headers={"Authorization": "Bearer other"})
    assert len(core.asked("GetCaller")) == 2
    assert answer.json()["customer_id"].startswith("5e4a0680")


async def test_a_scope_is_judged_before_what_a_question_found(api, core):
    core.answers["GetCaller"] = Caller(scopes=[SCOPE_READ])
    core.answers["GetFlow"] = grpc.StatusCode.NOT_FOUND
    assert reason(await api.put(f"/flows/{ID}", json={})) == (403, "PERMISSION_DENIED")
    assert reason(await api.post("/flows", json={"actions": [{"type": "x"}]})) == (403, "PERMISSION_DENIED")
    assert reason(await api.get(f"/flows/{ID}")) == (404, "RESOURCE_NOT_FOUND")


async def test_a_credential_that_may_only_write_makes_and_replaces_flows(api, core):
    core.answers["ValidateFlow"] = core.answers["GetFlow"] = grpc.StatusCode.PERMISSION_DENIED
    stored = Flow(id=ID, etag="7", properties_json='{"group":"g"}')
    core.answers["UpdateFlow"] = lambda asked: asked.flow if asked.flow.etag else stored
    body = {"detail": "d", "actions": [{"type": "talk"}]}
    made, replaced = await api.post("/flows", json=body), await api.put(f"/flows/{ID}", json=body)
    assert [answer.status_code for answer in (made, replaced)] == [200, 200]
    assert "x-flow-warnings" not in made.headers
    asking, writing = core.asked("UpdateFlow")
    assert list(asking.update_mask.paths) == []
    assert writing.flow.properties_json == '{"group":"g","detail":"d"}'


@pytest.mark.parametrize(
    ("headers", "query", "found"),
    [
        ({"Authorization": "Bearer a", "X-API-KEY": "b"}, "?accesskey=c&token=d", "a"),
        ({"Authorization": "Basic a", "X-API-KEY": "b"}, "?accesskey=c&token=d", "b"),
        ({"Authorization": "Bearer "}, "?token=d&accesskey=c", "c"),
        ({"Authorization": ""}, "?token=d", "d"),
    ],
)
async def test_the_first_credential_that_is_found_is_passed_on(api, core, headers, query, found):
    assert (await api.get(f"/flows/{ID}{query}", headers=headers)).status_code == 200
    assert set(core.credentials) == {f"Bearer {found}"}


@pytest.mark.parametrize("name", ["accesskey", "token"])
async def test_a_credential_in_the_query_never_comes_into_the_log(api, name):
    with structlog.testing.capture_logs() as lines:
        await api.get(f"/flows?{name}=canary", headers={"Authorization": ""})
    told = io.StringIO()
    json.dump(lines, told, default=str)
    assert "http_request" in told.getvalue()
    assert "canary" not in told.getvalue()


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, 401),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 429),
        (grpc.StatusCode.INTERNAL, 500),
        (grpc.StatusCode.UNAVAILABLE, 503),
        (grpc.StatusCode.DEADLINE_EXCEEDED, 503),
    ],
)
async def test_what_the_core_cannot_do_is_told_without_its_words(api, core, code, status):
    core.answers["GetFlow"] = code
    answer = await api.get(f"/flows/{ID}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert "something internal" not in answer.text
    assert ("retry-after" in answer.headers) == (status in (429, 503))
    assert answer.json()["error"]["request_id"] == answer.headers["x-request-id"]
