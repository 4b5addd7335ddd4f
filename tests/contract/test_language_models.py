"""Actions that ask a language model, in a server that speaks to a real endpoint."""

import json
from collections.abc import Iterator

import httpx
import pytest
from google.protobuf.duration_pb2 import Duration

from flowgen_cli.flow_json import read_flow
from flowgen_core.pb.v1 import run_pb2, run_pb2_grpc
from tests.support.llm_server import LlmServer, Says
from tests.support.servers import Server, folder, serve

REPLY = {"name": "Model", "actions": [{"id": "reply", "type": "reply_with_llm", "option": {}}]}
AGENT = {
    "name": "Agent",
    "actions": [{"id": "talk", "type": "agent", "option": {"name": "Ann", "instructions": "Be brief."}}],
}


@pytest.fixture(scope="module")
def model() -> Iterator[LlmServer]:
    with LlmServer(lambda request: Says("Hello from the model.")) as llm:
        yield llm


@pytest.fixture(scope="module")
def thinking(model: LlmServer) -> Iterator[Server]:
    """A server with a language model."""
    with serve(folder(), "--demo", env=model.env) as server:
        yield server


def started(server: Server, document: dict, **fields) -> run_pb2.Run:
    with server.channel() as channel:
        request = run_pb2.StartRunRequest(
            flow=read_flow(json.dumps(document)), wait=Duration(seconds=10), **fields
        )
        return run_pb2_grpc.RunServiceStub(channel).StartRun(request, metadata=server.metadata, timeout=20)


def chat_of(server: Server, document: dict, text: str) -> dict:
    flow = server.create_flow(document)
    with httpx.Client(base_url=server.http, headers=server.headers, timeout=20) as client:
        body = {"name": "x", "from_type": "flow", "from_flow": flow}
        chat = client.post("/chats", json=body).json()["id"]
        return client.post(f"/chats/{chat}/messages?wait=10", json={"message": text}).json()


@pytest.mark.parametrize("document", [REPLY, AGENT], ids=["reply", "agent"])
def test_what_the_model_says_is_said_in_the_chat(thinking, document):
    answer = chat_of(thinking, document, "Hi")
    assert [message["content"] for message in answer["messages"]] == ["Hello from the model."]


def test_tokens_are_streamed_and_their_usage_is_counted(thinking):
    with thinking.channel() as channel:
        stub = run_pb2_grpc.RunServiceStub(channel)
        request = run_pb2.StartRunRequest(
            flow_id=thinking.create_flow(REPLY), new_chat=True, input_json='{"text_input":"Hi"}'
        )
        run = stub.StartRun(request, metadata=thinking.metadata, timeout=20)
        frames = list(
            stub.StreamRun(run_pb2.StreamRunRequest(id=run.id), metadata=thinking.metadata, timeout=20)
        )
    tokens = [frame.token.text for frame in frames if frame.WhichOneof("data") == "token"]
    assert "".join(tokens) == "Hello from the model."
    assert len(tokens) > 1
    assert json.loads(frames[-1].ended.usage_json)["output_tokens"] > 0


def test_without_a_model_the_run_says_so(server):
    run = started(server, REPLY, new_chat=True, input_json='{"text_input":"Hi"}')
    assert (run.end_reason, run.failure.reason) == ("error", "LLM_UNAVAILABLE")
    assert "FLOWGEN_LLM__BASE_URL" in run.failure.message
