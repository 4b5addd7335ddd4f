"""The core of a test behind a real gRPC port, and the gateway in front of it."""

import grpc
import httpx
import pytest

from flowgen_core.pb.v1 import chat_pb2_grpc, flow_pb2_grpc, project_pb2_grpc, run_pb2_grpc
from flowgen_gateway.app import create_app
from flowgen_gateway.settings import GatewaySettings
from tests.support.botdojo_core import FakeCore


@pytest.fixture
async def core():
    fake = FakeCore()
    server = grpc.aio.server()
    chat_pb2_grpc.add_ChatServiceServicer_to_server(fake, server)
    flow_pb2_grpc.add_FlowServiceServicer_to_server(fake, server)
    project_pb2_grpc.add_ProjectServiceServicer_to_server(fake, server)
    run_pb2_grpc.add_RunServiceServicer_to_server(fake, server)
    fake.port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield fake
    await server.stop(0)


@pytest.fixture
async def api(core):
    app = create_app(GatewaySettings(core_address=f"127.0.0.1:{core.port}", run_wait=7))
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": "key"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client,
    ):
        yield client
