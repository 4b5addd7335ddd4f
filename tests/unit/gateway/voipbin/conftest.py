"""A core that answers what a test tells it to, behind a real gRPC port, and the gateway in front of it."""

import grpc
import httpx
import pytest

from flowgen_core.pb.v1 import (
    flow_pb2,
    flow_pb2_grpc,
    plugin_pb2,
    plugin_pb2_grpc,
    project_pb2,
    project_pb2_grpc,
    run_pb2,
    run_pb2_grpc,
)
from flowgen_core.pb.v1.options_pb2 import SCOPE_READ, SCOPE_WRITE
from flowgen_gateway.app import create_app
from flowgen_gateway.settings import GatewaySettings

PROJECT = "5e4a0680-804e-11ec-8477-2fea5968d85b"
DEFAULTS = {
    "ListFlows": flow_pb2.ListFlowsResponse(),
    "CreateFlow": lambda asked: asked.flow,
    "GetFlow": lambda asked: flow_pb2.Flow(id=asked.id, etag="1"),
    "UpdateFlow": lambda asked: asked.flow,
    "ValidateFlow": flow_pb2.ValidateFlowResponse(),
    "StartRun": lambda asked: run_pb2.Run(id=asked.id, flow_id=asked.flow_id, chat_id=asked.chat_id),
    "GetRun": lambda asked: run_pb2.Run(id=asked.id),
    "ListRuns": run_pb2.ListRunsResponse(),
    "ContinueRun": lambda asked: run_pb2.Run(id=asked.id),
    "ListActionTypes": plugin_pb2.ListActionTypesResponse(),
    "GetCaller": project_pb2.Caller(
        project=project_pb2.Project(id=PROJECT), scopes=[SCOPE_READ, SCOPE_WRITE]
    ),
}


class FakeCore:
    """Keeps `calls` as (rpc, request); `answers` holds the answer of an rpc, a code to fail with, or several."""

    def __init__(self):
        self.calls, self.credentials, self.answers = [], [], dict(DEFAULTS)

    def asked(self, rpc):
        return [request for name, request in self.calls if name == rpc]

    def serve(self, server, service, add):
        methods = {name: self._method(name) for name in DEFAULTS if hasattr(service, name)}
        add(type("Served", (service,), methods)(), server)

    def _method(self, rpc):
        async def answer(_, request, context):
            self.calls.append((rpc, type(request).FromString(request.SerializeToString())))
            self.credentials.append(dict(context.invocation_metadata()).get("authorization"))
            given = self.answers[rpc]
            given = given.pop(0) if isinstance(given, list) else given
            if isinstance(given, grpc.StatusCode):
                await context.abort(given, "something internal")
            return given(request) if callable(given) else given

        return answer


@pytest.fixture
async def core():
    fake = FakeCore()
    server = grpc.aio.server()
    for module, name in (
        (flow_pb2_grpc, "FlowService"),
        (run_pb2_grpc, "RunService"),
        (plugin_pb2_grpc, "PluginService"),
        (project_pb2_grpc, "ProjectService"),
    ):
        fake.serve(
            server, getattr(module, f"{name}Servicer"), getattr(module, f"add_{name}Servicer_to_server")
        )
    fake.port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield fake
    await server.stop(0)


@pytest.fixture
async def api(core):
    app = create_app(GatewaySettings(core_address=f"127.0.0.1:{core.port}"))
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": "Bearer key"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client,
    ):
        yield client
