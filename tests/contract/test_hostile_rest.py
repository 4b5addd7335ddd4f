"""Every route under hostile requests: each is answered in its dialect's words, and the server lives on."""

import json
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support import fuzzdata
from tests.support.routes import Route, routes_of, shape_complaint
from tests.support.servers import Server, folder, serve
from tests.support.world import World

INTERNALS = (
    b"Traceback",
    b'File "',
    b"Exception",
    b"apsw",
    b"sqlite",
    b"peewee",
    b"pydantic",
    b"AioRpc",
    b"0x7f",
)
SLOWEST = 3.0
MOST_MEMORY = 400 * 1024 * 1024


class Attacker:
    """Sends raw requests to a server that may be ruined, and judges the answers."""

    def __init__(self, server: Server) -> None:
        self.server, self.world = server, World(server)
        self.routes = [route for route in routes_of(server) if not route.streams]
        # Those of runs take no number: they are resumed by the opaque id of a frame, and have tests of their own.
        self.streams = [route for route in routes_of(server) if route.streams and not route.is_botdojo]
        self.http = httpx.Client(base_url=server.http, timeout=20)
        self.credential = [(b"authorization", f"Bearer {server.api_key}".encode())]

    def id_for(self, route: Route) -> str:
        """An id that is there, unless the call would delete it."""
        if not route.id_name or route.method == "DELETE":
            return str(uuid.uuid4())
        resource = route.path.partition("/{")[0].rpartition("/")[2]
        world = self.world
        known = {"chats": world.chat_id, "flow-generations": world.generation_id, "flows": world.flow_id}
        known["activeflows"] = known["flow_requests"] = known["eval_jobs"] = world.run_id
        return {**known, "organizations": self.server.project_id}[resource]

    def complaint(
        self,
        method: str,
        path: str,
        headers: list[tuple[bytes, bytes]] | None = None,
        body: bytes | None = None,
    ) -> str:
        """Sends a request and tells what is wrong with the answer; empty when nothing is."""
        url = httpx.URL(self.server.http).copy_with(raw_path=path.encode())
        sent = [(b"host", b"127.0.0.1"), *self.credential, *(headers or [])]
        started = time.monotonic()
        answer = self.http.send(httpx.Request(method, url, headers=sent, content=body))
        seconds = time.monotonic() - started
        if answer.status_code >= 500:
            return f"{answer.status_code}: {answer.content[:200]!r}"
        if any(internal in answer.content for internal in INTERNALS):
            return f"tells of the inside: {answer.content[:300]!r}"
        if any(name.lower() == "x-injected" for name in answer.headers):
            return "has a header that was injected"
        if seconds > SLOWEST:
            return f"took {seconds:.1f} s"
        found = shape_complaint(path, answer.status_code, answer.headers, answer.content)
        return f"{answer.status_code} {found}" if found else ""

    def send_raw(self, raw: bytes) -> bytes:
        """Sends bytes over a connection of their own, and reads what comes until a short silence or the end."""
        place = urlsplit(self.server.http)
        with socket.create_connection((place.hostname, place.port), timeout=5) as door:
            try:
                door.sendall(raw)
                door.shutdown(socket.SHUT_WR)
            except OSError:
                return b""
            answer = b""
            door.settimeout(2)
            try:
                while part := door.recv(65536):
                    answer += part
            except OSError:
                pass
            return answer


@pytest.fixture(scope="module")
def attacker() -> Iterator[Attacker]:
    data = folder()
    with serve(data, "--demo") as server:
        yield Attacker(server)
    shutil.rmtree(data.parent, ignore_errors=True)


@pytest.fixture(autouse=True)
def the_server_lives_on_within_its_memory(attacker: Attacker) -> Iterator[None]:
    yield
    server = attacker.server
    assert server.process is not None and server.process.poll() is None, "the server has ended"
    started = time.monotonic()
    answer = httpx.get(f"{server.http}/chats/{attacker.world.chat_id}", headers=server.headers)
    assert answer.status_code == 200 and time.monotonic() - started < 2
    taken = int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(server.process.pid)])) * 1024
    assert taken < MOST_MEMORY, f"the server holds {taken >> 20} MiB"


def report(wrong: list[str]) -> None:
    assert not wrong, "\n".join(wrong[:30])


def test_every_route_answers_hostile_bodies_with_a_reason(attacker: Attacker) -> None:
    wrong = []
    for route in attacker.routes:
        path = route.at(attacker.id_for(route))
        # A route that reads no body gets a few, for it must not choke on them.
        bodies = fuzzdata.BODIES if route.body("") else fuzzdata.RAW_BODIES
        for name, body in bodies.items():
            found = attacker.complaint(route.method, path, body=body)
            wrong += [f"{route.name}, {name}: {found}"] if found else []
    report(wrong)


def test_every_route_with_a_body_answers_hostile_values_in_every_member(attacker: Attacker) -> None:
    wrong = []
    for route in attacker.routes:
        body = route.body(attacker.world.flow_id)
        path = route.at(attacker.id_for(route))
        for member in body or ():
            for name, text in {**fuzzdata.JSON_TEXTS, **_as_strings()}.items():
                raw = _with_member(body, member, text)
                found = attacker.complaint(route.method, path, body=raw)
                wrong += [f"{route.name}, {member} = {name}: {found}"] if found else []
    report(wrong)


def _as_strings() -> dict[str, str]:

    return {f"text_{name}": json.dumps(text) for name, text in fuzzdata.TEXTS.items()}


def _with_member(body: Any, member: str, text: str) -> bytes:

    marked = json.dumps({**body, member: "<here>"})
    return marked.replace('"<here>"', text).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("name", fuzzdata.BIG_BODIES)
def test_bodies_of_ten_megabytes_are_refused_by_every_route_that_reads_one(
    attacker: Attacker, name: str
) -> None:
    for route in attacker.routes:
        if route.body(""):
            url = attacker.server.http + route.at(attacker.id_for(route))
            try:
                answer = httpx.request(
                    route.method,
                    url,
                    headers=attacker.server.headers,
                    content=fuzzdata.BIG_BODIES[name],
                    timeout=20,
                )
            except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
                continue  # the server closed the connection instead of reading on
            assert answer.status_code == 413, (route.name, answer.text)
            assert not shape_complaint(route.path, 413, answer.headers, answer.content)


def test_a_chunked_body_without_end_is_cut_off(attacker: Attacker) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(300):
            yield b" " * 65536

    url = f"{attacker.server.http}/chats"
    try:
        answer = httpx.post(url, headers=attacker.server.headers, content=endless(), timeout=20)
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        return
    assert answer.status_code == 413


def test_every_path_answers_hostile_ids_with_not_found(attacker: Attacker) -> None:
    wrong = []
    for route in [*attacker.routes, *attacker.streams]:
        if not route.id_name:
            continue
        for id in fuzzdata.PATH_IDS:
            path = route.path.replace("{" + route.id_name + "}", id)
            found = attacker.complaint(
                route.method, path, body=b"" if route.method == "GET" else b'{"message":"x"}'
            )
            wrong += [f"{route.name}, {id[:60]}: {found}"] if found else []
    report(wrong)


def test_every_query_parameter_answers_hostile_values(attacker: Attacker) -> None:
    wrong = []
    for route in attacker.routes:
        if route.method != "GET":
            continue
        path = route.at(attacker.id_for(route))
        for query in route.queries:
            # An alias has the handlers of its canonical path: it gets some of the values.
            is_alias = route.path.startswith(("/v1", "/flow-generations"))
            for value in fuzzdata.QUERY_VALUES[:: 4 if is_alias else 1]:
                found = attacker.complaint("GET", f"{path}?{query}={value}")
                wrong += [f"{route.name}, {query} = {value[:60]}: {found}"] if found else []
    report(wrong)


def test_waits_positions_and_modes_answer_hostile_values(attacker: Attacker) -> None:
    wrong = []
    chat = f"/chats/{attacker.world.chat_id}"
    values = [value for value in fuzzdata.QUERY_VALUES if value not in {"", "0", "1_0", "%D9%A3", "x"}]
    for value in values:
        for method, path, body in [
            ("POST", f"{chat}/messages?wait={value}", b'{"message":"x"}'),
            ("POST", f"/flow-generations?sync={value}", b"{}"),
            ("POST", f"{chat}/abort?{value}={value}&{value}", b""),
        ]:
            found = attacker.complaint(method, path, body=body)
            wrong += [f"{path[:80]}: {found}"] if found else []
    many = "&".join(f"filter[status]={n}" for n in range(2000))
    found = attacker.complaint("GET", f"/public/v2/flow-generations?{many}")
    report([*wrong, *([found] if found else [])])


def test_streams_refuse_hostile_positions(attacker: Attacker) -> None:
    wrong = []
    for route in attacker.streams:
        for value in ("x", "-1", "1e999", "NaN", "%00", "%ff", "%D9%A3x", "1.5", "0x1"):
            found = attacker.complaint("GET", f"{route.at(attacker.world.chat_id)}?after={value}")
            wrong += [f"{route.name}, after = {value[:60]}: {found}"] if found else []
        # A number that is larger than any is one that there will never be.
        for value in ("9" * 5000, "9223372036854775808", str(2**63 - 1)):
            url = f"{attacker.server.http}{route.at(attacker.world.chat_id)}?after={value}"
            with attacker.http.stream("GET", url, headers=attacker.server.headers) as answer:
                assert answer.status_code in {200, 422}, value
                if answer.status_code == 200:
                    assert '"hello"' in next(line for line in answer.iter_lines() if line.startswith("data:"))
    report(wrong)


def test_every_route_answers_hostile_headers(attacker: Attacker) -> None:
    wrong = []
    for route in attacker.routes:
        path, body = route.at(attacker.id_for(route)), b"{}" if route.body("") else None
        for name, headers in fuzzdata.HEADERS.items():
            if name in {"many", "huge"} and route.path not in {"/chats", "/flow-generations"}:
                continue  # these are slow to send, and no route is asked before they are read
            found = attacker.complaint(route.method, path, headers, body)
            wrong += [f"{route.name}, {name}: {found}"] if found else []
        for media_type in fuzzdata.MEDIA_TYPES if body else ():
            found = attacker.complaint(route.method, path, [(b"content-type", media_type.encode())], body)
            wrong += [f"{route.name}, {media_type[:60]}: {found}"] if found else []
    report(wrong)


def test_other_methods_are_answered_too(attacker: Attacker) -> None:
    wrong = []
    for route in attacker.routes:
        for method in ("PUT", "PATCH", "OPTIONS", "TRACE", "HEAD", "PROPFIND"):
            if method == "PATCH" and "organizations" in route.path:
                continue
            path = route.at(attacker.id_for(route))
            url = httpx.URL(attacker.server.http).copy_with(raw_path=path.encode())
            answer = attacker.http.request(method, url, headers=attacker.server.headers)
            if answer.status_code >= 500 or not answer.headers.get("x-request-id"):
                wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
    report(wrong)


def test_paths_that_are_no_routes_are_answered_with_not_found(attacker: Attacker) -> None:
    tricks = [
        "/../../etc/passwd",
        "//chats",
        "/chats//x",
        "/chats/..%2f..%2fadmin",
        "/%2e%2e/chats",
        "/chats\\x",
        "/;/",
    ]
    tricks += [
        "/" + "a/" * 5000,
        "/chats/x/y/z",
        "/%00",
        "/.git/config",
        "/admin",
        "/public/v2",
        "/public/v2/../..",
    ]
    wrong = [f"{path[:60]}: {found}" for path in tricks if (found := attacker.complaint("GET", path))]
    report(wrong)


@pytest.mark.parametrize("name", fuzzdata.MALFORMED_HTTP)
def test_what_is_no_http_gets_a_refusal_or_nothing(attacker: Attacker, name: str) -> None:
    answer = attacker.send_raw(fuzzdata.MALFORMED_HTTP[name])
    assert not answer or answer.startswith(b"HTTP/1.1 "), answer[:200]
    assert not answer.startswith(b"HTTP/1.1 5"), answer[:300]
    assert not any(internal in answer for internal in INTERNALS), answer[:300]


SOCKET_FRAMES: list[Any] = [
    "", "x", "null", "[]", "{}", '{"type":5}', '{"type":"message"}', '{"type":"message","message":5}',
    '{"type":"message","message":"\\ud800"}', '{"type":"message","message":"\\u0000"}',
    '{"type":"message","message":"x","id":5}', '{"type":"message","message":"x","id":""}',
    '{"type":"abort","id":"' + "i" * 300 + '"}', '{"type":"input","message":1e999}', "[" * 100_000,
    '{"type":"message","message":"' + "x" * 40_000 + '"}', '{"type":"ping","type":"nonsense"}',
    '{"type":"message","message":"' + '\\"' * 50_000, b"\x00\xff", b"{}", b'{"type":"ping"}',
    '{"type":"subscribe","chat":"*"}', '{"type":"message","message":9223372036854775808}',
]  # fmt: skip


def test_hostile_frames_are_answered_or_end_the_socket_well(attacker: Attacker) -> None:
    url = f"{attacker.server.http.replace('http', 'ws')}/chats/{attacker.world.chat_id}/ws"
    for frame in SOCKET_FRAMES:
        with connect(url, additional_headers=attacker.server.headers) as door:
            door.send(frame)
            door.send('{"type":"ping"}')
            told: list[str] = []
            try:
                while not told or '"pong"' not in told[-1]:
                    told.append(str(door.recv(timeout=5)))
            except ConnectionClosed as closed:
                assert closed.rcvd is not None and closed.rcvd.code not in {1006, 1011}, (
                    str(frame)[:80],
                    closed,
                )
            assert not any(internal.decode() in "".join(told) for internal in INTERNALS), told


def test_frames_that_are_too_large_or_broken_end_the_socket(attacker: Attacker) -> None:
    url = f"{attacker.server.http.replace('http', 'ws')}/chats/{attacker.world.chat_id}/ws"
    with (
        connect(url, additional_headers=attacker.server.headers) as door,
        pytest.raises(ConnectionClosed) as closed,
    ):
        door.send("x" * (300 * 1024))
        while True:
            door.recv(timeout=5)
    assert closed.value.rcvd is None or closed.value.rcvd.code == 1009
    for broken in (
        b"\xff" * 64,
        b"\x81\xfe\x00\x04abcd\xff\xff\xff\xff",
        b"\x89\xff" + b"\xff" * 200,
        b"\x01\x80abcd" * 9,
    ):
        with connect(url, additional_headers=attacker.server.headers) as door:
            door.socket.sendall(broken)
            with pytest.raises((ConnectionClosed, OSError)):
                while True:
                    door.recv(timeout=5)


def test_the_server_answers_while_three_hundred_connections_say_nothing(attacker: Attacker) -> None:
    place = urlsplit(attacker.server.http)
    doors = [socket.create_connection((place.hostname, place.port), timeout=5) for _ in range(300)]
    try:
        for number, door in enumerate(doors):
            door.sendall(
                b"POST /chats HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n" + b"\r\n{" * (number % 2)
            )
        started = time.monotonic()
        for _ in range(20):
            assert (
                httpx.get(f"{attacker.server.http}/chats", headers=attacker.server.headers).status_code == 200
            )
        assert time.monotonic() - started < 5
    finally:
        for door in doors:
            door.close()
