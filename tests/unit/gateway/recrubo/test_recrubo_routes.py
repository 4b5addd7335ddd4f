import grpc
import pytest

from flowgen_core.pb.v1.flow_pb2 import Flow, ListFlowsResponse
from flowgen_core.pb.v1.generation_pb2 import Generation, GenerationState
from flowgen_core.pb.v1.options_pb2 import Scope
from flowgen_core.pb.v1.project_pb2 import Caller, Project

ID = "5f0b1c9e-7a64-4e0f-8a55-0a1d0f3e9b21"
BODY = {"flowType": "t", "parameters": {"n": 3.0}}


def generation(state):
    return Generation(id=ID, flow_type="t", parameters_json='{"n":3.0}', state=state)


@pytest.mark.parametrize(
    ("state", "retry"),
    [
        (GenerationState.GENERATION_STATE_QUEUED, "1"),
        (GenerationState.GENERATION_STATE_PROCESSING, "1"),
        (GenerationState.GENERATION_STATE_FINISHED, None),
        (GenerationState.GENERATION_STATE_FAILED, None),
    ],
)
async def test_a_wait_that_ends_too_early_says_when_to_come_back(api, core, state, retry):
    core.answers["CreateGeneration"] = generation(state)
    answer = await api.post("/flow-generations?sync=1", json=BODY)
    assert (answer.status_code, answer.headers.get("retry-after")) == (201, retry)
    assert answer.headers["location"] == f"/public/v2/flow-generations/{ID}"
    (asked,) = core.asked("CreateGeneration")
    assert (asked.wait.seconds, asked.validate_only) == (30, False)


async def test_without_sync_nothing_waits(api, core):
    core.answers["CreateGeneration"] = generation(GenerationState.GENERATION_STATE_QUEUED)
    answer = await api.post("/flow-generations", json=BODY, headers={"Idempotency-Key": "k"})
    (asked,) = core.asked("CreateGeneration")
    assert "retry-after" not in answer.headers
    assert (asked.HasField("wait"), asked.request_id) == (False, "k")
    assert asked.generation.parameters_json == '{"n":3.0}'
    assert b'"parameters":{"n":3.0}' in answer.content


async def test_a_body_with_problems_is_only_judged_by_the_core(api, core):
    headers = {"Idempotency-Key": "k"}
    answer = await api.post("/flow-generations?sync=true", json=BODY | {"cost": 1}, headers=headers)
    (asked,) = core.asked("CreateGeneration")
    assert answer.status_code == 422
    assert (asked.validate_only, asked.wait.seconds, asked.request_id) == (True, 30, "")


async def test_the_project_of_a_credential_is_asked_for_once(api, core):
    for _ in range(3):
        answer = await api.get(f"/flow-generations/{ID}")
    await api.get("/flow-generations")
    await api.get(f"/flow-generations/{ID}", headers={"Authorization": "Bearer other"})
    assert len(core.asked("GetCaller")) == 2
    related = answer.json()["data"]["relationships"]["organization"]["links"]["related"]
    assert related.startswith("/public/v2/organizations/0c7f7e52")


async def test_a_project_that_is_remembered_opens_no_door(api, core):
    assert (await api.get(f"/flow-generations/{ID}")).status_code == 200
    core.answers["GetGeneration"] = core.answers["GetCaller"] = grpc.StatusCode.UNAUTHENTICATED
    assert (await api.get(f"/flow-generations/{ID}")).status_code == 401
    assert (await api.get("/flow-generations/x")).status_code == 401


async def test_a_deep_page_is_reached_by_the_tokens_of_the_core(api, core):
    def page(request):
        start = int(request.page_token or 0)
        rows = [Flow(name=str(n)) for n in range(start, min(start + request.page_size, 500))]
        token = str(start + len(rows)) if start + len(rows) < 500 else ""
        return ListFlowsResponse(flows=rows, next_page_token=token, total_size=500 * request.with_total)

    core.answers["ListFlows"] = page
    answer = await api.get("/public/v2/flows?page[size]=100&page[number]=5&sort=createdAt")
    assert [row["attributes"]["name"] for row in answer.json()["data"]] == [str(n) for n in range(400, 500)]
    assert [call.page_size for call in core.asked("ListFlows")] == [200, 200, 100]
    assert [call.with_total for call in core.asked("ListFlows")] == [True, False, False]
    assert all(call.oldest_first for call in core.asked("ListFlows"))


async def test_only_a_filter_asks_for_a_second_count(api, core):
    await api.get("/public/v2/flows")
    assert len(core.asked("ListFlows")) == 1
    await api.get("/public/v2/flows?filter[name]=x")
    assert [call.name for call in core.asked("ListFlows")] == ["", "x", ""]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, 401),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 429),
        (grpc.StatusCode.INTERNAL, 500),
        (grpc.StatusCode.UNKNOWN, 500),
        (grpc.StatusCode.UNAVAILABLE, 503),
        (grpc.StatusCode.DEADLINE_EXCEEDED, 504),
    ],
)
async def test_what_the_core_cannot_do_is_told_without_its_words(api, core, code, status):
    core.answers["GetGeneration"] = code
    answer = await api.get(f"/flow-generations/{ID}")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["status"]) == (status, str(status))
    assert answer.headers["content-type"] == "application/vnd.api+json"
    assert "internal" not in error["detail"].lower().replace("internal server error", "")
    assert ("retry-after" in answer.headers) == (status in (429, 503, 504))


async def test_a_scope_is_judged_before_the_values_of_a_body(api, core):
    read = Caller(project=Project(id="p"), scopes=[Scope.SCOPE_READ])
    core.answers["GetCaller"] = read
    answer = await api.patch("/public/v2/organizations", json={"name": 5})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "forbidden")
    read.scopes.append(Scope.SCOPE_ADMIN)
    assert (await api.patch("/public/v2/organizations", json={"name": 5})).status_code == 422


async def test_a_body_is_read_only_when_its_type_is_right(api, core):
    answer = await api.post("/flow-generations", content=b"{", headers={"Content-Type": "text/html"})
    assert answer.status_code == 415
    assert core.asked("CreateGeneration") == []
