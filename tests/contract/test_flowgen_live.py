import json
import socket
import threading
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support.flowgen_chats import (
    ECHO,
    GREETER,
    NOBODY,
    SLEEPER,
    Api,
    frames,
    lonely_gateway,
    status_of,
    texts,
    until,
)
from tests.support.servers import folder, serve


@pytest.fixture(scope="module")
def api(server):
    with Api(server.http, server.api_key) as client:
        yield client


@pytest.fixture(scope="module")
def greeter(server):
    return server.create_flow(GREETER)


@pytest.fixture(scope="module")
def echo(server):
    return server.create_flow(ECHO)


@contextmanager
def events(api, chat, headers=None, **query):
    """The server-sent events of a chat, comments and `retry` left out."""
    with api.stream("GET", f"/chats/{chat}/events", headers=headers, params=query) as answer:
        assert answer.status_code == 200, answer.read()
        yield (frame for frame in frames(answer.iter_lines()) if "data" in frame)


def take(frames, number):
    return [json.loads(next(frames)["data"]) for _ in range(number)]


def kinds(taken):
    return [each["type"] for each in taken]


# Server-sent events.


def test_events_begin_with_hello_and_go_on_after_last_event_id(api, greeter):
    chat = api.chat(greeter)["id"]
    api.say(chat, "Hello, FlowGen!")
    history, now = api.history(chat), api.get(f"/chats/{chat}").json()
    last = history[-1]["seq"]
    with events(api, chat, {"Last-Event-ID": str(last)}, after=0) as stream:
        hello, status = next(stream), next(stream)
    assert (hello["id"], hello["event"]) == (str(last), "hello")
    told = json.loads(hello["data"])
    assert told == {"type": "hello", "seq": last, "chat": chat, "created": told["created"], "data": now}
    assert (status["id"], status["event"]) == (str(now["last_seq"]), "status")
    told = json.loads(status["data"])
    assert told == {
        "type": "status",
        "seq": now["last_seq"],
        "chat": chat,
        "created": told["created"],
        "data": {"status": "wait_for_human_input", "prompt": "What is your name?", "error": None},
    }


def test_events_from_zero_are_everything_in_order_and_once(api, greeter):
    chat = api.chat(greeter)["id"]
    api.say(chat, "Hello")
    with events(api, chat, after=0) as stream:
        told = take(stream, 6)
        assert kinds(told) == ["hello", "message", "status", "message", "message", "status"]
        assert [each["seq"] for each in told] == sorted({each["seq"] for each in told})
        assert [each["data"] for each in told if each["type"] == "message"] == api.history(chat)
        api.say(chat, "Ann")
        more = take(stream, 4)
    assert kinds(more) == ["message", "status", "message", "status"]
    assert more[-1]["data"]["status"] == "completed"


def test_events_without_a_position_are_from_now_on(api, echo):
    chat = api.chat(echo)["id"]
    api.say(chat, "before")
    with events(api, chat) as stream:
        (hello,) = take(stream, 1)
        assert hello["seq"] == api.get(f"/chats/{chat}").json()["last_seq"]
        api.say(chat, "after")
        assert next(stream)["event"] == "message"


def test_a_position_beyond_all_events_is_from_now_on(api, echo):
    chat = api.chat(echo)["id"]
    with events(api, chat, {"Last-Event-ID": "9" * 30}) as stream:
        assert take(stream, 1)[0]["seq"] == 1
        api.say(chat, "one")
        assert take(stream, 1)[0]["data"]["content"] == "one"


def test_events_end_after_deleted(api, echo):
    chat = api.chat(echo)["id"]
    with events(api, chat) as stream:
        next(stream)
        api.delete(f"/chats/{chat}")
        told = [json.loads(frame["data"]) for frame in stream]
    assert kinds(told)[-1] == "deleted"
    assert told[-1]["data"] == {}


def test_events_are_not_cached_and_say_when_to_come_back(api, echo):
    chat = api.chat(echo)["id"]
    with api.stream("GET", f"/v1/chats/{chat}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["x-accel-buffering"] == "no"
        assert next(frames(answer.iter_lines())) == {"retry": "2000"}


def test_events_end_within_a_second_after_their_key_was_deleted(api, server, echo):
    chat, key = api.chat(echo)["id"], api.key("read")
    with Api(server.http, key["key"]) as reader, events(reader, chat) as stream:
        next(stream)
        api.delete(f"/admin/api-keys/{key['id']}")
        started = time.monotonic()
        assert list(stream) == []
    assert time.monotonic() - started < 1.5


def test_agents_are_streamed_when_they_speak_with_their_tokens(api, server):
    lines = [("Writer", "Critic", "Tea time"), ("Critic", "user", "Shall I go on?")]
    script = [{"sender": sender, "receiver": receiver, "text": text} for sender, receiver, text in lines]
    action = {"type": "scripted_agents", "option": {"lines": script, "pause": 0.3}}
    chat = api.chat(server.create_flow({"name": "Agents", "actions": [action]}))["id"]
    with events(api, chat) as stream:
        next(stream)
        api.say(chat, "A slogan", wait=0)
        told = []
        while not told or told[-1]["data"].get("status") != "wait_for_human_input":
            told += take(stream, 1)
    tokens = [each for each in told if each["type"] == "token"]
    assert [each["data"] for each in tokens][:2] == [
        {"sender": "Writer", "token": "Tea"},
        {"sender": "Writer", "token": "time"},
    ]
    assert {each["seq"] for each in tokens} == {None}
    spoken = [each["data"] for each in told if each["type"] == "message"]
    assert [(each["sender"], each["receiver"]) for each in spoken][1:] == [
        ("Writer", "Critic"),
        ("Critic", "user"),
    ]
    assert spoken[1]["metadata"] == {"internal": True}


# The socket.


def socket_of(server, chat, query="", **options):
    options.setdefault("additional_headers", {"X-API-KEY": server.api_key})
    return connect(f"{server.http.replace('http', 'ws')}/chats/{chat}/ws{query}", **options)


def receive(websocket, kind, seconds=10):
    end = time.monotonic() + seconds
    while True:
        frame = json.loads(websocket.recv(timeout=max(0.01, end - time.monotonic())))
        if frame["type"] == kind:
            return frame


def close_code(websocket, seconds=5):
    with pytest.raises(ConnectionClosed):
        while True:
            websocket.recv(timeout=seconds)
    return websocket.close_code


def send(websocket, **frame):
    websocket.send(json.dumps(frame))


def test_a_conversation_over_a_socket(server, api, greeter):
    chat = api.chat(greeter)["id"]
    with socket_of(server, chat) as websocket:
        assert receive(websocket, "hello")["data"]["status"] == "ready"
        send(websocket, type="message", message="Hello", id="one")
        accepted = receive(websocket, "accepted")
        assert (accepted["id"], accepted["data"]["content"], accepted["data"]["messages"]) == (
            "one",
            "Hello",
            [],
        )
        assert until(lambda: receive(websocket, "status")["data"]["prompt"]) == "What is your name?"
        send(websocket, type="input", content="Ann")
        assert receive(websocket, "accepted")["id"] is None
        assert until(lambda: receive(websocket, "message")["data"]["content"] == "Nice to meet you, Ann.")
    assert texts(api.history(chat))[-2:] == ["Ann", "Nice to meet you, Ann."]


def test_a_socket_goes_on_after_a_seq(server, api, echo):
    chat = api.chat(echo)["id"]
    first = api.say(chat, "one")
    with socket_of(server, chat, f"?after={first['seq']}") as websocket:
        assert receive(websocket, "hello")["seq"] == first["seq"]
        assert receive(websocket, "message")["data"] == api.history(chat)[1]


def test_a_socket_pings_and_aborts(server, api):
    chat = api.chat(server.create_flow(SLEEPER))["id"]
    with socket_of(server, chat) as websocket:
        send(websocket, type="ping")
        assert receive(websocket, "pong") == {"type": "pong"}
        send(websocket, type="message", message="Hello")
        receive(websocket, "accepted")
        send(websocket, type="abort", id="stop")
        aborted = receive(websocket, "accepted")
        assert (aborted["id"], aborted["data"]["status"]) == ("stop", "ready")
        assert aborted["data"]["detail"] == "Chat aborted."


def test_a_frames_id_is_its_idempotency_key(server, api, echo):
    chat = api.chat(echo)["id"]
    with socket_of(server, chat) as websocket:
        ids = set()
        for _ in range(2):
            send(websocket, type="message", message="one", id=f"key-{chat}")
            ids.add(receive(websocket, "accepted")["data"]["id"])
        send(websocket, type="message", message="two", id=f"key-{chat}")
        assert receive(websocket, "error")["data"]["code"] == "REQUEST_ID_REUSED"
    assert len(ids) == 1
    assert "two" not in texts(api.history(chat))


@pytest.mark.parametrize(
    ("frame", "code", "kind", "loc"),
    [
        ("{", "INVALID_ARGUMENT", "json_invalid", None),
        ("[]", "INVALID_ARGUMENT", "model_attributes_type", ["body"]),
        ("{}", "INVALID_ARGUMENT", "missing", ["body", "type"]),
        ('{"type": "dance"}', "INVALID_ARGUMENT", "literal_error", ["body", "type"]),
        ('{"type": "message"}', "INVALID_ARGUMENT", "missing", ["body", "message"]),
        ('{"type": "message", "message": " "}', "INVALID_ARGUMENT", "string_too_short", ["body", "message"]),
        (
            '{"type": "message", "message": "\\ud800"}',
            "INVALID_ARGUMENT",
            "string_unicode",
            ["body", "message"],
        ),
        (
            '{"type": "message", "message": "a", "id": ""}',
            "INVALID_ARGUMENT",
            "string_pattern_mismatch",
            ["body", "id"],
        ),
        ('{"type": "message", "message": "a", "id": 7}', "INVALID_ARGUMENT", "string_type", ["body", "id"]),
    ],
)
def test_a_bad_frame_is_told_and_the_socket_stays_open(server, api, echo, frame, code, kind, loc):
    chat = api.chat(echo)["id"]
    with socket_of(server, chat) as websocket:
        websocket.send(frame)
        error = receive(websocket, "error")
        assert error["data"]["code"] == code
        (entry,) = error["data"]["detail"]
        assert entry["type"] == kind
        assert loc is None or entry["loc"] == loc
        send(websocket, type="ping")
        receive(websocket, "pong")


def test_input_that_nobody_asked_for_is_told(server, api, echo):
    chat = api.chat(echo)["id"]
    with socket_of(server, chat) as websocket:
        send(websocket, type="input", message="x", id="a")
        assert receive(websocket, "error") == {
            "type": "error",
            "id": "a",
            "data": {
                "code": "CHAT_NOT_WAITING",
                "detail": "The chat is not waiting for human input (status: ready); send it to /messages.",
            },
        }


def test_a_reading_key_may_listen_but_not_speak(server, api, echo):
    chat = api.chat(echo)["id"]
    key = api.key("read")["key"]
    with socket_of(server, chat, additional_headers={"X-API-KEY": key}) as websocket:
        send(websocket, type="message", message="x")
        assert receive(websocket, "error")["data"]["code"] == "PERMISSION_DENIED"
        api.say(chat, "heard")
        assert receive(websocket, "message")["data"]["content"] == "heard"


def test_a_browser_brings_its_credential_as_a_subprotocol(server, api, echo):
    chat = api.chat(echo)["id"]
    offered = ["flowgen", f"flowgen.auth.{server.api_key}"]
    with socket_of(server, chat, additional_headers={}, subprotocols=offered) as websocket:
        assert websocket.subprotocol == "flowgen"
        receive(websocket, "hello")


@pytest.mark.parametrize(
    ("chat", "query", "key", "code"),
    [
        (None, "", "fg_test_nonsense", 4401),
        (None, "", None, 4401),
        (None, "", "write", 4403),
        (NOBODY, "", "admin", 4404),
        ("nobody", "", "admin", 4404),
        (None, "?after=x", "admin", 4422),
        (None, "?after=-1", "admin", 4422),
    ],
)
def test_a_refused_socket_is_accepted_and_closed_with_the_reason(server, api, echo, chat, query, key, code):
    found = {"admin": server.api_key, "write": api.key("write")["key"]}.get(key, key)
    headers = {"X-API-KEY": found} if found else {}
    chat = chat or api.chat(echo)["id"]
    with socket_of(server, chat, query, additional_headers=headers) as websocket:
        assert close_code(websocket) == code


def test_a_socket_is_closed_well_after_deleted(server, api, echo):
    chat = api.chat(echo)["id"]
    with socket_of(server, chat) as websocket:
        api.delete(f"/chats/{chat}")
        receive(websocket, "deleted")
        assert close_code(websocket) == 1000


def test_a_socket_is_closed_within_a_second_after_its_key_was_deleted(server, api, echo):
    chat, key = api.chat(echo)["id"], api.key("read")
    with socket_of(server, chat, additional_headers={"X-API-KEY": key["key"]}) as websocket:
        receive(websocket, "hello")
        api.delete(f"/admin/api-keys/{key['id']}")
        started = time.monotonic()
        assert close_code(websocket) == 4401
    assert time.monotonic() - started < 1.5


def test_a_frame_of_more_than_256_kibibytes_is_refused(server, api, echo):
    chat = api.chat(echo)["id"]
    with socket_of(server, chat) as websocket:
        send(websocket, type="message", message="x" * 300_000)
        assert close_code(websocket) == 1009


def test_a_socket_that_is_cut_off_resumes_without_gap_or_double(server, api, echo):
    chat = api.chat(echo)["id"]
    for number in range(3):
        api.say(chat, str(number))
    seen, after = [], 0
    for _ in range(6):
        with socket_of(server, chat, f"?after={after}") as websocket:
            frame = receive(websocket, "message")
            seen.append(frame["data"])
            after = frame["seq"]
    assert seen == api.history(chat)


# Slow readers, and a server that stops.


def slow_reader(server, chat, path, extra=""):
    """Opens a connection that reads nothing, with a small window."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    raw.settimeout(30)
    url = urlsplit(server.http)
    raw.connect((url.hostname, url.port))
    head = (
        f"GET /chats/{chat}/{path}?after=0 HTTP/1.1\r\nHost: x\r\nX-API-KEY: {server.api_key}\r\n{extra}\r\n"
    )
    raw.sendall(head.encode())
    return raw


def read_all(raw, end=None):
    """Reads until the connection ends, or until bytes that are the last to be expected."""
    total = b""
    try:
        while part := raw.recv(1 << 20):
            total += part
            if end and end in total[-64:]:
                break
    except ConnectionError:
        pass
    return total


def fill(api, echo, mebibytes):
    chat = api.chat(echo)["id"]
    text = "x" * 32_000
    for _ in range(mebibytes * 8):
        api.say(chat, text, wait=0, metadata={"y": "z" * 16_000})
    until(lambda: status_of(api, chat) == "completed", 60)
    return chat


@pytest.fixture(scope="module")
def long_chat(api, echo):
    return fill(api, echo, 12)


def test_a_reader_of_events_that_does_not_read_is_cut_off(server, long_chat):
    raw = slow_reader(server, long_chat, "events")
    time.sleep(4)
    got = read_all(raw)
    assert got.startswith(b"HTTP/1.1 200")
    assert len(got) < 9 * 2**20
    raw.close()


def test_a_socket_that_does_not_read_is_closed_with_1013(server, long_chat):
    handshake = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    handshake += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    raw = slow_reader(server, long_chat, "ws", handshake)
    time.sleep(4)
    goodbye = b"\x88\x02" + (1013).to_bytes(2, "big")
    got = read_all(raw, goodbye)
    assert got.startswith(b"HTTP/1.1 101")
    assert len(got) < 9 * 2**20
    assert got.endswith(goodbye)
    raw.close()


def test_streams_end_with_a_goodbye_when_the_server_stops():
    with serve(folder(), "--demo") as server, Api(server.http, server.api_key) as api:
        chat = api.chat(server.create_flow(ECHO))["id"]
        told = []

        def listen():
            with events(api, chat) as stream:
                told.extend(stream)

        listening = threading.Thread(target=listen)
        listening.start()
        with socket_of(server, chat) as websocket:
            receive(websocket, "hello")
            stopping = threading.Thread(target=server.stop)
            stopping.start()
            assert close_code(websocket) == 1001
        listening.join(10)
        stopping.join(15)
        assert kinds([json.loads(frame["data"]) for frame in told]) == ["hello"]
        assert server.process.returncode == 0


def test_a_core_that_is_gone_is_503_with_retry_after():
    with (
        lonely_gateway() as http,
        httpx.Client(base_url=http, headers={"X-API-KEY": "fg_test_any"}) as client,
    ):
        for method, path in [("GET", "/chats"), ("POST", "/chats/c/messages"), ("GET", "/chats/c/events")]:
            answer = client.request(method, path, json={"message": "x"})
            assert answer.status_code == 503
            assert answer.json()["code"] == "UNAVAILABLE"
            assert int(answer.headers["retry-after"]) >= 1
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
