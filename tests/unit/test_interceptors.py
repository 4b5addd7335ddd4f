"""What surrounds every rpc, over a real server: ids, errors, credentials, scopes, bad requests, log lines."""
# ruff: noqa: N802  the contract names the methods

import asyncio
import json
import logging
from datetime import UTC, datetime
from io import StringIO
from itertools import count

import grpc
import pytest
import structlog
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import ServiceDescriptor
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection, reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status

from flowgen_core import logging as flowgen_logging
from flowgen_core.model.errors import FlowGenError, Reason, Violation, invalid
from flowgen_core.model.project import Caller, Environment, Project, Scope
from flowgen_core.pb.v1 import chat_pb2, flow_pb2, project_pb2, project_pb2_grpc
from flowgen_core.runtime.auth import refused
from flowgen_core.services.call import current_caller, mark_replayed
from flowgen_core.services.interceptors import CallInterceptor
from flowgen_core.services.reading import reader, refuse_nul

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PROJECT = Project("p", "Test", Environment.SANDBOX, "p", NOW, NOW)
SECRET = "canary-5f1c"
SERVICES = [project_pb2.DESCRIPTOR.services_by_name["ProjectService"]]
PATH = "/flowgen.v1.ProjectService/"


class Probe(project_pb2_grpc.ProjectServiceServicer):
    """Answers with what a test asks for by the name in the request."""

    def __init__(self) -> None:
        self.cancelled = asyncio.Event()

    async def GetCaller(self, request, context):
        return project_pb2.Caller(subject=current_caller().subject)

    async def CreateProject(self, request, context):
        name = request.project.name
        if name == "domain":
            raise invalid("name", "REQUIRED", "must not be empty")
        if name == "many":
            violations = [Violation(f"actions[{n}].option", "BAD_OPTION", "must be é") for n in range(500)]
            raise FlowGenError(Reason.INVALID_FLOW, "é" * 1000, violations=violations)
        if name == "bug":
            raise RuntimeError(f"password={SECRET}")
        if name == "slow":
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        if name == "replayed":
            mark_replayed(context)
        return project_pb2.CreateProjectResponse(project=request.project)

    async def GetProject(self, request, context):
        return project_pb2.Project(id=current_caller().subject)

    UpdateProject = CreateApiKey = ListApiKeys = DeleteApiKey = GetProject


def streams(probe: Probe) -> grpc.GenericRpcHandler:
    """Streaming rpcs under names that ProjectService declares, as it has none itself."""

    async def out(request, context):
        yield project_pb2.Project(id="1")
        if request.id == "domain":
            raise invalid("id", "REQUIRED", "must not be empty")
        if request.id == "bug":
            raise RuntimeError(SECRET)
        if request.id == "endless":
            try:
                await asyncio.sleep(60)
            finally:
                probe.cancelled.set()
        yield project_pb2.Project(id=current_caller().subject)

    async def both(requests, context):
        async for request in requests:
            yield project_pb2.Project(id=request.id)

    async def into(requests, context):
        return project_pb2.Project(id=",".join([request.id async for request in requests]))

    def handler(make, behaviour):
        request = project_pb2.GetProjectRequest
        return make(behaviour, request.FromString, project_pb2.Project.SerializeToString)

    return grpc.method_handlers_generic_handler(
        "flowgen.v1.Streams",
        {
            "Out": handler(grpc.unary_stream_rpc_method_handler, out),
            "Both": handler(grpc.stream_stream_rpc_method_handler, both),
            "Into": handler(grpc.stream_unary_rpc_method_handler, into),
            "Undeclared": handler(grpc.unary_stream_rpc_method_handler, out),
        },
    )


class Keys:
    """Credentials by name: the scopes stand in them, as in `Bearer read,write`."""

    def __init__(self) -> None:
        self.revoked = False

    async def caller(self, authorization: str) -> Caller:
        if not authorization:
            raise refused("missing")
        if self.revoked or not authorization.startswith("Bearer "):
            raise refused()
        names = authorization.removeprefix("Bearer ").split(",")
        return Caller(PROJECT, "subject", frozenset(Scope(name.upper()) for name in names if name))


class House:
    """A server with the interceptor, and a channel to it."""

    def __init__(self, log: StringIO) -> None:
        numbers = count(1)
        self.log, self.keys, self.probe = log, Keys(), Probe()
        interceptor = CallInterceptor(
            self.keys.caller, [*SERVICES, stream_service()], lambda: f"made-{next(numbers)}", 0.02
        )
        self.server = aio.server(interceptors=[interceptor], options=[("grpc.so_reuseport", 0)])
        project_pb2_grpc.add_ProjectServiceServicer_to_server(self.probe, self.server)
        health_pb2_grpc.add_HealthServicer_to_server(HealthServicer(), self.server)
        reflection.enable_server_reflection([reflection.SERVICE_NAME], self.server)
        self.server.add_generic_rpc_handlers((streams(self.probe),))

    async def start(self) -> None:
        port = self.server.add_insecure_port("127.0.0.1:0")
        await self.server.start()
        self.channel = aio.insecure_channel(f"127.0.0.1:{port}")
        self.stub = project_pb2_grpc.ProjectServiceStub(self.channel)

    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


def stream_service() -> ServiceDescriptor:
    """Declares the scopes of the streaming rpcs; only names and options matter."""
    file = descriptor_pb2.FileDescriptorProto(name="test/streams.proto", package="flowgen.v1")
    file.dependency.append(project_pb2.DESCRIPTOR.name)
    file.dependency.append("flowgen/v1/options.proto")
    service = file.service.add(name="Streams")
    for name in ("Out", "Both", "Into", "Undeclared"):
        types = {"input_type": ".flowgen.v1.GetProjectRequest", "output_type": ".flowgen.v1.Project"}
        rpc = service.method.add(name=name, **types)
        if name != "Undeclared":
            rpc.options.MergeFrom(SERVICES[0].methods_by_name["GetProject"].GetOptions())
    pool = descriptor_pool.Default()
    try:
        return pool.FindServiceByName("flowgen.v1.Streams")
    except KeyError:
        pool.AddSerializedFile(file.SerializeToString())
        return pool.FindServiceByName("flowgen.v1.Streams")


@pytest.fixture
async def house():
    log, root = StringIO(), logging.getLogger()
    before = root.handlers[:], root.level
    flowgen_logging.configure(out=log)
    house = House(log)
    await house.start()
    yield house
    await house.channel.close()
    await house.server.stop(None)
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def bearer(scopes: str, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {scopes}"), *more)


async def failure(call) -> tuple[str, ErrorInfo, list, aio.AioRpcError]:
    with pytest.raises(aio.AioRpcError) as caught:
        if hasattr(call, "read"):
            while await call.read() is not aio.EOF:
                pass
        else:
            await call
    status = rpc_status.from_call(caught.value)
    info, bad = ErrorInfo(), BadRequest()
    for packed in status.details if status else ():
        packed.Unpack(info) if packed.Is(ErrorInfo.DESCRIPTOR) else packed.Unpack(bad)
    return caught.value.code().name, info, [field.field for field in bad.field_violations], caught.value


def project(name: str) -> project_pb2.CreateProjectRequest:
    return project_pb2.CreateProjectRequest(project=project_pb2.Project(name=name))


async def trailing(call) -> dict:
    await call
    return dict(await call.trailing_metadata())


async def test_the_servicer_knows_its_caller(house):
    answer = await house.stub.GetCaller(project_pb2.GetCallerRequest(), metadata=bearer("read"))
    assert answer.subject == "subject"


@pytest.mark.parametrize("rpc", [method.name for method in SERVICES[0].methods])
async def test_no_rpc_answers_without_a_credential(house, rpc):
    call = house.channel.unary_unary(PATH + rpc)
    code, info, _, _ = await failure(call(b""))
    assert (code, info.reason, dict(info.metadata)) == (
        "UNAUTHENTICATED",
        "UNAUTHENTICATED",
        {"credential": "missing"},
    )
    _, info, _, _ = await failure(call(b"\xff", metadata=(("authorization", "Basic x"),)))
    assert dict(info.metadata) == {"credential": "invalid"}


NEEDED = {"GetProject": "read", "CreateProject": "operator", "UpdateProject": "admin", "ListApiKeys": "admin"}


@pytest.mark.parametrize(("rpc", "needed"), NEEDED.items())
@pytest.mark.parametrize("held", ["", "read", "write", "admin", "operator", "read,write,admin"])
async def test_an_rpc_is_for_those_who_hold_its_scope(house, rpc, needed, held):
    call = house.channel.unary_unary(PATH + rpc)(b"", metadata=bearer(held))
    if needed in held.split(","):
        assert isinstance(await call, bytes)
    else:
        code, info, _, _ = await failure(call)
        assert (code, dict(info.metadata)) == ("PERMISSION_DENIED", {"scope": needed})


async def test_an_rpc_that_declares_no_scope_is_for_nobody(house):
    call = house.channel.unary_stream("/flowgen.v1.Streams/Undeclared")
    code, _, _, _ = await failure(call(b"", metadata=bearer("read,write,admin,operator")))
    assert code == "PERMISSION_DENIED"


async def test_an_unknown_rpc_is_unimplemented(house):
    code, _, _, _ = await failure(house.channel.unary_unary(PATH + "Nothing")(b"", metadata=bearer("read")))
    assert code == "UNIMPLEMENTED"


async def test_health_and_reflection_need_no_credential(house):
    health = health_pb2_grpc.HealthStub(house.channel)
    assert (
        await health.Check(health_pb2.HealthCheckRequest())
    ).status == health_pb2.HealthCheckResponse.SERVING
    code, _, _, _ = await failure(health.Check(health_pb2.HealthCheckRequest(service="unknown")))
    assert code == "NOT_FOUND"
    watch = health.Watch(health_pb2.HealthCheckRequest())
    assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
    watch.cancel()
    asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
    call = reflection_pb2_grpc.ServerReflectionStub(house.channel).ServerReflectionInfo(asked)
    assert [answer.list_services_response.service[0].name async for answer in call]


@pytest.mark.parametrize("given", ["a", "x" * 128, "!~-_.:{}"])
async def test_a_given_request_id_comes_back(house, given):
    call = house.stub.GetCaller(project_pb2.GetCallerRequest(), metadata=bearer("", ("x-request-id", given)))
    assert (await trailing(call))["x-request-id"] == given
    assert house.lines()[-1]["request_id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b"])
async def test_a_bad_request_id_is_replaced(house, given):
    call = house.stub.GetCaller(project_pb2.GetCallerRequest(), metadata=bearer("", ("x-request-id", given)))
    assert (await trailing(call))["x-request-id"] == "made-1"


async def test_a_failed_call_has_its_request_id_too(house):
    _, _, _, error = await failure(house.stub.GetCaller(project_pb2.GetCallerRequest()))
    assert dict(error.trailing_metadata())["x-request-id"] == "made-1"


async def test_a_replay_is_marked_beside_the_request_id(house):
    found = await trailing(house.stub.CreateProject(project("replayed"), metadata=bearer("operator")))
    assert found == {"x-request-id": "made-1", "flowgen-replayed": "true"}


async def test_a_domain_error_arrives_with_its_details(house):
    code, info, fields, error = await failure(
        house.stub.CreateProject(project("domain"), metadata=bearer("operator"))
    )
    assert (code, info.reason, info.domain, fields) == (
        "INVALID_ARGUMENT",
        "INVALID_ARGUMENT",
        "flowgen",
        ["name"],
    )
    assert error.details() == "`name` must not be empty."


async def test_a_bug_is_logged_and_told_to_nobody(house):
    code, info, _, error = await failure(
        house.stub.CreateProject(project("bug"), metadata=bearer("operator"))
    )
    assert (code, info.reason, error.details()) == ("INTERNAL", "INTERNAL", "internal error")
    assert SECRET not in str(error)
    failed, access = house.lines()
    assert (failed["event"], failed["request_id"], access["code"]) == ("rpc_failed", "made-1", "INTERNAL")
    assert "RuntimeError" in failed["exception"]


@pytest.mark.parametrize(
    "raw", [b"\xff\xff", b"\x0a\x05abc", b"\x0a\x02\x0a\xff", b"\x0a\x04\x12\x02\xc3\x28", b"\x0b" * 500]
)
async def test_an_unreadable_request_is_the_callers_mistake(house, raw):
    call = house.channel.unary_unary(PATH + "CreateProject")
    code, info, _, _ = await failure(call(raw, metadata=bearer("operator")))
    assert (code, info.reason) == ("INVALID_ARGUMENT", "INVALID_ARGUMENT")


def test_a_request_nested_too_deep_is_the_callers_mistake():
    # Field 900 is unknown to every message, and a group in it may hold itself for ever.
    raw = b"\xa3\x38" * 100_000
    with pytest.raises(FlowGenError) as caught:
        reader(project_pb2.CreateProjectRequest.FromString)(raw)
    assert caught.value.reason is Reason.INVALID_ARGUMENT


async def test_an_error_with_many_fields_arrives_at_a_client_with_defaults(house):
    code, info, fields, _ = await failure(
        house.stub.CreateProject(project("many"), metadata=bearer("operator"))
    )
    assert (code, info.reason) == ("INVALID_ARGUMENT", "INVALID_FLOW")
    assert len(fields) + int(info.metadata["violations_omitted"]) == 500


@pytest.mark.parametrize("name", ["\0", "a\0b"])
async def test_a_nul_character_is_refused_with_its_field(house, name):
    code, _, fields, _ = await failure(house.stub.CreateProject(project(name), metadata=bearer("operator")))
    assert (code, fields) == ("INVALID_ARGUMENT", ["project.name"])


def test_nul_characters_are_found_in_lists_and_below():
    flow = flow_pb2.Flow(
        name="fine", actions=[flow_pb2.Action(id="a"), flow_pb2.Action(id="b\0", title="\0")]
    )
    flow.steps.add(contexts=["x", "\0"]).intent.examples.add(query="\0")
    with pytest.raises(FlowGenError) as caught:
        refuse_nul(flow_pb2.CreateFlowRequest(flow=flow))
    assert [violation.path for violation in caught.value.violations] == [
        "flow.actions[1].id",
        "flow.actions[1].title",
        "flow.steps[0].contexts[1]",
        "flow.steps[0].intent.examples[0].query",
    ]


def test_a_message_with_zero_bytes_but_no_nul_passes():
    request = chat_pb2.SendMessageRequest(text="hello", event=chat_pb2.EventInput())
    raw = request.SerializeToString()
    assert b"\0" in raw
    assert reader(chat_pb2.SendMessageRequest.FromString)(raw) == request


async def test_every_call_is_one_line_without_secrets(house):
    await house.stub.GetCaller(project_pb2.GetCallerRequest(), metadata=bearer("read"))
    await failure(
        house.stub.CreateProject(project(SECRET), metadata=(("authorization", f"Bearer-{SECRET}"),))
    )
    first, second = house.lines()
    assert (first["event"], first["method"], first["code"]) == ("rpc", PATH + "GetCaller", "OK")
    assert second["code"] == "UNAUTHENTICATED"
    assert first["ms"] >= 0
    assert SECRET not in house.log.getvalue()


async def test_a_caller_that_goes_away_cancels_its_call(house):
    code, _, _, _ = await failure(
        house.stub.CreateProject(project("slow"), metadata=bearer("operator"), timeout=0.05)
    )
    assert code == "DEADLINE_EXCEEDED"
    await asyncio.wait_for(house.probe.cancelled.wait(), 2)
    await until(lambda: house.lines() and house.lines()[-1]["code"] == "CANCELLED")


async def until(condition) -> None:
    for _ in range(200):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


def request(project_id: str) -> bytes:
    return project_pb2.GetProjectRequest(id=project_id).SerializeToString()


def ids(answers: list[bytes]) -> list[str]:
    return [project_pb2.Project.FromString(answer).id for answer in answers]


async def test_streams_are_served_in_all_directions(house):
    out = house.channel.unary_stream("/flowgen.v1.Streams/Out")(request(""), metadata=bearer("read"))
    assert ids([answer async for answer in out]) == ["1", "subject"]
    both = house.channel.stream_stream("/flowgen.v1.Streams/Both")
    sent = iter([request("a"), request("b")])
    assert ids([answer async for answer in both(sent, metadata=bearer("read"))]) == ["a", "b"]
    into = house.channel.stream_unary("/flowgen.v1.Streams/Into")
    sent = iter([request("a"), request("b")])
    assert ids([await into(sent, metadata=bearer("read"))]) == ["a,b"]


@pytest.mark.parametrize(("asked", "code"), [("domain", "INVALID_ARGUMENT"), ("bug", "INTERNAL")])
async def test_an_error_ends_a_stream_after_what_was_sent(house, asked, code):
    call = house.channel.unary_stream("/flowgen.v1.Streams/Out")(request(asked), metadata=bearer("read"))
    assert ids([await call.read()]) == ["1"]
    found, info, _, error = await failure(call)
    assert found == code
    assert info.domain == "flowgen"
    assert SECRET not in str(error)


async def test_an_unreadable_message_in_a_stream_is_the_callers_mistake(house):
    sent = iter([request("a"), b"\xff"])
    call = house.channel.stream_stream("/flowgen.v1.Streams/Both")(sent, metadata=bearer("read"))
    code, _, _, _ = await failure(call)
    assert code == "INVALID_ARGUMENT"


async def test_a_stream_ends_when_its_credential_is_revoked(house):
    call = house.channel.unary_stream("/flowgen.v1.Streams/Out")(request("endless"), metadata=bearer("read"))
    assert ids([await call.read()]) == ["1"]
    house.keys.revoked = True
    code, info, _, _ = await failure(call)
    assert (code, info.reason) == ("UNAUTHENTICATED", "UNAUTHENTICATED")
    await asyncio.wait_for(house.probe.cancelled.wait(), 2)


async def test_a_stream_outlives_a_moment_without_a_database(house):
    call = house.channel.unary_stream("/flowgen.v1.Streams/Out")(request("endless"), metadata=bearer("read"))
    await call.read()

    async def busy(authorization: str) -> Caller:
        raise FlowGenError(Reason.STORAGE_UNAVAILABLE, "Busy.")

    house.keys.caller = busy
    await asyncio.sleep(0.1)
    assert not call.done()
    call.cancel()
    await asyncio.wait_for(house.probe.cancelled.wait(), 2)
