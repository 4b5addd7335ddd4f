"""The parts of a core and how they hang together; `server.py` starts and stops them."""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from google.protobuf.descriptor import ServiceDescriptor
from grpc import aio

from flowgen_core.pb.v1 import (
    chat_pb2,
    chat_pb2_grpc,
    flow_pb2,
    flow_pb2_grpc,
    generation_pb2,
    generation_pb2_grpc,
    plugin_pb2,
    plugin_pb2_grpc,
    project_pb2,
    project_pb2_grpc,
    run_pb2,
    run_pb2_grpc,
)
from flowgen_core.registry import Registry
from flowgen_core.runtime import aftermath, commit, jwks, purge
from flowgen_core.runtime.auth import Authenticator
from flowgen_core.runtime.bus import Bus
from flowgen_core.runtime.callers import CallerCache
from flowgen_core.runtime.catalog import Catalog
from flowgen_core.runtime.channel_configs import ChannelConfigs
from flowgen_core.runtime.channel_work import ChannelWork
from flowgen_core.runtime.channels import Channels
from flowgen_core.runtime.chats import Chats
from flowgen_core.runtime.context import Outside
from flowgen_core.runtime.drafts import Checker
from flowgen_core.runtime.evaluating import Evaluations
from flowgen_core.runtime.flows import Flows
from flowgen_core.runtime.frames import Frames
from flowgen_core.runtime.generation_work import GenerationWork, Tools
from flowgen_core.runtime.generations import Generations
from flowgen_core.runtime.keys import ApiKeys, KeyFactory
from flowgen_core.runtime.keytext import Hasher, hasher, key_maker, load_pepper
from flowgen_core.runtime.laterwork import LaterWork
from flowgen_core.runtime.outbound.http import GuardedHttp
from flowgen_core.runtime.outbound.llm import make_model
from flowgen_core.runtime.outbound.mail import make_mailer
from flowgen_core.runtime.override_checks import OverrideChecks
from flowgen_core.runtime.projects import Projects
from flowgen_core.runtime.purge import Purge
from flowgen_core.runtime.releases import Releases
from flowgen_core.runtime.runs import Runs
from flowgen_core.runtime.scene import Flows as Reach
from flowgen_core.runtime.scene import Head
from flowgen_core.runtime.schemas import Schemas
from flowgen_core.runtime.send import Inbox
from flowgen_core.runtime.staging import Stage
from flowgen_core.runtime.starting import Starter
from flowgen_core.runtime.steering import Steering
from flowgen_core.runtime.streaming import Streamer
from flowgen_core.runtime.tokens import TokenVerifier
from flowgen_core.runtime.turns import Turns
from flowgen_core.runtime.versions import Versions
from flowgen_core.runtime.watch import Watcher
from flowgen_core.runtime.worker import Worker
from flowgen_core.services.chat import ChatService
from flowgen_core.services.flow import FlowService
from flowgen_core.services.generation import GenerationService
from flowgen_core.services.interceptors import Authenticate
from flowgen_core.services.plugin import PluginService
from flowgen_core.services.project import ProjectService
from flowgen_core.services.run import RunService
from flowgen_core.settings import CoreSettings, JwtSettings
from flowgen_core.store import flows as flow_rows
from flowgen_core.store import laters
from flowgen_core.store.documents import Documents
from flowgen_core.store.store import Store
from flowgen_core.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Service:
    """A gRPC service and how it joins a server."""

    descriptor: ServiceDescriptor
    add: Callable[[aio.Server], None]


@dataclass(frozen=True, slots=True)
class Parts:
    """What `server.py` starts, stops and asks."""

    registry: Registry
    store: Store
    bus: Bus
    worker: Worker
    projects: Projects
    authenticate: Authenticate
    services: Sequence[Service]
    new_id: Callable[[], str]
    http: GuardedHttp

    async def close(self) -> None:
        """Closes connections and the store; what waits to be written is written."""
        await self.http.close()
        await asyncio.to_thread(self.store.close)


@dataclass(frozen=True, slots=True)
class World:
    """What comes from outside and is passed in everywhere: time, ids, the store."""

    settings: CoreSettings
    store: Store
    registry: Registry
    clock: Callable[[], datetime]
    new_id: Callable[[], str]


def build(
    settings: CoreSettings,
    store: Store,
    registry: Registry,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
) -> Parts:
    """Makes all parts of a core. Nothing runs yet."""
    world = World(settings, store, registry, clock, new_id)
    bus, worker, cache = Bus(), Worker(store, clock), CallerCache(time.monotonic)
    digest = hasher(_pepper(settings))
    keys = KeyFactory(key_maker(secrets.token_bytes), digest, clock, new_id)
    projects = Projects(store, keys, cache, clock, new_id)
    http, outside = _outside(settings, clock)
    channels = Channels(store, ChannelConfigs(registry.channel_types), clock, new_id)
    services = (
        *_flow_services(world, bus, worker, outside),
        _service(
            project_pb2.DESCRIPTOR,
            project_pb2_grpc.add_ProjectServiceServicer_to_server,
            ProjectService(projects, ApiKeys(store, keys, cache), channels),
        ),
        _service(
            plugin_pb2.DESCRIPTOR,
            plugin_pb2_grpc.add_PluginServiceServicer_to_server,
            PluginService(Catalog(registry)),
        ),
    )
    authenticate = _authenticator(settings, store, digest, cache)
    return Parts(registry, store, bus, worker, projects, authenticate, services, new_id, http)


def _flow_services(world: World, bus: Bus, worker: Worker, outside: Outside) -> Sequence[Service]:
    store, clock, new_id, registry = world.store, world.clock, world.new_id, world.registry
    documents, schemas = Documents(), Schemas()
    checker = Checker(registry.action_types, schemas, tuple(registry.variable_sources))
    reach = Reach(documents.get, _head)
    frames, versions = Frames(bus, clock, f"{int(clock().timestamp()):x}"), Versions(documents)
    stage = Stage(store, bus, frames, reach, registry.action_types, registry.variable_sources, outside)
    _handle_work(world, bus, worker, stage, checker, versions)
    generations = Generations(store, bus, worker, registry.flow_types, clock, new_id)
    chat_service = ChatService(
        Chats(store, bus, worker, reach, clock, new_id),
        Inbox(store, bus, worker, reach, clock, new_id),
        Watcher(store, bus),
        world.settings.wait.message,
    )
    flow_service = FlowService(
        Flows(store, documents, checker, clock, new_id), Releases(store, documents, clock)
    )
    checks = OverrideChecks(registry.action_types)
    run_service = RunService(
        Runs(store),
        Starter(store, worker, frames, versions, checks, checker, clock, new_id),
        Steering(store, bus, worker, frames, reach, clock, new_id),
        Streamer(store, bus, frames),
        world.settings.wait.run,
    )
    return (
        _service(chat_pb2.DESCRIPTOR, chat_pb2_grpc.add_ChatServiceServicer_to_server, chat_service),
        _service(flow_pb2.DESCRIPTOR, flow_pb2_grpc.add_FlowServiceServicer_to_server, flow_service),
        _service(
            generation_pb2.DESCRIPTOR,
            generation_pb2_grpc.add_GenerationServiceServicer_to_server,
            GenerationService(generations, world.settings.wait.generation),
        ),
        _service(run_pb2.DESCRIPTOR, run_pb2_grpc.add_RunServiceServicer_to_server, run_service),
    )


def _handle_work(
    world: World, bus: Bus, worker: Worker, stage: Stage, checker: Checker, versions: Versions
) -> None:
    store, clock, new_id = world.store, world.clock, world.new_id
    playing = Turns(stage, checker.schemas, worker, clock, new_id)
    generating = GenerationWork(
        Tools(store, bus, checker, worker.poke, clock, new_id), world.registry.flow_types
    )
    cleaning = Purge(store, clock)
    worker.handle(commit.KIND, playing.work, playing.give_up)
    worker.handle("generation", generating.work, generating.give_up)
    sending = ChannelWork(store, worker, world.registry.channel_types, stage.outside.http, clock)
    worker.handle(laters.KIND, LaterWork(stage, worker, sending, clock, new_id).work)
    worker.handle(
        aftermath.EVALUATION, Evaluations(store, bus, worker, stage.frames, versions, clock, new_id).work
    )
    worker.handle(purge.CHAT, cleaning.chat)
    worker.handle(purge.REQUESTS, cleaning.requests)


# Each generated `add_…_to_server` takes its own servicer class.
def _service(file: Any, add: Callable[[Any, aio.Server], None], servicer: Any) -> Service:
    descriptor = next(iter(file.services_by_name.values()))
    return Service(descriptor, partial(add, servicer))


def _head(tx: Tx, project_id: str, flow_id: str) -> Head | None:
    found = flow_rows.head(tx, project_id, flow_id)
    return None if found is None or found.deleted else Head(flow_id, found.revision_id)


def _outside(settings: CoreSettings, clock: Callable[[], datetime]) -> tuple[GuardedHttp, Outside]:
    http = GuardedHttp(settings.allow_private_networks)
    return http, Outside(http, make_model(settings.llm), make_mailer(settings.smtp, clock))


def _pepper(settings: CoreSettings) -> bytes:
    if settings.key_pepper is not None:
        return settings.key_pepper.get_secret_value().encode()
    return load_pepper(settings.data_folder)


def _authenticator(settings: CoreSettings, store: Store, digest: Hasher, cache: CallerCache) -> Authenticate:
    return Authenticator(store, digest, cache, _tokens(settings.jwt) if settings.jwt.issuer else None).caller


def _tokens(jwt: JwtSettings) -> TokenVerifier:
    load = jwks.from_file(jwt.jwks_file) if jwt.jwks_file else jwks.from_url(jwt.jwks_url)
    keys = jwks.Jwks(load, time.monotonic)
    return TokenVerifier(keys, jwt.issuer, jwt.audience, jwt.algorithms, jwt.leeway)
