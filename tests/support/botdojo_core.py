"""A core that answers what a test tells it to, as the tests of the flow request API need it."""

# ruff: noqa: N802  (the contract names the methods)

import grpc

from flowgen_core.pb.v1 import (
    chat_pb2,
    chat_pb2_grpc,
    flow_pb2,
    flow_pb2_grpc,
    options_pb2,
    project_pb2,
    project_pb2_grpc,
    run_pb2,
    run_pb2_grpc,
)

PROJECT = "0c7f7e52-5d0c-4f0e-9d1b-2f7a0f4b8a11"
FLOW = "7e1e8b3c-8f3b-4f43-9d7c-0b5a4d6c1f10"
CHAT = "a4f6c1de-26a1-4d7e-8a0e-3f2b1c0d9e8f"
RUN = "5f0b1c9e-7a64-4e0f-8a55-0a1d0f3e9b21"
BASE = f"/api/v1/accounts/acme/projects/{PROJECT}"


def finished(**fields):
    given = {"id": RUN, "flow_id": FLOW, "chat_id": CHAT, "input_json": "{}", "state": "RUN_STATE_COMPLETED"}
    return run_pb2.Run(**(given | fields))


class FakeCore(
    chat_pb2_grpc.ChatServiceServicer,
    flow_pb2_grpc.FlowServiceServicer,
    project_pb2_grpc.ProjectServiceServicer,
    run_pb2_grpc.RunServiceServicer,
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

    async def GetCaller(self, request, context):
        project = project_pb2.Project(id=PROJECT, account_id="acme")
        scopes = [options_pb2.SCOPE_READ, options_pb2.SCOPE_WRITE]
        default = project_pb2.Caller(project=project, scopes=scopes)
        return await self.answer("GetCaller", request, context, default)

    async def GetFlow(self, request, context):
        return await self.answer("GetFlow", request, context, flow_pb2.Flow(id=FLOW))

    async def GetChat(self, request, context):
        return await self.answer("GetChat", request, context, chat_pb2.Chat(id=CHAT, flow_id=FLOW))

    async def CreateChat(self, request, context):
        default = chat_pb2.Chat(id=CHAT, flow_id=request.chat.flow_id)
        return await self.answer("CreateChat", request, context, default)

    async def ListMessages(self, request, context):
        return await self.answer("ListMessages", request, context, chat_pb2.ListMessagesResponse())

    async def StartRun(self, request, context):
        return await self.answer("StartRun", request, context, finished())

    async def GetRun(self, request, context):
        return await self.answer("GetRun", request, context, finished())

    async def ListRuns(self, request, context):
        return await self.answer("ListRuns", request, context, run_pb2.ListRunsResponse())

    async def StreamRun(self, request, context):
        for event in await self.answer("StreamRun", request, context, []):
            yield event
