"""A client that knows nothing but server reflection finds its way and plays a conversation."""

import json

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

SERVICES = {
    "flowgen.v1.ChatService",
    "flowgen.v1.FlowService",
    "flowgen.v1.GenerationService",
    "flowgen.v1.PluginService",
    "flowgen.v1.ProjectService",
    "flowgen.v1.RunService",
}


class Explorer:
    """Learns services and messages from the server alone, in a pool of its own."""

    def __init__(self, server):
        self._channel, self._metadata = server.channel(), server.metadata
        self._reflection = reflection_pb2_grpc.ServerReflectionStub(self._channel)
        self._pool = descriptor_pool.DescriptorPool()
        self._files = {}

    def close(self):
        self._channel.close()

    def services(self):
        answer = self._ask(list_services="")
        return {service.name for service in answer.list_services_response.service}

    def learn(self, symbol):
        """Loads the file of a symbol and all that it imports."""
        self._take(self._ask(file_containing_symbol=symbol))
        for file in self._files.values():
            self._add(file)
        return self._pool.FindServiceByName(symbol)

    def call(self, service, method, **fields):
        """Calls with messages that are made from descriptors; JSON in, JSON out."""
        described = self._pool.FindServiceByName(service).FindMethodByName(method)
        request = message_factory.GetMessageClass(described.input_type)()
        json_format.ParseDict(fields, request, descriptor_pool=self._pool)
        rpc = self._channel.unary_unary(
            f"/{service}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=message_factory.GetMessageClass(described.output_type).FromString,
        )
        return json_format.MessageToDict(rpc(request, metadata=self._metadata, timeout=20))

    def _ask(self, **question):
        # Without a credential: reflection needs none.
        request = reflection_pb2.ServerReflectionRequest(**question)
        (answer,) = self._reflection.ServerReflectionInfo(iter([request]), timeout=20)
        assert not answer.HasField("error_response"), answer.error_response
        return answer

    def _take(self, answer):
        for raw in answer.file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(raw)
            if file.name not in self._files:
                self._files[file.name] = file
                for needed in file.dependency:
                    self._take(self._ask(file_by_filename=needed))

    def _add(self, file):
        try:
            self._pool.FindFileByName(file.name)
        except KeyError:
            for needed in file.dependency:
                self._add(self._files[needed])
            self._pool.Add(file)


@pytest.fixture(scope="module")
def explorer(server):
    found = Explorer(server)
    yield found
    found.close()


def test_all_services_are_listed_without_a_credential(explorer):
    assert explorer.services() >= SERVICES


def test_every_method_of_every_service_is_described(explorer):
    for name in SERVICES:
        service = explorer.learn(name)
        assert service.methods
        for method in service.methods:
            assert method.input_type.full_name.endswith(f"{method.name}Request")


def test_a_conversation_is_played_by_reflection_alone(explorer):
    explorer.learn("flowgen.v1.FlowService")
    explorer.learn("flowgen.v1.ChatService")
    actions = [
        {"type": "ask", "optionJson": json.dumps({"text": "Name?", "variable": "name"})},
        {"type": "say", "optionJson": json.dumps({"text": "Hi ${name}."})},
    ]
    flow = explorer.call("flowgen.v1.FlowService", "CreateFlow", flow={"name": "Found", "actions": actions})
    chat = explorer.call("flowgen.v1.ChatService", "CreateChat", chat={"flowId": flow["id"]})
    told = [
        explorer.call("flowgen.v1.ChatService", "SendMessage", chat={"id": chat["id"]}, text=text, wait="20s")
        for text in ("Hello", "Ann")
    ]
    assert [[reply["text"] for reply in answer["replies"]] for answer in told] == [["Name?"], ["Hi Ann."]]
    assert [answer["chat"]["state"] for answer in told] == ["CHAT_STATE_WAITING", "CHAT_STATE_COMPLETED"]


def test_an_unknown_symbol_is_said_to_be_unknown(explorer):
    request = reflection_pb2.ServerReflectionRequest(file_containing_symbol="flowgen.v1.Nothing")
    (answer,) = explorer._reflection.ServerReflectionInfo(iter([request]), timeout=20)
    assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]
