"""GenerationService over gRPC, at a real server."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from grpc_status import rpc_status

from flowgen_core.pb.v1 import flow_pb2, flow_pb2_grpc, generation_pb2, generation_pb2_grpc
from tests.support.servers import Server

PARAMETERS = '{"flowName":"Driver",  "knockoutRequirements":[], "preferredRequirements":[]}'
CONTEXT = '{"type":"text","value":"A driver drives."}'
NIL = "00000000-0000-0000-0000-000000000000"


class Client:
    def __init__(self, server: Server, channel: grpc.Channel) -> None:
        self.server = server
        self.stub = generation_pb2_grpc.GenerationServiceStub(channel)
        self.flows = flow_pb2_grpc.FlowServiceStub(channel)

    def call(self, rpc: str, timeout: float = 40, **fields: Any) -> Any:
        request = getattr(generation_pb2, f"{rpc}Request")(**fields)
        return getattr(self.stub, rpc)(request, metadata=self.server.metadata, timeout=timeout)

    def fails(self, rpc: str, **fields: Any) -> tuple[str, str, list[tuple[str, str]]]:
        with pytest.raises(grpc.RpcError) as caught:
            self.call(rpc, **fields)
        info, bad = ErrorInfo(), BadRequest()
        for packed in rpc_status.from_call(caught.value).details:
            packed.Unpack(info) if packed.Is(ErrorInfo.DESCRIPTOR) else packed.Unpack(bad)
        violations = [(field.field, field.reason) for field in bad.field_violations]
        return caught.value.code().name, info.reason, violations

    def make(self, seconds: int = 20, **fields: Any) -> Any:
        return self.call("CreateGeneration", generation=wanted(), wait=Duration(seconds=seconds), **fields)


def wanted(**fields: Any) -> generation_pb2.Generation:
    return generation_pb2.Generation(
        **{
            "flow_type": "vacancy_application_flow",
            "parameters_json": PARAMETERS,
            "context_json": CONTEXT,
            **fields,
        }
    )


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with server.channel() as channel:
        yield Client(server, channel)


def test_a_generation_gives_a_released_flow(client: Client) -> None:
    done = client.make()
    assert done.state == generation_pb2.GENERATION_STATE_FINISHED and done.cost == 1
    assert (done.parameters_json, done.context_json) == (PARAMETERS, CONTEXT)
    assert client.call("GetGeneration", id=done.id.upper()) == done
    flow = client.flows.GetFlow(
        flow_pb2.GetFlowRequest(id=done.flow_id), metadata=client.server.metadata, timeout=10
    )
    assert (flow.name, flow.generation_id, flow.release_version) == ("Driver", done.id, "1.0.0")
    assert not flow.has_unreleased_changes


def test_without_a_wait_the_answer_comes_at_once(client: Client) -> None:
    made = client.call("CreateGeneration", generation=wanted())
    assert made.id and not made.HasField("cost") and not made.flow_id


def test_a_wait_ends_before_the_deadline_of_the_call(client: Client) -> None:
    made = client.call("CreateGeneration", timeout=2, generation=wanted(), wait=Duration(seconds=30))
    assert made.id


def test_a_wait_is_for_sandbox_projects_and_is_judged_first(production: Server) -> None:
    with production.channel() as channel:
        client = Client(production, channel)
        bad = generation_pb2.Generation(flow_type="nope")
        answer = client.fails("CreateGeneration", generation=bad, wait=Duration(seconds=1))
        assert answer[:2] == ("FAILED_PRECONDITION", "WAIT_NOT_AVAILABLE")
        assert client.call("CreateGeneration", generation=wanted(), wait=Duration()).id


@pytest.mark.parametrize(
    ("fields", "violations"),
    [
        ({"flow_type": "nope"}, [("flow_type", "UNKNOWN_FLOW_TYPE")]),
        ({"flow_type": "", "parameters_json": ""}, [("flow_type", "REQUIRED"), ("parameters", "REQUIRED")]),
        (
            {"parameters_json": "{", "context_json": ""},
            [("parameters", "INVALID_JSON"), ("context", "INVALID_JSON")],
        ),
        ({"parameters_json": "[]"}, [("parameters", "INVALID_TYPE")]),
        ({"context_json": None}, [("context", "REQUIRED")]),
    ],
)
def test_what_is_wrong_is_named(client: Client, fields: dict[str, Any], violations: list[Any]) -> None:
    expected = ("INVALID_ARGUMENT", "INVALID_ARGUMENT", violations)
    assert client.fails("CreateGeneration", generation=wanted(**fields)) == expected
    assert client.fails("CreateGeneration", generation=wanted(**fields), validate_only=True) == expected


def test_validate_only_makes_nothing(client: Client) -> None:
    assert client.call("CreateGeneration", generation=wanted(), validate_only=True).id == ""


def test_a_repetition_joins_the_first_request(client: Client) -> None:
    request_id = str(uuid4())
    first = client.call("CreateGeneration", generation=wanted(), request_id=request_id)
    again = client.make(request_id=request_id)
    assert again.id == first.id and again.state == generation_pb2.GENERATION_STATE_FINISHED


def test_a_request_id_of_another_generation_is_refused(client: Client) -> None:
    request_id = str(uuid4())
    client.call("CreateGeneration", generation=wanted(), request_id=request_id)
    other = wanted(context_json='{"type":"text","value":"Another."}')
    answer = client.fails("CreateGeneration", generation=other, request_id=request_id)
    assert answer[:2] == ("ALREADY_EXISTS", "REQUEST_ID_REUSED")


def test_a_deleted_generation_is_gone_and_its_flow_stays(client: Client) -> None:
    done = client.make()
    assert client.call("DeleteGeneration", id=done.id) == done
    assert client.fails("DeleteGeneration", id=done.id)[:2] == ("NOT_FOUND", "GENERATION_NOT_FOUND")
    assert client.fails("GetGeneration", id=done.id)[1] == "GENERATION_NOT_FOUND"
    request = flow_pb2.ListFlowsRequest(generation_ids=[done.id])
    listed = client.flows.ListFlows(request, metadata=client.server.metadata, timeout=10)
    assert [flow.id for flow in listed.flows] == [done.flow_id]


def test_lists_are_filtered(client: Client) -> None:
    done = client.make()

    def ids(**filters: Any) -> list[str]:
        return [one.id for one in client.call("ListGenerations", **filters).generations]

    finished = generation_pb2.GENERATION_STATE_FINISHED
    assert ids(flow_ids=[done.flow_id.upper()], states=[finished]) == [done.id]
    assert ids(flow_ids=[done.flow_id], states=[generation_pb2.GENERATION_STATE_FAILED]) == []
    assert ids(flow_ids=[done.flow_id], flow_types=["VACANCY_application_flow"], ignore_case=True) == [
        done.id
    ]
    assert ids(flow_ids=[done.flow_id], flow_types=["VACANCY_application_flow"]) == []
    assert ids(create_time_from=done.create_time)[-1] == done.id


@pytest.mark.parametrize(
    ("fields", "violation"),
    [
        ({"states": [99]}, ("states[0]", "INVALID_VALUE")),
        ({"flow_types": ["x"] * 101}, ("flow_types", "TOO_MANY")),
        ({"flow_ids": [NIL] * 101}, ("flow_ids", "TOO_MANY")),
        ({"page_size": -1}, ("page_size", "OUT_OF_RANGE")),
    ],
)
def test_bad_filters_are_named(client: Client, fields: dict[str, Any], violation: tuple[str, str]) -> None:
    assert client.fails("ListGenerations", **fields)[2] == [violation]


def test_a_negative_wait_is_refused(client: Client) -> None:
    answer = client.fails("CreateGeneration", generation=wanted(), wait=Duration(seconds=-1))
    assert answer[2] == [("wait", "OUT_OF_RANGE")]
