"""Every rpc of the contract, read from its descriptors, and calls of any of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status

from flowgen_core.pb.v1 import (
    chat_pb2,
    flow_pb2,
    generation_pb2,
    options_pb2,
    plugin_pb2,
    project_pb2,
    run_pb2,
)
from flowgen_core.services.chat import ChatService
from flowgen_core.services.flow import FlowService
from flowgen_core.services.generation import GenerationService
from flowgen_core.services.plugin import PluginService
from flowgen_core.services.project import ProjectService
from flowgen_core.services.run import RunService

SERVICES = {
    chat_pb2: ChatService,
    flow_pb2: FlowService,
    generation_pb2: GenerationService,
    plugin_pb2: PluginService,
    project_pb2: ProjectService,
    run_pb2: RunService,
}
# What is served: an rpc may stand in the contract some hours before its code.
RPCS: dict[str, MethodDescriptor] = {
    rpc.name: rpc
    for module, servicer in SERVICES.items()
    for service in module.DESCRIPTOR.services_by_name.values()
    for rpc in service.methods
    if rpc.name in vars(servicer)
}
Metadata = Sequence[tuple[str, str | bytes]]
TIMEOUT = 20


@dataclass(frozen=True)
class Told:
    """What a call was answered: `answer` is the message, the first one of a stream, None for a refusal."""

    code: str
    text: str
    reason: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    violations: tuple[tuple[str, str, str], ...] = ()
    answer: Any = None
    trailing: tuple[tuple[str, Any], ...] = ()

    @property
    def refusal(self) -> tuple[Any, ...]:
        """All that a refused caller is told, less the id of the request."""
        return self.code, self.text, self.reason, tuple(sorted(self.facts.items())), self.violations


def path_of(rpc: MethodDescriptor) -> str:
    return f"/{rpc.containing_service.full_name}/{rpc.name}"


def scope_of(rpc: MethodDescriptor) -> str:
    return options_pb2.Scope.Name(rpc.GetOptions().Extensions[options_pb2.scope]).removeprefix("SCOPE_")


def message_of(descriptor: Descriptor) -> Message:
    """Makes an empty message."""
    return message_factory.GetMessageClass(descriptor)()


def request_of(name: str, **fields: Any) -> Message:
    """Makes the request of an rpc."""
    return message_factory.GetMessageClass(RPCS[name].input_type)(**fields)


def invoke(channel: grpc.Channel, name: str, request: Message | bytes, metadata: Metadata) -> Told:
    """Calls an rpc and takes its answer, or the first one of its stream."""
    rpc = RPCS[name]
    raw = request if isinstance(request, bytes) else request.SerializeToString()
    read = message_factory.GetMessageClass(rpc.output_type).FromString
    try:
        if rpc.server_streaming:
            stream = channel.unary_stream(path_of(rpc), response_deserializer=read)(
                raw, metadata=metadata, timeout=TIMEOUT
            )
            answer = next(iter(stream))
            stream.cancel()
            return Told("OK", "", answer=answer)
        answer, call = channel.unary_unary(path_of(rpc), response_deserializer=read).with_call(
            raw, metadata=metadata, timeout=TIMEOUT
        )
    except grpc.RpcError as error:
        return told(error)
    return Told("OK", "", answer=answer, trailing=tuple(map(tuple, call.trailing_metadata())))


def told(error: grpc.RpcError) -> Told:
    """Reads a refusal."""
    trailing = tuple(map(tuple, error.trailing_metadata() or ()))
    info, bad = ErrorInfo(), BadRequest()
    for key, value in trailing:
        if key == "grpc-status-details-bin":
            for packed in Status.FromString(value).details:
                packed.Unpack(info) if packed.Is(ErrorInfo.DESCRIPTOR) else packed.Unpack(bad)
    violations = tuple((one.field, one.reason, one.description) for one in bad.field_violations)
    text = error.details() or ""
    return Told(error.code().name, text, info.reason, dict(info.metadata), violations, None, trailing)


FieldPath = tuple[FieldDescriptor, ...]


def fields_of(descriptor: Descriptor, seen: tuple[str, ...] = ()) -> Iterator[FieldPath]:
    """Walks all fields of a message and of the messages in it; one that holds itself is entered once."""
    for each in descriptor.fields:
        yield (each,)
        inner = each.message_type
        if inner is not None and inner.full_name not in (*seen, descriptor.full_name):
            yield from ((each, *rest) for rest in fields_of(inner, (*seen, descriptor.full_name)))


def put(message: Message, path: FieldPath, value: Any) -> None:
    """Sets the field at a path, in a first element where a list is on the way; a list is set whole."""
    for each in path[:-1]:
        holder = getattr(message, each.name)
        if each.is_repeated:
            message = holder[0] if holder else holder.add()
        else:
            holder.SetInParent()
            message = holder
    last = path[-1]
    if last.message_type is not None and not last.is_repeated:
        getattr(message, last.name).CopyFrom(value)
    elif last.is_repeated:
        del getattr(message, last.name)[:]
        getattr(message, last.name).extend(value)
    else:
        setattr(message, last.name, value)


def name_of(path: FieldPath) -> str:
    return ".".join(each.name for each in path)
