"""Channels over gRPC, and what goes out through them to a real receiver."""

import json
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.support.rpcs import Told, invoke, request_of
from tests.support.servers import Server, folder, serve

URL = "https://gateway.example/messages"
ME, YOU, HER = ({"type": "tel", "target": number} for number in ("+1", "+2", "+3"))


class Client:
    def __init__(self, server: Server) -> None:
        self.server, self.channel = server, server.channel()

    def told(self, name: str, **fields: Any) -> Told:
        return invoke(self.channel, name, request_of(name, **fields), self.server.metadata)

    def call(self, name: str, **fields: Any) -> Any:
        told = self.told(name, **fields)
        assert told.code == "OK", told
        return told.answer

    def create(self, name: str = "", **config: Any) -> Any:
        config_json = json.dumps({"url": URL, **config})
        return self.call("CreateChannel", channel={"type": "http", "name": name, "config_json": config_json})

    def refused(self, name: str, **fields: Any) -> list[tuple[str, str]]:
        told = self.told(name, **fields)
        assert told.code == "INVALID_ARGUMENT", told
        return [(path, reason) for path, reason, _ in told.violations]


@pytest.fixture
def client(neighbour: tuple[Server, Server]) -> Iterator[Client]:
    client = Client(neighbour[0])
    yield client
    client.channel.close()


def config_of(channel: Any) -> Any:
    return json.loads(channel.config_json)


def test_a_channel_lives_from_its_making_to_its_deletion(client: Client) -> None:
    made = client.create("Texts", addresses=[ME])
    assert (made.type, made.name, config_of(made)) == ("http", "Texts", {"url": URL, "addresses": [ME]})
    assert made.create_time == made.update_time and made.create_time.seconds
    assert client.call("GetChannel", id=made.id.upper()) == made
    assert client.call("DeleteChannel", id=made.id) == made
    for name in ("GetChannel", "DeleteChannel"):
        told = client.told(name, id=made.id)
        assert (told.code, told.reason) == ("NOT_FOUND", "CHANNEL_NOT_FOUND")
    told = client.told("UpdateChannel", channel={"id": made.id, "name": "x"})
    assert told.reason == "CHANNEL_NOT_FOUND"
    assert made.id not in {one.id for one in client.call("ListChannels", page_size=1000).channels}


@pytest.mark.parametrize(
    ("fields", "violations"),
    [
        ({}, [("type", "REQUIRED")]),
        ({"type": "pigeon", "name": "x" * 256}, [("type", "UNKNOWN_CHANNEL_TYPE"), ("name", "TOO_LONG")]),
        ({"type": "http"}, [("config.url", "REQUIRED")]),
        ({"type": "http", "config_json": "[]"}, [("config_json", "INVALID_TYPE")]),
        ({"type": "http", "config_json": "null"}, [("config_json", "INVALID_TYPE")]),
        ({"type": "http", "config_json": "{"}, [("config_json", "INVALID_JSON")]),
        ({"type": "http", "config_json": f'{{"url":"{"x" * 65536}"}}'}, [("config_json", "TOO_LONG")]),
        (
            {"type": "http", "config_json": f'{{"url":"{URL}","body":"${{x}}","headers":{{"A b":"x"}}}}'},
            [("config.headers", "INVALID_VALUE"), ("config.body", "INVALID_VALUE")],
        ),
        (
            {"type": "http", "config_json": f'{{"url":"{URL}","urls":1}}'},
            [("config.urls", "UNKNOWN_PARAMETER")],
        ),
        (
            {"type": "http", "config_json": f'{{"url":"{URL}","headers":{{"X-API-Key":"…"}}}}'},
            [('config.headers["X-API-Key"]', "NOT_ALLOWED")],
        ),
    ],
)
def test_a_bad_channel_is_refused_with_the_fields_to_blame(
    client: Client, fields: dict[str, str], violations: list[tuple[str, str]]
) -> None:
    assert client.refused("CreateChannel", channel=fields) == violations


def test_secrets_are_never_shown_and_their_mask_keeps_them(client: Client) -> None:
    made = client.create(headers={"Authorization": "Bearer s3cret", "X-Empty": ""})
    masked = {"Authorization": "…", "X-Empty": ""}
    assert config_of(made)["headers"] == masked
    (listed,) = client.call("ListChannels", page_size=1).channels
    assert listed == made == client.call("GetChannel", id=made.id)
    changed = {"url": f"{URL}/2", "headers": masked}
    sent = {"id": made.id, "config_json": json.dumps(changed)}
    assert config_of(client.call("UpdateChannel", channel=sent)) == changed
    changed["headers"] = {"authorization": "…"}
    sent["config_json"] = json.dumps(changed)
    assert client.refused("UpdateChannel", channel=sent) == [("config.headers.authorization", "NOT_ALLOWED")]
    assert "s3cret" not in str(client.call("DeleteChannel", id=made.id))


@pytest.mark.parametrize(
    ("paths", "name", "url"),
    [
        ([], "B", URL),
        (["name"], "B", URL),
        (["config_json"], "A", f"{URL}/b"),
        (["*"], "B", f"{URL}/b"),
        (["name", "config_json"], "B", f"{URL}/b"),
    ],
)
def test_an_update_takes_over_what_its_mask_names(
    client: Client, paths: list[str], name: str, url: str
) -> None:
    made = client.create("A")
    sent = {"id": made.id, "name": "B", "type": "http"}
    if paths:
        sent["config_json"] = json.dumps({"url": f"{URL}/b"})
    changed = client.call("UpdateChannel", channel=sent, update_mask={"paths": paths})
    assert (changed.name, config_of(changed)["url"], changed.type) == (name, url, "http")
    assert client.call("GetChannel", id=made.id) == changed


def test_an_update_of_anything_else_is_refused(client: Client) -> None:
    id = client.create("A").id
    for path in ("id", "type", "nonsense", ""):
        fields = {"channel": {"id": id, "name": "B"}, "update_mask": {"paths": ["name", path]}}
        assert client.refused("UpdateChannel", **fields) == [("update_mask.paths[1]", "NOT_CHANGEABLE")]
    assert client.refused("UpdateChannel", channel={"id": id, "type": "pigeon"}) == [
        ("type", "NOT_CHANGEABLE")
    ]
    assert client.refused("UpdateChannel", channel={"id": id, "name": "x" * 256}) == [("name", "TOO_LONG")]
    left_out = {"channel": {"id": id, "name": "B"}, "update_mask": {"paths": ["*"]}}
    assert client.refused("UpdateChannel", **left_out) == [("config.url", "REQUIRED")]
    assert client.call("GetChannel", id=id).name == "A"


def test_channels_are_listed_newest_first_in_pages(client: Client) -> None:
    ids = [client.create(f"{number}").id for number in range(3)]
    first = client.call("ListChannels", types=["http", "pigeon"], page_size=2, with_total=True)
    second = client.call(
        "ListChannels", types=["http", "pigeon"], page_size=1, page_token=first.next_page_token
    )
    assert [one.id for one in (*first.channels, *second.channels)] == ids[::-1]
    assert first.total_size >= 3 and second.total_size == 0
    assert not client.call("ListChannels", types=["pigeon"]).channels
    assert client.told("ListChannels", page_token=first.next_page_token).reason == "INVALID_PAGE_TOKEN"
    assert client.refused("ListChannels", types=["x"] * 101) == [("types", "TOO_MANY")]
    assert client.refused("ListChannels", page_size=-1) == [("page_size", "OUT_OF_RANGE")]


def test_heavy_channels_make_smaller_pages(client: Client) -> None:
    body = json.dumps({"text": "x" * 30_000})
    addresses = [{"type": "tel", "target": f"{number:030}"} for number in range(400)]
    for _ in range(60):
        client.create(body=body, addresses=addresses)
    page = client.call("ListChannels", page_size=1000)
    assert 0 < len(page.channels) < 60 and page.next_page_token


def test_a_repeated_call_makes_one_channel(client: Client) -> None:
    headers = {"Authorization": "Bearer s3cret"}
    sent = {"type": "http", "config_json": json.dumps({"url": URL, "headers": headers})}
    request_id = str(uuid.uuid4())
    first, again = (client.told("CreateChannel", channel=sent, request_id=request_id) for _ in range(2))
    assert first.answer == again.answer and ("flowgen-replayed", "true") in again.trailing
    client.call("UpdateChannel", channel={"id": first.answer.id, "name": "Now"})
    assert client.call("CreateChannel", channel=sent, request_id=request_id).name == "Now"
    other = client.told("CreateChannel", channel={**sent, "name": "B"}, request_id=request_id)
    assert other.reason == "REQUEST_ID_REUSED"


def test_the_channel_types_are_listed_with_their_schemas(client: Client) -> None:
    listed = client.call("ListChannelTypes", with_total=True)
    http = next(one for one in listed.channel_types if one.name == "http")
    schema = json.loads(http.config_schema_json)
    assert http.plugin == "channels" and http.description.startswith("Sends each message")
    assert schema["required"] == ["url"] and schema["additionalProperties"] is False
    assert schema["properties"]["headers"]["additionalProperties"]["writeOnly"] is True
    assert listed.total_size == len(listed.channel_types)


# What goes out.


class Receiver(ThreadingHTTPServer):
    """Takes requests on loopback, and answers the first ones with the statuses that it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.url, self.statuses = f"http://127.0.0.1:{self.server_port}/", []
        self.requests: list[tuple[dict[str, str], Any]] = []

    def wait(self, count: int) -> list[tuple[dict[str, str], Any]]:
        until = time.monotonic() + 15
        while len(self.requests) < count and time.monotonic() < until:
            time.sleep(0.02)
        assert len(self.requests) == count
        return self.requests


class Taking(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        yield receiver
        receiver.shutdown()


@pytest.fixture(scope="module")
def open_server() -> Iterator[Server]:
    """A server that may reach loopback."""
    data = folder()
    with serve(data, env={"FLOWGEN_ALLOW_PRIVATE_NETWORKS": "true"}) as server:
        yield server
    shutil.rmtree(data.parent, ignore_errors=True)


@pytest.fixture
def sender(open_server: Server) -> Iterator[Client]:
    client = Client(open_server.other_project("ENVIRONMENT_SANDBOX"))
    yield client
    client.channel.close()


def ask(
    client: Client, *destinations: dict[str, str], source: dict[str, str] = ME, text: str = "Hello"
) -> list[str]:
    """Has a flow ask for a message, and gives the kinds of events that tell of it."""
    option = {"source": source, "destinations": list(destinations), "text": text}
    actions = [
        {"id": "a", "type": "message_send", "option_json": json.dumps(option)},
        {"id": "b", "type": "say", "option_json": '{"text":"Asked."}'},
    ]
    flow = client.call("CreateFlow", flow={"name": "x", "actions": actions})
    chat = client.call("CreateChat", chat={"flow_id": flow.id})
    sent = client.call("SendMessage", chat={"id": chat.id}, text="Hi", wait={"seconds": 10})
    assert [reply.text for reply in sent.replies] == ["Asked."]
    return events_of(client, chat.id)


def events_of(client: Client, chat_id: str) -> list[str]:
    from flowgen_core.pb.v1 import chat_pb2, chat_pb2_grpc

    request = chat_pb2.WatchChatRequest(chat=chat_pb2.ChatRef(id=chat_id), after_seq=0)
    kinds = []
    stream = chat_pb2_grpc.ChatServiceStub(client.channel).WatchChat(
        request, metadata=client.server.metadata, timeout=10
    )
    for event in stream:
        kinds.append(event.type)
        if event.type == "run.ended":
            stream.cancel()
            return kinds
    raise AssertionError(kinds)


def test_a_message_goes_out_through_the_channel_that_owns_its_source(
    sender: Client, receiver: Receiver
) -> None:
    sender.create("Not mine", addresses=[HER])
    sender.create(url=receiver.url, headers={"X-API-Key": "s3cret"}, addresses=[HER, ME])
    assert "outbound.created" in ask(sender, YOU, HER, text='Say "hi"')
    requests = receiver.wait(2)
    bodies = sorted((body for _, body in requests), key=lambda body: body["to"])
    assert len({body.pop("id") for body in bodies}) == 1
    assert bodies == [{"from": "+1", "to": to, "text": 'Say "hi"'} for to in ("+2", "+3")]
    assert {headers["x-api-key"] for headers, _ in requests} == {"s3cret"}
    assert len({headers["idempotency-key"] for headers, _ in requests}) == 2


def test_a_destination_that_fails_is_tried_again_alone_with_the_same_key(
    sender: Client, receiver: Receiver
) -> None:
    sender.create(url=receiver.url, addresses=[ME])
    receiver.statuses = [503, 500]
    ask(sender, YOU)
    first, second, third = receiver.wait(3)
    assert first[1] == second[1] == third[1]
    assert len({headers["idempotency-key"] for headers, _ in receiver.requests}) == 1


def test_it_is_given_up_after_three_tries(sender: Client, receiver: Receiver) -> None:
    sender.create(url=receiver.url, addresses=[ME])
    receiver.statuses = [500] * 9
    ask(sender, YOU)
    receiver.wait(3)
    time.sleep(2.5)
    assert len(receiver.requests) == 3


def test_a_changed_channel_counts_and_an_older_one_first(sender: Client, receiver: Receiver) -> None:
    old = sender.create(addresses=[ME], headers={"X-API-Key": "s3cret"})
    sender.create("Newer", addresses=[ME])
    config = {"url": receiver.url, "addresses": [ME], "headers": {"X-API-Key": "…"}}
    sender.call("UpdateChannel", channel={"id": old.id, "config_json": json.dumps(config)})
    ask(sender, YOU)
    ((headers, _),) = receiver.wait(1)
    assert headers["x-api-key"] == "s3cret"


def test_without_a_channel_that_owns_the_source_nothing_is_sent(
    open_server: Server, sender: Client, receiver: Receiver
) -> None:
    other = Client(open_server.other_project("ENVIRONMENT_SANDBOX"))
    other.create(url=receiver.url, addresses=[ME])
    sender.create(url=receiver.url, addresses=[{**ME, "type": "sip"}])
    gone = sender.create(url=receiver.url, addresses=[ME])
    sender.call("DeleteChannel", id=gone.id)
    assert "outbound.created" in ask(sender, YOU)
    # Whatever was put off before this one has been dealt with when it arrives.
    ask(other, HER)
    ((_, body),) = receiver.wait(1)
    assert body["to"] == "+3"
    other.channel.close()


def test_an_address_inside_is_refused_unless_a_setting_allows_it(client: Client, receiver: Receiver) -> None:
    client.create(url=receiver.url, addresses=[HER])
    ask(client, YOU, source=HER)
    time.sleep(1)
    assert not receiver.requests
