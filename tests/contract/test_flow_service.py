"""FlowService and PluginService over gRPC, at a real server."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from grpc_status import rpc_status

from flowgen_core.pb.v1 import flow_pb2, flow_pb2_grpc, plugin_pb2, plugin_pb2_grpc
from tests.support.servers import Server

NIL = "00000000-0000-0000-0000-000000000000"


class Client:
    def __init__(self, server: Server, channel: grpc.Channel) -> None:
        self._server = server
        self._stubs = [
            (flow_pb2, flow_pb2_grpc.FlowServiceStub(channel)),
            (plugin_pb2, plugin_pb2_grpc.PluginServiceStub(channel)),
        ]

    def call(self, rpc: str, **fields: Any) -> Any:
        return self.replayed(rpc, **fields)[0]

    def replayed(self, rpc: str, **fields: Any) -> tuple[Any, bool]:
        messages, stub = next((messages, stub) for messages, stub in self._stubs if hasattr(stub, rpc))
        request = getattr(messages, f"{rpc}Request")(**fields)
        answer, call = getattr(stub, rpc).with_call(request, metadata=self._server.metadata, timeout=10)
        return answer, ("flowgen-replayed", "true") in [tuple(pair) for pair in call.trailing_metadata()]

    def fails(self, rpc: str, **fields: Any) -> tuple[str, str, list[tuple[str, str]]]:
        with pytest.raises(grpc.RpcError) as caught:
            self.call(rpc, **fields)
        info, bad = ErrorInfo(), BadRequest()
        for packed in rpc_status.from_call(caught.value).details:
            packed.Unpack(info) if packed.Is(ErrorInfo.DESCRIPTOR) else packed.Unpack(bad)
        violations = [(field.field, field.reason) for field in bad.field_violations]
        return caught.value.code().name, info.reason, violations


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with server.channel() as channel:
        yield Client(server, channel)


def say(text: str = "Hello", **fields: Any) -> flow_pb2.Action:
    return flow_pb2.Action(type="say", option_json=f'{{"text":"{text}"}}', **fields)


def flow(name: str = "", **fields: Any) -> flow_pb2.Flow:
    return flow_pb2.Flow(**{"name": name or f"flow {uuid4()}", "actions": [say()], **fields})


def test_a_flow_comes_back_as_it_was_sent(client: Client) -> None:
    sent = flow(
        actions=[say(id="a", title="First"), say("Bye", id="b")],
        steps=[
            flow_pb2.Step(
                id="s",
                type="INTENT",
                intent=flow_pb2.Intent(
                    id="i", title="Hi", examples=[flow_pb2.Example(query="hello", entities_json='[{"a":1}]')]
                ),
                when_json='{"z":1,"a":7.0}',
                actions=[say(id="c")],
            ),
            flow_pb2.Step(id="t", type="SLOT", contexts=["s"], slot=flow_pb2.Slot(label="number"), timeout=5),
        ],
        input_schema_json='{"type":"object"}',
        properties_json='{"z":7,"a":7.0}',
        session_timeout=60,
    )
    made = client.call("CreateFlow", flow=sent)
    got = client.call("GetFlow", id=made.id.upper())
    assert got == made and made.id and made.etag and made.revision_id and made.has_unreleased_changes
    for field in ("name", "actions", "steps", "input_schema_json", "properties_json", "session_timeout"):
        assert getattr(got, field) == getattr(sent, field), field


def test_what_is_left_out_has_its_default(client: Client) -> None:
    made = client.call("CreateFlow", flow=flow(steps=[flow_pb2.Step(type="UNKNOWN")]))
    assert (made.properties_json, made.input_schema_json, made.steps[0].when_json) == ("{}", "", "")
    assert made.actions[0].id and made.steps[0].id and not made.HasField("release_time")


@pytest.mark.parametrize(
    ("bad", "path", "reason"),
    [
        (
            {"actions": [flow_pb2.Action(type="say", option_json="{")]},
            "actions[0].option_json",
            "INVALID_JSON",
        ),
        (
            {"actions": [flow_pb2.Action(type="say", option_json="[]")]},
            "actions[0].option_json",
            "INVALID_TYPE",
        ),
        (
            {"actions": [flow_pb2.Action(type="say", option_json="null")]},
            "actions[0].option_json",
            "INVALID_TYPE",
        ),
        ({"properties_json": '{"a":NaN}'}, "properties_json", "INVALID_JSON"),
        ({"properties_json": "[" * 65 + "]" * 65}, "properties_json", "INVALID_JSON"),
        ({"properties_json": '{"a":"' + "x" * 1024 * 1024 + '"}'}, "properties_json", "TOO_LONG"),
        ({"steps": [flow_pb2.Step(type="UNKNOWN", when_json="1")]}, "steps[0].when_json", "INVALID_TYPE"),
    ],
)
def test_bad_json_is_named_by_its_field(client: Client, bad: dict[str, Any], path: str, reason: str) -> None:
    expected = ("INVALID_ARGUMENT", "INVALID_ARGUMENT", [(path, reason)])
    assert client.fails("CreateFlow", flow=flow(**bad)) == expected
    assert client.fails("ValidateFlow", flow=flow(**bad)) == expected


def test_a_request_without_a_flow_is_refused(client: Client) -> None:
    assert client.fails("CreateFlow") == ("INVALID_ARGUMENT", "INVALID_ARGUMENT", [("flow", "REQUIRED")])


def test_a_bad_flow_is_refused_with_all_its_errors(client: Client) -> None:
    bad = flow(actions=[flow_pb2.Action(type="nope"), flow_pb2.Action(type="say", next_id="nowhere")])
    code, reason, violations = client.fails("CreateFlow", flow=bad)
    assert (code, reason) == ("INVALID_ARGUMENT", "INVALID_FLOW")
    assert ("actions[0].type", "INVALID_ACTION_TYPE") in violations
    assert ("actions[1].next_id", "DANGLING_TARGET") in violations
    assert ("actions[1].option.text", "MISSING_OPTION") in violations
    problems = client.call("ValidateFlow", flow=bad).problems
    errors = [(one.path, one.code) for one in problems if one.severity == flow_pb2.SEVERITY_ERROR]
    assert errors == violations


def test_lenient_takes_a_flow_with_doubtful_targets(client: Client) -> None:
    doubtful = flow(actions=[say(next_id="nowhere")])
    assert client.fails("CreateFlow", flow=doubtful)[1] == "INVALID_FLOW"
    assert client.call("CreateFlow", flow=doubtful, lenient=True).id


def test_a_repetition_makes_nothing_and_says_so(client: Client) -> None:
    request: dict[str, Any] = {"flow": flow(), "request_id": str(uuid4())}
    first, replayed = client.replayed("CreateFlow", **request)
    again, replayed_again = client.replayed("CreateFlow", **request)
    assert (first, replayed, replayed_again) == (again, False, True)
    assert client.fails("CreateFlow", **{**request, "flow": flow()})[:2] == (
        "ALREADY_EXISTS",
        "REQUEST_ID_REUSED",
    )
    assert client.fails("CreateFlow", **{**request, "request_id": "a b"})[2] == [
        ("request_id", "INVALID_VALUE")
    ]


@pytest.mark.parametrize("rpc", ["GetFlow", "DeleteFlow"])
@pytest.mark.parametrize("id", [NIL, "no uuid", "", "'; DROP TABLE flows"])
def test_an_unknown_flow_is_not_found(client: Client, rpc: str, id: str) -> None:
    assert client.fails(rpc, id=id)[:2] == ("NOT_FOUND", "FLOW_NOT_FOUND")


def test_only_masked_fields_change(client: Client) -> None:
    old = client.call("CreateFlow", flow=flow(session_timeout=60))
    wanted = flow_pb2.Flow(id=old.id, name="new name", properties_json="{", etag=old.etag)
    new = client.call("UpdateFlow", flow=wanted, update_mask=FieldMask(paths=["name"]))
    assert (new.name, new.session_timeout, new.actions) == ("new name", 60, old.actions)
    assert new.etag != old.etag and new.revision_id != old.revision_id
    assert client.fails("UpdateFlow", flow=wanted, update_mask=FieldMask(paths=["name"]))[:2] == (
        "ABORTED",
        "CONFLICT",
    )
    assert client.call("GetFlow", id=old.id, revision_id=old.revision_id).name == old.name


def test_without_a_mask_set_fields_change_and_a_star_resets_the_rest(client: Client) -> None:
    old = client.call("CreateFlow", flow=flow(session_timeout=60))
    new = client.call("UpdateFlow", flow=flow_pb2.Flow(id=old.id, name="set"))
    assert (new.name, new.session_timeout) == ("set", 60)
    reset = client.call("UpdateFlow", flow=flow_pb2.Flow(id=old.id), update_mask=FieldMask(paths=["*"]))
    assert (reset.name, reset.session_timeout, list(reset.actions)) == ("", 0, [])


def test_a_mask_names_only_what_a_client_may_set(client: Client) -> None:
    old = client.call("CreateFlow", flow=flow())
    answer = client.fails("UpdateFlow", flow=old, update_mask=FieldMask(paths=["name", "etag"]))
    assert answer == ("INVALID_ARGUMENT", "INVALID_ARGUMENT", [("update_mask.paths[1]", "NOT_CHANGEABLE")])


def test_a_deleted_flow_is_answered_once_more(client: Client) -> None:
    made = client.call("CreateFlow", flow=flow())
    gone = client.call("DeleteFlow", id=made.id)
    assert gone.id == made.id and gone.HasField("delete_time")
    assert client.fails("DeleteFlow", id=made.id)[1] == "FLOW_NOT_FOUND"


def test_lists_are_filtered_and_paged(client: Client) -> None:
    mark = str(uuid4())
    made = [client.call("CreateFlow", flow=flow(f"{mark} {number}")) for number in range(3)]
    first = client.call("ListFlows", name_prefix=mark, page_size=2, with_total=True)
    assert [one.id for one in first.flows] == [made[2].id, made[1].id] and first.total_size == 3
    second = client.call("ListFlows", name_prefix=mark, page_size=2, page_token=first.next_page_token)
    assert [one.id for one in second.flows] == [made[0].id] and not second.next_page_token
    since = client.call(
        "ListFlows", name_prefix=mark, create_time_from=made[1].create_time, oldest_first=True
    )
    assert [one.id for one in since.flows] == [made[1].id, made[2].id]
    assert not client.call("ListFlows", name_prefix=mark, create_time_to=made[0].create_time).flows
    assert [one.id for one in client.call("ListFlows", name=f"{mark} 1").flows] == [made[1].id]


def test_bad_list_requests_are_refused(client: Client) -> None:
    assert client.fails("ListFlows", page_size=-1)[2] == [("page_size", "OUT_OF_RANGE")]
    assert client.fails("ListFlows", page_token="x")[1] == "INVALID_PAGE_TOKEN"
    assert client.fails("ListFlows", generation_ids=[NIL] * 101)[2] == [("generation_ids", "TOO_MANY")]


def test_releases_are_numbered_and_never_change(client: Client) -> None:
    made = client.call("CreateFlow", flow=flow())
    first = client.call("CreateRelease", flow_id=made.id)
    assert (first.version, first.revision_id) == ("1.0.0", made.revision_id) and first.created_by
    assert client.call("CreateRelease", flow_id=made.id).version == "2.0.0"
    got = client.call("GetFlow", id=made.id)
    assert got.release_version == "2.0.0" and not got.has_unreleased_changes and got.HasField("release_time")
    again = client.fails("CreateRelease", flow_id=made.id, version="1.0.0")
    assert again[:2] == ("ALREADY_EXISTS", "RELEASE_ALREADY_EXISTS")
    unknown = client.fails("CreateRelease", flow_id=made.id, revision_id=NIL)
    assert unknown[:2] == ("NOT_FOUND", "RELEASE_NOT_FOUND")
    assert client.fails("CreateRelease", flow_id=made.id, version="v" * 65)[2] == [("version", "TOO_LONG")]


def test_the_plugins_and_what_they_bring_are_listed(client: Client) -> None:
    names = [plugin.name for plugin in client.call("ListPlugins").plugins]
    assert "conversation" in names and names == sorted(names)
    types = {one.name: one for one in client.call("ListActionTypes", page_size=1000).action_types}
    assert list(types) == sorted(types) and types["say"].plugin == "conversation"
    assert '"text"' in types["say"].option_schema_json and types["say"].media
    (vacancy,) = client.call("ListFlowTypes", page_size=1000).flow_types
    assert vacancy.name == "vacancy_application_flow" and vacancy.cost == 1 and vacancy.context_schema_json
    first = client.call("ListActionTypes", page_size=1, with_total=True)
    assert first.total_size == len(types) and first.next_page_token
    assert client.fails("ListPlugins", page_token="?")[1] == "INVALID_PAGE_TOKEN"
