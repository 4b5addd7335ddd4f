"""The way to the core: one channel, its stubs, and calls that always have a deadline."""

from dataclasses import dataclass
from typing import TypeVar

import grpc
from grpc.aio import AioRpcError, UnaryUnaryMultiCallable, UsageError
from grpc_health.v1 import health_pb2, health_pb2_grpc

from flowgen_core.pb.v1 import (
    chat_pb2_grpc,
    flow_pb2_grpc,
    generation_pb2_grpc,
    plugin_pb2_grpc,
    project_pb2,
    project_pb2_grpc,
    run_pb2_grpc,
)
from flowgen_gateway.errors import core_error, unavailable

DEADLINE = 15.0
WAIT_MARGIN = 5.0
REPLAYED_KEY = "flowgen-replayed"
RequestT = TypeVar("RequestT")
AnswerT = TypeVar("AnswerT")
Metadata = tuple[tuple[str, str], ...]

# No `max_concurrent_streams`: with many open watches every other call would wait for a free stream.
CHANNEL_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.max_receive_message_length", 4 * 2**20),
    ("grpc.max_send_message_length", 4 * 2**20),
    # gRPC's own pauses grow to two minutes: too long for a core that is only restarted.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)


def open_channel(address: str) -> grpc.aio.Channel:
    """Opens the channel to the core at `host:port`; it connects by itself, again and again."""
    return grpc.aio.insecure_channel(address, options=CHANNEL_OPTIONS)


class Core:
    """The stubs of the core's services on one channel."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.chats = chat_pb2_grpc.ChatServiceStub(channel)
        self.flows = flow_pb2_grpc.FlowServiceStub(channel)
        self.runs = run_pb2_grpc.RunServiceStub(channel)
        self.generations = generation_pb2_grpc.GenerationServiceStub(channel)
        self.projects = project_pb2_grpc.ProjectServiceStub(channel)
        self.plugins = plugin_pb2_grpc.PluginServiceStub(channel)
        self._health = health_pb2_grpc.HealthStub(channel)

    async def is_serving(self) -> bool:
        """Asks the core's health service; anything but SERVING within two seconds is no."""
        try:
            answer = await self._health.Check(health_pb2.HealthCheckRequest(), timeout=2)
        except (AioRpcError, UsageError):
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@dataclass(frozen=True, slots=True)
class CoreClient:
    """Calls the core for one request: with its credential and its id, and never without a deadline."""

    core: Core
    metadata: Metadata

    async def call(
        self, method: UnaryUnaryMultiCallable[RequestT, AnswerT], request: RequestT, *, wait: float = 0
    ) -> AnswerT:
        """Calls an rpc that may take `wait` seconds. Raises CoreError."""
        try:
            return await method(request, metadata=self.metadata, timeout=_deadline(wait))
        except AioRpcError as error:
            raise core_error(error) from None
        except UsageError:
            raise unavailable() from None

    async def call_once(
        self, method: UnaryUnaryMultiCallable[RequestT, AnswerT], request: RequestT, *, wait: float = 0
    ) -> tuple[AnswerT, bool]:
        """Calls an rpc with a `request_id`; tells also whether its answer is a replay. Raises CoreError."""
        try:
            call = method(request, metadata=self.metadata, timeout=_deadline(wait))
            answer = await call
            trailing = await call.trailing_metadata()
        except AioRpcError as error:
            raise core_error(error) from None
        except UsageError:
            raise unavailable() from None
        return answer, any(key == REPLAYED_KEY and value == "true" for key, value in trailing)

    async def caller(self) -> project_pb2.Caller:
        """Asks whose credential this is. Raises CoreError."""
        return await self.call(self.core.projects.GetCaller, project_pb2.GetCallerRequest())


def _deadline(wait: float) -> float:
    return max(DEADLINE, wait + WAIT_MARGIN)
