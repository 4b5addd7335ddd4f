"""What a credential may do: every rpc and every route, by every role, also after the credential is gone."""

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf import message_factory
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support.routes import Route, routes_of, shape_complaint
from tests.support.rpcs import RPCS, Told, invoke, path_of, request_of, scope_of
from tests.support.servers import Server
from tests.support.world import World

ROLES = ("READ", "WRITE", "ADMIN")
BAD_CREDENTIALS = {
    "none": None,
    "empty": "",
    "no_scheme": "fg_test_x",
    "basic": "Basic YTpi",
    "blank": "Bearer ",
    "unknown_key": "Bearer fg_test_" + "a" * 36,
    "wrong_checksum": "Bearer fg_live_" + "0" * 36,
    "unsigned_token": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
    "dots": "Bearer a.b.c",
    "one_purpose": "Ticket abc",
    "channel": "Channel abc",
    "sql": "Bearer ' OR 1=1 --",
    "long": "Bearer " + "x" * 7000,
}
# A revoked key is gone so soon after its deletion was answered.
GONE = 1.0


@pytest.fixture(scope="module")
def world(neighbour: tuple[Server, Server]) -> World:
    return World(neighbour[0])


@pytest.fixture(scope="module")
def keys(world: World) -> dict[str, str]:
    """A key of each role."""
    return {role: new_key(world, role).key for role in ROLES}


def new_key(world: World, *roles: str) -> Any:
    numbers = [ROLES.index(role) + 1 for role in roles]
    told = world.call("CreateApiKey", request_of("CreateApiKey", api_key={"name": "x", "scopes": numbers}))
    assert told.code == "OK", told
    return told.answer


def call(world: World, name: str, credential: str | None, **fields: Any) -> Told:
    metadata = [] if credential is None else [("authorization", credential)]
    return invoke(world.channel, name, request_of(name, **fields), metadata)


@pytest.mark.parametrize("name", RPCS)
def test_every_rpc_declares_a_scope(name: str) -> None:
    assert scope_of(RPCS[name]) in {"READ", "WRITE", "ADMIN", "OPERATOR", "ANY", "TICKET", "REPLY", "MEDIA"}


@pytest.mark.parametrize("name", RPCS)
def test_without_a_valid_credential_every_rpc_is_unauthenticated(world: World, name: str) -> None:
    for label, credential in BAD_CREDENTIALS.items():
        told = call(world, name, credential)
        assert (told.code, told.reason) == ("UNAUTHENTICATED", "UNAUTHENTICATED"), label
        assert told.facts == {"credential": "invalid" if credential else "missing"}, label
        # Strangers make us parse nothing, and learn nothing of what is wrong with what they sent.
        garbage = invoke(world.channel, name, b"\xff\xff", [("authorization", credential or "")])
        assert garbage.code == "UNAUTHENTICATED", label


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", RPCS)
def test_a_role_may_do_what_its_scope_allows_and_nothing_else(
    world: World, keys: dict[str, str], name: str, role: str
) -> None:
    needed = scope_of(RPCS[name])
    told = call(world, name, f"Bearer {keys[role]}")
    if needed in {role, "ANY"}:
        assert told.code not in {"UNAUTHENTICATED", "PERMISSION_DENIED"}, told
    else:
        assert (told.code, told.reason) == ("PERMISSION_DENIED", "PERMISSION_DENIED")
        assert told.facts == {"scope": needed.lower()}


def test_a_refused_role_changes_nothing(world: World, keys: dict[str, str]) -> None:
    requests = {name: world.request(name) for name in RPCS}
    before = [world.made("GetFlow"), world.made("GetChat"), world.made("GetProject")]
    for name, rpc in RPCS.items():
        for role in ROLES:
            if scope_of(rpc) not in {role, "ANY"}:
                metadata = [("authorization", f"Bearer {keys[role]}")]
                assert invoke(world.channel, name, requests[name], metadata).code == "PERMISSION_DENIED"
    assert [world.made("GetFlow"), world.made("GetChat"), world.made("GetProject")] == before


def test_no_key_can_be_made_that_operates(world: World) -> None:
    for scopes in ([4], [1, 4], [5], [6], [8], [0]):
        told = world.call("CreateApiKey", request_of("CreateApiKey", api_key={"name": "x", "scopes": scopes}))
        assert told.code == "INVALID_ARGUMENT", scopes


# The same over REST.


def ask(http: httpx.Client, world: World, route: Route, headers: dict[str, str]) -> httpx.Response:
    # An id of nothing, so that nothing is deleted; of a stream, the chat that there is would never end.
    path = route.at(str(uuid.uuid4()))
    return http.request(route.method, path, json=route.body(world.flow_id), headers=headers)


@pytest.fixture(scope="module")
def http(neighbour: tuple[Server, Server]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=neighbour[0].http, timeout=20) as client:
        yield client


def test_without_a_valid_credential_every_route_is_401(
    world: World, http: httpx.Client, neighbour: tuple[Server, Server]
) -> None:
    for route in routes_of(neighbour[0]):
        for label, credential in BAD_CREDENTIALS.items():
            answer = ask(
                http, world, route, {} if credential is None else {"Authorization": credential.strip()}
            )
            assert answer.status_code == (200 if route.is_open else 401), (route.name, label)
            if not route.is_open:
                assert answer.headers["www-authenticate"] == "Bearer", (route.name, label)
                assert not shape_complaint(route.path, 401, answer.headers, answer.content), route.name


def test_every_route_needs_its_scope_and_no_other(
    world: World, http: httpx.Client, keys: dict[str, str], neighbour: tuple[Server, Server]
) -> None:
    for route in routes_of(neighbour[0]):
        for role, key in keys.items():
            if route.is_open:
                continue
            answer = ask(http, world, route, {"Authorization": f"Bearer {key}"})
            allowed = role.lower() == route.scope
            assert (answer.status_code not in (401, 403)) is allowed, (route.name, role, answer.text)
            assert answer.status_code < 500
            assert not shape_complaint(route.path, answer.status_code, answer.headers, answer.content), (
                route.name
            )


# A key that is deleted.


@contextmanager
def revoked(world: World, key: Any) -> Iterator[float]:
    """Deletes a key and tells when that was answered."""
    assert world.call("DeleteApiKey", request_of("DeleteApiKey", id=key.id)).code == "OK"
    yield time.monotonic()


def test_a_revoked_key_is_refused_within_a_second_at_every_door(world: World, http: httpx.Client) -> None:
    key = new_key(world, "READ")
    metadata, headers = [("authorization", f"Bearer {key.key}")], {"X-API-KEY": key.key}
    assert invoke(world.channel, "GetCaller", request_of("GetCaller"), metadata).code == "OK"
    assert http.get("/chats", headers=headers).status_code == 200
    with revoked(world, key) as since:
        last = 0.0
        while time.monotonic() - since < GONE + 0.2:
            started = time.monotonic() - since
            good = invoke(world.channel, "GetCaller", request_of("GetCaller"), metadata).code == "OK"
            last = started if good or http.get("/chats", headers=headers).status_code == 200 else last
        assert last < GONE


def test_open_streams_end_within_a_second_of_the_end_of_their_key(
    world: World, http: httpx.Client, neighbour: tuple[Server, Server]
) -> None:
    key = new_key(world, "READ", "WRITE")
    metadata, headers = [("authorization", f"Bearer {key.key}")], {"X-API-KEY": key.key}
    ended: dict[str, tuple[float, Any]] = {}
    opened = threading.Barrier(4)
    watchers = (watch_grpc, watch_sse, watch_socket)
    threads = []
    for watcher in watchers:

        def run(watcher: Any = watcher) -> None:
            ended[watcher.__name__] = watcher(world, neighbour[0], metadata, headers, opened)

        threads.append(threading.Thread(target=run, daemon=True))
        threads[-1].start()
    opened.wait(10)
    with revoked(world, key) as since:
        for thread in threads:
            thread.join(5)
    assert set(ended) == {watcher.__name__ for watcher in watchers}, "a stream goes on"
    assert {name: how for name, (_, how) in ended.items()} == {
        "watch_grpc": "UNAUTHENTICATED",
        "watch_sse": "end",
        "watch_socket": 4401,
    }
    for name, (at, _) in ended.items():
        assert at - since < GONE, name


def watch_grpc(world: World, _: Server, metadata: Any, __: Any, opened: Any) -> tuple[float, Any]:
    rpc = RPCS["WatchChat"]
    read = message_factory.GetMessageClass(rpc.output_type).FromString
    request = request_of("WatchChat", chat={"id": world.chat_id}).SerializeToString()
    watch = world.channel.unary_stream(path_of(rpc), response_deserializer=read)
    stream = watch(request, metadata=metadata, timeout=20)
    assert next(stream).type == "hello"
    opened.wait(10)
    try:
        for _event in stream:
            pass
    except grpc.RpcError as error:
        return time.monotonic(), error.code().name
    return time.monotonic(), "end"


def watch_sse(world: World, server: Server, _: Any, headers: Any, opened: Any) -> tuple[float, Any]:
    url = f"{server.http}/chats/{world.chat_id}/events"
    with httpx.stream("GET", url, headers=headers, timeout=20) as answer:
        lines = answer.iter_lines()
        data = next(line for line in lines if line.startswith("data:"))
        assert json.loads(data[5:])["type"] == "hello"
        opened.wait(10)
        for _line in lines:
            pass
    return time.monotonic(), "end"


def watch_socket(world: World, server: Server, _: Any, headers: Any, opened: Any) -> tuple[float, Any]:
    url = f"{server.http.replace('http', 'ws')}/chats/{world.chat_id}/ws"
    with connect(url, additional_headers=headers) as socket:
        assert json.loads(socket.recv(timeout=5))["type"] == "hello"
        opened.wait(10)
        try:
            while True:
                socket.recv(timeout=10)
        except ConnectionClosed as closed:
            return time.monotonic(), closed.rcvd.code if closed.rcvd else None
