"""A core that answers what a test tells it to, behind a real gRPC port, and the gateway in front of it."""

# ruff: noqa: N802  (the contract names the methods)

import grpc
import httpx
import pytest

from flowgen_core.pb.v1 import (
    flow_pb2,
    flow_pb2_grpc,
    generation_pb2,
    generation_pb2_grpc,
    project_pb2,
    project_pb2_grpc,
)
from flowgen_gateway.app import create_app
from flowgen_gateway.settings import GatewaySettings

PROJECT = "0c7f7e52-5d0c-4f0e-9d1b-2f7a0f4b8a11"


class FakeCore(
    generation_pb2_grpc.GenerationServiceServicer,
    flow_pb2_grpc.FlowServiceServicer,
    project_pb2_grpc.ProjectServiceServicer,
):
    """Keeps `calls` as (rpc, request); `answers` holds the answer of an rpc, or a code to fail with."""

    def __init__(self):
        self.calls, self.answers = [], {}

    def asked(self, rpc):
        return [request for name, request in self.calls if name == rpc]

    async def answer(self, rpc, request, context, default):
        self.calls.append((rpc, type(request).FromString(request.SerializeToString())))
        given = self.answers.get(rpc, default)
        if isinstance(given, grpc.StatusCode):
            await context.abort(given, "something internal")
        return given(request) if callable(given) else given

    async def CreateGeneration(self, request, context):
        return await self.answer("CreateGeneration", request, context, request.generation)

    async def GetGeneration(self, request, context):
        default = generation_pb2.Generation(id=request.id, parameters_json="{}")
        return await self.answer("GetGeneration", request, context, default)

    async def ListGenerations(self, request, context):
        default = generation_pb2.ListGenerationsResponse()
        return await self.answer("ListGenerations", request, context, default)

    async def DeleteGeneration(self, request, context):
        return await self.answer("DeleteGeneration", request, context, generation_pb2.Generation())

    async def ListFlows(self, request, context):
        return await self.answer("ListFlows", request, context, flow_pb2.ListFlowsResponse())

    async def GetCaller(self, request, context):
        default = project_pb2.Caller(project=project_pb2.Project(id=PROJECT))
        return await self.answer("GetCaller", request, context, default)


@pytest.fixture
async def core():
    fake = FakeCore()
    server = grpc.aio.server()
    generation_pb2_grpc.add_GenerationServiceServicer_to_server(fake, server)
    flow_pb2_grpc.add_FlowServiceServicer_to_server(fake, server)
    project_pb2_grpc.add_ProjectServiceServicer_to_server(fake, server)
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
