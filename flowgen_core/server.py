"""Puts the core together: store, runtime, services, and the gRPC server in front of them."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection

from flowgen_core import registry as plugins
from flowgen_core.ids import uuid7
from flowgen_core.model.project import Environment, Project
from flowgen_core.parts import Parts, build
from flowgen_core.runtime.projects import ProjectDraft
from flowgen_core.services.interceptors import CallInterceptor
from flowgen_core.settings import CoreSettings
from flowgen_core.store.sqlite import StoreUnusable
from flowgen_core.store.store import Store

# One table for both ends: a client that pings more often than the server permits is cut off.
OPTIONS = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", 4 * 1024 * 1024),
    ("grpc.max_send_message_length", 4 * 1024 * 1024),
    ("grpc.max_metadata_size", 32 * 1024),
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
)
DEMO = "Demo"
DEMO_KEY = "demo_key"
GRACE = 2.0
"""Seconds that calls under way get at the end."""


class StartupError(Exception):
    """The server cannot start; the text is one sentence for people."""


@dataclass(frozen=True, slots=True)
class FirstKey:
    """A key to show at the start; `fresh` when this start made it."""

    project_id: str
    api_key: str
    environment: str
    fresh: bool


class Core:
    """A core that runs."""

    def __init__(self, parts: Parts, server: aio.Server, health: HealthServicer, address: str) -> None:
        self._parts, self._server, self._health = parts, server, health
        self.address = address
        self.plugins = parts.registry
        self.first_key: FirstKey | None = None

    async def drain(self) -> None:
        """Says that it is about to stop, and answers every wait and stream with the state as it is."""
        await self._health.enter_graceful_shutdown()
        self._parts.bus.close()

    async def stop(self) -> None:
        """Ends calls, work and store, in this order. What is unfinished goes on at the next start."""
        await self.drain()
        await self._server.stop(GRACE)
        await self._parts.worker.stop()
        await self._parts.close()


async def start(settings: CoreSettings, *, demo: bool = False) -> Core:
    """Starts a core. Raises StartupError."""
    store = _open(settings)
    try:
        return await _start(settings, store, demo)
    except BaseException:
        await asyncio.to_thread(store.close)
        raise


def migrate(settings: CoreSettings) -> list[str]:
    """Brings the schema up to date and gives the names of what was applied. Raises StartupError."""
    store = _new_store(settings)
    try:
        return store.open()
    finally:
        store.close()


async def _start(settings: CoreSettings, store: Store, demo: bool) -> Core:
    try:
        registry = plugins.load()
    except plugins.DuplicateName as error:
        raise StartupError(str(error)) from None
    parts = build(settings, store, registry, now, new_id)
    server, health = _server(parts)
    address = _bind(server, settings.grpc_listen)
    core = Core(parts, server, health, address)
    core.first_key = await _first_key(settings, parts, demo)
    await parts.worker.start()
    await server.start()
    await health.set("", health_pb2.HealthCheckResponse.SERVING)
    return core


def new_id() -> str:
    """Makes an id."""
    return str(uuid7(time.time_ns(), secrets.token_bytes))


def now() -> datetime:
    """Gives the time of day."""
    return datetime.now(UTC)


def _open(settings: CoreSettings) -> Store:
    store = _new_store(settings)
    try:
        store.open()
    except Exception as error:
        store.close()
        raise StartupError(f"The database in `{settings.data_folder}` cannot be opened: {error}.") from error
    return store


def _new_store(settings: CoreSettings) -> Store:
    try:
        return Store(settings.data_folder)
    except StoreUnusable as error:
        raise StartupError(str(error)) from None


def _server(parts: Parts) -> tuple[aio.Server, HealthServicer]:
    descriptors = [service.descriptor for service in parts.services]
    interceptor = CallInterceptor(parts.authenticate, descriptors, parts.new_id)
    server = aio.server(interceptors=[interceptor], options=OPTIONS)
    for service in parts.services:
        service.add(server)
    health = HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    names = [descriptor.full_name for descriptor in descriptors]
    reflection.enable_server_reflection((*names, "grpc.health.v1.Health", reflection.SERVICE_NAME), server)
    return server, health


def _bind(server: aio.Server, address: str) -> str:
    host = address.rpartition(":")[0]
    try:
        port = server.add_insecure_port(address)
    except RuntimeError:
        port = 0
    if not port:
        raise StartupError(
            f"The address `{address}` cannot be listened on: it is used, or not of this machine."
        )
    return f"{host}:{port}"


async def _first_key(settings: CoreSettings, parts: Parts, demo: bool) -> FirstKey | None:
    kept = settings.data_folder / DEMO_KEY
    if demo and kept.exists():
        project_id, api_key = kept.read_text().split()
        return FirstKey(project_id, api_key, Environment.SANDBOX, fresh=False)
    environment = Environment.SANDBOX if demo else Environment.PRODUCTION
    draft = ProjectDraft(DEMO if demo else "Default", environment)
    made = await (parts.projects.create(draft) if demo else parts.projects.create_first(draft))
    if made is None:
        return None
    project, key = made
    if demo:
        _keep(settings, project, key.key)
    return FirstKey(project.id, key.key, project.environment, fresh=True)


def _keep(settings: CoreSettings, project: Project, key: str) -> None:
    path = settings.data_folder / DEMO_KEY
    path.touch(mode=0o600)
    path.write_text(f"{project.id} {key}\n")
