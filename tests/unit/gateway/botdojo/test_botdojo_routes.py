import grpc
import orjson
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from flowgen_core.pb.v1.chat_pb2 import Chat, ListMessagesResponse, Message
from flowgen_core.pb.v1.common_pb2 import Token
from flowgen_core.pb.v1.flow_pb2 import Flow
from flowgen_core.pb.v1.options_pb2 import SCOPE_READ
from flowgen_core.pb.v1.project_pb2 import Caller, Project
from flowgen_core.pb.v1.run_pb2 import ListRunsResponse, Run, RunEvent
from tests.support.botdojo_core import BASE, CHAT, FLOW, PROJECT, RUN, finished

RUNS = f"{BASE}/flows/{FLOW}/run"


async def test_the_answer_is_put_together_from_the_run_its_flow_and_its_messages(api, core):
    schema = '{"properties":{"answer":{"type":"string"}}}'
    core.answers["GetFlow"] = Flow(output_schema_json=schema)
    newest_first = [
        Message(id="M9", run_id="later", author="AUTHOR_BOT", text="Later"),
        Message(id="M3", run_id=RUN, author="AUTHOR_BOT", text="Two"),
        Message(id="M2", run_id=RUN, author="AUTHOR_BOT", text="One"),
        Message(id="M1", run_id=RUN, author="AUTHOR_USER", text="Hello"),
    ]
    core.answers["ListMessages"] = ListMessagesResponse(messages=newest_first)
    answer = (await api.post(RUNS, json={"body": {}})).json()
    assert (answer["response"], answer["aiMessage"]["id"]) == ({"answer": "One\nTwo"}, "M3")
    assert (core.asked("StartRun")[0].wait.seconds, answer["account_id"]) == (7, "acme")


async def test_messages_are_read_back_to_the_beginning_of_the_run(api, core):
    def page(request):
        number = int(request.page_token or 9)
        time = Timestamp(seconds=number)
        row = Message(run_id=RUN, author="AUTHOR_BOT", text=str(number), create_time=time)
        return ListMessagesResponse(messages=[row], next_page_token=str(number - 1))

    core.answers["ListMessages"] = page
    core.answers["GetRun"] = finished(create_time=Timestamp(seconds=8))
    answer = (await api.get(f"{BASE}/flow_requests/{RUN}")).json()
    assert answer["aiMessage"]["content"] == "7\n8\n9"
    assert len(core.asked("ListMessages")) == 3


async def test_a_run_that_is_not_done_in_time_is_late(api, core):
    core.answers["StartRun"] = finished(state="RUN_STATE_RUNNING")
    answer = await api.post(RUNS, json={"body": {}})
    assert (answer.status_code, answer.headers["retry-after"]) == (504, "1")
    error = answer.json()["error"]
    assert (error["code"], error["details"]) == ("DEADLINE_EXCEEDED", {"id": RUN, "flow_session_id": CHAT})


async def test_a_session_of_another_flow_starts_nothing(api, core):
    core.answers["GetChat"] = Chat(id=CHAT, flow_id="another")
    answer = await api.post(RUNS, json={"body": {}, "options": {"flow_session_id": CHAT}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "CHAT_NOT_FOUND")
    assert core.asked("StartRun") == []


async def test_a_missing_scope_is_told_before_a_wrong_path(api, core):
    core.answers["GetCaller"] = Caller(project=Project(id=PROJECT, account_id="acme"), scopes=[SCOPE_READ])
    answer = await api.post(f"/api/v1/accounts/x/projects/x/flows/{FLOW}/run", json={"body": {}})
    assert (answer.status_code, answer.json()["error"]["message"]) == (403, "This key lacks the scope write.")


async def test_a_wrong_body_is_told_before_anything_is_asked(api, core):
    assert (await api.post(RUNS, json={})).status_code == 400
    assert core.calls == []


@pytest.mark.parametrize(
    ("account", "project"), [("acme", "acme"), (PROJECT, "acme"), (PROJECT.upper(), PROJECT)]
)
async def test_either_id_may_stand_in_either_place(api, account, project):
    path = f"/api/v1/accounts/{account}/projects/{project}/flow_requests/{RUN}"
    assert (await api.get(path)).status_code == 200


@pytest.mark.parametrize(("account", "project"), [("x", PROJECT), (PROJECT, "x"), ("ACME", PROJECT)])
async def test_any_other_id_is_not_found(api, account, project):
    path = f"/api/v1/accounts/{account}/projects/{project}/flow_requests/{RUN}"
    assert (await api.get(path)).json()["error"]["code"] == "PROJECT_NOT_FOUND"


async def test_a_run_of_the_evaluations_is_no_flow_request(api, core):
    core.answers["GetRun"] = finished(kind="RUN_KIND_EVALUATION_JOB")
    for path in (f"flow_requests/{RUN}", f"flow_requests/{RUN}/events"):
        assert (await api.get(f"{BASE}/{path}")).json()["error"]["code"] == "RUN_NOT_FOUND"


async def test_variables_of_a_session_get_dotted_names(api, core):
    state = {"Visitor": {"variables": {"name": "Ann", "n": 7.0}}, "Empty": {}}
    answer = await api.post(f"{BASE}/flow_sessions/createSession", json={"params": [FLOW, state]})
    assert answer.json()["state"] == state
    (asked,) = core.asked("CreateChat")
    assert orjson.loads(asked.chat.variables_json) == {"Visitor.name": "Ann", "Visitor.n": 7.0}
    assert asked.chat.flow_id == FLOW


async def test_requests_of_a_session_are_read_from_all_pages(api, core):
    def page(request):
        token = {"": "2", "2": ""}[request.page_token]
        return ListRunsResponse(runs=[finished(id=f"R{token or 1}")], next_page_token=token)

    core.answers["ListRuns"] = page
    answer = await api.post(f"{BASE}/flow_requests/loadByFlowSession", json={"params": [FLOW, CHAT]})
    assert [each["id"] for each in answer.json()] == ["R1", "R2"]
    assert [each.page_size for each in core.asked("ListRuns")] == [1000, 999]
    assert len(core.asked("ListMessages")) == len(core.asked("GetFlow")) - 1 == 1


# Streams.


async def test_a_stream_ends_after_its_last_frame(api, core):
    events = [
        RunEvent(id=f"{RUN}.1.1", started=Run(id=RUN)),
        RunEvent(id=f"{RUN}.1.2", token=Token(text="Hi")),
        RunEvent(id=f"{RUN}.1.3", ended=Run(id=RUN)),
        RunEvent(id=f"{RUN}.1.4", token=Token(text="never")),
    ]
    core.answers["StreamRun"] = events
    answer = await api.post(RUNS, json={"body": {}, "options": {"stream": "http"}})
    lines = [line for line in answer.text.splitlines() if line.startswith(("id", "event"))]
    assert lines == [
        f"id: {RUN}.1.1",
        "event: onFlowStart",
        f"id: {RUN}.1.2",
        "event: onNewToken",
        f"id: {RUN}.1.3",
        "event: onFlowEnd",
        f"id: {RUN}.1.4",
        "event: onComplete",
    ]
    assert not core.asked("StartRun")[0].HasField("wait")


async def test_a_stream_whose_end_cannot_be_read_is_cut_off(api, core):
    core.answers["StreamRun"] = [RunEvent(id=f"{RUN}.1.3", ended=Run(id=RUN))]
    core.answers["GetRun"] = grpc.StatusCode.UNAVAILABLE
    answer = await api.post(RUNS, json={"body": {}, "options": {"stream": "http"}})
    assert (answer.status_code, answer.text) == (200, "")


async def test_a_stream_goes_on_after_an_event_without_a_new_run(api, core):
    core.answers["StreamRun"] = [RunEvent(id=f"{RUN}.1.3", ended=Run(id=RUN))]
    answer = await api.post(RUNS, content=b"{", headers={"Last-Event-ID": f"{RUN}.1.2"})
    assert answer.text.startswith(f"id: {RUN}.1.3\nevent: onFlowEnd\n")
    assert core.asked("StartRun") == []
    assert core.asked("StreamRun")[0].after == f"{RUN}.1.2"
