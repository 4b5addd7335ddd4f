"""What is secret stays where it belongs: not in the log, not in errors, and keys not even in the database."""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.support.routes import routes_of
from tests.support.rpcs import RPCS, fields_of, invoke, put, request_of
from tests.support.servers import Server, folder, serve
from tests.support.world import World

# One word a kind, so that a leak tells where it came from. None of them can be part of anything else.
SAID = {
    kind: f"canary-{kind}-qzx"
    for kind in (
        "text",
        "sender",
        "metadata",
        "chat-name",
        "answer",
        "variable",
        "option",
        "response",
        "profile",
    )
}
SENT = {
    kind: f"canary-{kind}-qzx"
    for kind in ("bearer", "api-key", "protocol", "idempotency", "body", "query", "field")
}
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnktand0In0.canary-signature-qzx"


class Leaks:
    """A server with all kinds of secrets put into it."""

    def __init__(self, server: Server, log: Path) -> None:
        self.server, self.log, self.world = server, log, World(server)
        self.errors: list[str] = []
        self.keys = [server.api_key]
        self._make_keys()
        self._talk()
        self._fail_over_grpc()
        self._fail_over_rest()
        self._fail_over_sockets()
        self._fail_in_a_flow()

    def _make_keys(self) -> None:
        for name in ("first", "second", "deleted"):
            made = self.world.call(
                "CreateApiKey", request_of("CreateApiKey", api_key={"name": name, "scopes": [1]})
            )
            self.keys.append(made.answer.key)
            metadata = [("authorization", f"Bearer {made.answer.key}")]
            assert invoke(self.world.channel, "GetCaller", request_of("GetCaller"), metadata).code == "OK"
        self.world.call("DeleteApiKey", request_of("DeleteApiKey", id=made.answer.id))
        invoke(self.world.channel, "GetCaller", request_of("GetCaller"), metadata)
        project = {"name": "Other", "environment": 2}
        other = self.world.call("CreateProject", request_of("CreateProject", project=project))
        self.keys.append(other.answer.api_key.key)

    def _talk(self) -> None:
        chat = {"chat": {"id": self.world.chat_id}}
        metadata = f'{{"note":"{SAID["metadata"]}"}}'
        response = {"type": "card", "payload_json": f'{{"text":"{SAID["response"]}"}}'}
        said = {**chat, "text": SAID["text"], "sender": SAID["sender"], "metadata_json": metadata}
        profile = f'{{"name":"{SAID["profile"]}"}}'
        self._call("SendMessage", **said, profile_json=profile, responses=[response], wait={"seconds": 5})
        self._call("ProvideInput", **chat, text=SAID["answer"], wait={"seconds": 5})
        named = {"flow_id": self.world.flow_id, "name": SAID["chat-name"], "metadata_json": metadata}
        self._call("CreateChat", chat=named)

    def _call(self, name: str, **fields: Any) -> Any:
        told = self.world.call(name, request_of(name, **fields))
        assert told.code == "OK", told
        return told.answer

    def _fail_over_grpc(self) -> None:
        for credential in (
            f"Bearer {SENT['bearer']}",
            f"Bearer {TOKEN}",
            f"Bearer {self.keys[0]}x",
            f"Ticket {TOKEN}",
        ):
            told = invoke(
                self.world.channel, "ListChats", request_of("ListChats"), [("authorization", credential)]
            )
            self.errors.append(str(told.refusal))
        for name, rpc in RPCS.items():
            for path in fields_of(rpc.input_type):
                if path[-1].cpp_type == path[-1].CPPTYPE_STRING and not path[-1].is_repeated:
                    request = self.world.request(name)
                    # JSON that is none, and a text that no field takes.
                    put(
                        request,
                        path,
                        f'{{"{SENT["field"]}' if path[-1].name.endswith("_json") else SENT["field"] * 9999,
                    )
                    self.world.call(name, request)

    def _fail_over_rest(self) -> None:
        with httpx.Client(base_url=self.server.http, timeout=20) as http:
            for headers in (
                {"Authorization": f"Bearer {SENT['bearer']}"},
                {"Authorization": f"Bearer {TOKEN}"},
                {"Authorization": f"Bearer {self.keys[3]}"},
                {"X-API-KEY": SENT["api-key"]},
                {"X-API-KEY": self.keys[3]},
            ):
                for route in routes_of(self.server):
                    if not route.is_open:
                        path = route.at(self.world.chat_id)
                        answer = http.request(route.method, path, headers=headers, json=route.body(""))
                        self.errors.append(answer.text)
            good = {**self.server.headers, "Idempotency-Key": SENT["idempotency"]}
            for route in routes_of(self.server):
                if route.body(""):
                    body = f'{{"message": "{SENT["body"]}'.encode()
                    path = f"{route.at(self.world.chat_id)}?x={SENT['query']}&wait={SENT['query']}"
                    self.errors.append(http.request(route.method, path, headers=good, content=body).text)
                    too_long = {"message": SENT["body"] * 9999, "name": SENT["body"] * 99}
                    http.request(route.method, route.at(self.world.chat_id), headers=good, json=too_long)

    def _fail_over_sockets(self) -> None:
        url = f"{self.server.http.replace('http', 'ws')}/chats/{self.world.chat_id}/ws"
        for credential in (SENT["protocol"], TOKEN, self.keys[3], self.server.api_key):
            protocols: Any = ["flowgen", f"flowgen.auth.{credential}"]
            with suppress(WebSocketException, TimeoutError), connect(url, subprotocols=protocols) as door:
                door.send(f'{{"type":"message","message":"{SAID["text"]}"')
                door.send(f'{{"type":"input","message":"{SAID["answer"]}"}}')
                for _ in range(4):
                    self.errors.append(str(door.recv(timeout=1)))

    def _fail_in_a_flow(self) -> None:
        option = f'{{"key":"${{text_input}}","value":"{SAID["option"]}"}}'
        for kind, options in {
            "variable_set": option,
            "ask": f'{{"text":"{SAID["option"]}","variable":"v","kind":"${{text_input}}"}}',
            "goto": '{"target_id":"${text_input}"}',
            "fetch_flow": '{"flow_id":"${text_input}"}',
            "sleep": '{"duration":"${text_input}"}',
        }.items():
            action = {"id": "a", "type": kind, "option_json": options}
            flow = self._call("CreateFlow", flow={"name": "x", "actions": [action]}, lenient=True)
            chat = self._call("CreateChat", chat={"flow_id": flow.id})
            text = SAID["variable"] * 30
            self._call("SendMessage", chat={"id": chat.id}, text=text, wait={"seconds": 5})


@pytest.fixture(scope="module")
def leaks() -> Iterator[Leaks]:
    data = folder()
    with serve(data) as server:
        yield Leaks(server, data.with_suffix(".log"))
    shutil.rmtree(data.parent, ignore_errors=True)


def test_the_log_holds_nothing_that_was_said(leaks: Leaks) -> None:
    log = leaks.log.read_text()
    assert "request_id" in log and "SendMessage" in log
    for kind, canary in SAID.items():
        assert canary not in log, f"{kind}: {line_with(log, canary)}"


def test_the_log_holds_no_key_and_no_token(leaks: Leaks) -> None:
    log = leaks.log.read_text()
    for secret in [*leaks.keys, TOKEN, *SENT.values()]:
        assert secret not in log, line_with(log, secret)
    # Not even the part of a key that is shown when keys are listed tells who it was.
    assert not re.search(r"fg_(test|live)_[0-9A-Za-z]{10}", log)
    assert not re.search(r"[Bb]earer [^`<]", log)


def line_with(text: str, part: str) -> str:
    return next(line for line in text.splitlines() if part in line)[:500]


def test_every_line_of_a_call_has_its_request_id(leaks: Leaks) -> None:
    lines = [
        line for line in leaks.log.read_text().splitlines() if '"rpc"' in line or '"http_request"' in line
    ]
    assert len(lines) > 100
    assert all('"request_id"' in line for line in lines)


def test_errors_repeat_no_credential(leaks: Leaks) -> None:
    told = "\n".join(leaks.errors)
    assert "Could not validate credentials" in told and "access denied" in told
    for secret in [*leaks.keys, TOKEN, *SENT.values()]:
        assert secret not in told, line_with(told, secret)


def test_no_file_of_the_server_holds_a_key(leaks: Leaks) -> None:
    assert leaks.server.data is not None
    files = [file for file in leaks.server.data.rglob("*") if file.is_file()]
    names = {file.name for file in files}
    assert any("wal" in name for name in names), names
    for file in files:
        content = file.read_bytes()
        for key in leaks.keys:
            assert key.encode() not in content, file.name
            assert key[8:-6].encode() not in content, file.name


def test_the_files_of_the_server_are_its_owners_alone(leaks: Leaks) -> None:
    assert leaks.server.data is not None
    secret = [file for file in leaks.server.data.rglob("*") if "pepper" in file.name or "key" in file.name]
    assert secret and all(file.stat().st_mode & 0o077 == 0 for file in secret)


def test_a_key_is_whole_once_and_masked_ever_after(leaks: Leaks) -> None:
    fields = {"api_key": {"name": "Once", "scopes": [1]}, "request_id": "once"}
    first, again = (leaks.world.call("CreateApiKey", request_of("CreateApiKey", **fields)) for _ in range(2))
    assert first.answer.id == again.answer.id and ("flowgen-replayed", "true") in again.trailing
    key = first.answer.key
    listed = leaks.world.call("ListApiKeys", request_of("ListApiKeys", page_size=1000)).answer
    rest = httpx.get(f"{leaks.server.http}/admin/api-keys?limit=1000", headers=leaks.server.headers).text
    deleted = leaks.world.call("DeleteApiKey", request_of("DeleteApiKey", id=first.answer.id)).answer
    for shown in (again.answer.key, str(listed), rest, deleted.key):
        assert shown and key not in shown and key[8:-6] not in shown


def test_a_key_with_a_right_beginning_is_judged_no_slower(leaks: Leaks) -> None:
    good = leaks.server.api_key
    near, far = good[:-7] + ("A" if good[-7] != "A" else "B") + good[-6:], good[:8] + "A" * 36
    times: dict[str, list[float]] = {near: [], far: []}
    # In turns, so that what else the machine does slows both.
    for key in [near, far] * 60:
        metadata = [("authorization", f"Bearer {key}")]
        started = time.perf_counter()
        told = invoke(leaks.world.channel, "GetCaller", request_of("GetCaller"), metadata)
        times[key].append(time.perf_counter() - started)
        assert told.code == "UNAUTHENTICATED"
    assert abs(sorted(times[near])[30] - sorted(times[far])[30]) < 0.005
