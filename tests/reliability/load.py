"""Clients that send numbered messages, each again and again with the same key until it is acknowledged."""

import itertools
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import grpc
import httpx

from flowgen_core.pb.v1 import chat_pb2, chat_pb2_grpc
from tests.reliability.history import Ack, History
from tests.support.servers import Server

PATIENCE = 30.0
PAUSE = 0.01
REPLAYED = ("flowgen-replayed", "true")


class NotTaken(Exception):
    """The server was not there, was busy, or said that it is about to stop: send it again."""


class Broken(Exception):
    """The connection ended without an answer: the message may be stored, or not."""


class Wrong(Exception):
    """An answer that no client can do anything with."""


class Place:
    """Where the server is at present; clients wait here while it is known to be down."""

    def __init__(self) -> None:
        self._server: Server | None = None
        self._up = threading.Event()

    def open(self, server: Server) -> None:
        """Lets the clients go to a server."""
        self._server = server
        self._up.set()

    def close(self) -> None:
        """Has the clients wait for the next server."""
        self._up.clear()

    def server(self) -> Server:
        """Gives the server of this moment; it may be dying."""
        assert self._up.wait(PATIENCE), "the next server never came"
        assert self._server is not None
        return self._server


@dataclass(frozen=True)
class Call:
    """One message to send. `wait` seconds for what the bot says."""

    chat_id: str
    text: str
    key: str
    wait: float = 0


class Sender(Protocol):
    """A way to the server."""

    def send(self, server: Server, call: Call) -> Ack:
        """Sends once. Raises NotTaken, Broken or Wrong."""

    def close(self) -> None:
        """Lets connections go."""


class Rest:
    """Sends over HTTP; a `fresh` one opens a connection for every call."""

    def __init__(self, *, fresh: bool = False) -> None:
        self._http = httpx.Client(timeout=PATIENCE)
        self._headers = {"Connection": "close"} if fresh else {}

    def send(self, server: Server, call: Call) -> Ack:
        headers = {**server.headers, **self._headers, "Idempotency-Key": call.key}
        url = f"{server.http}/chats/{call.chat_id}/messages"
        try:
            answer = self._http.post(
                url, json={"message": call.text}, params={"wait": call.wait}, headers=headers
            )
        except httpx.ConnectError as error:
            raise NotTaken(str(error)) from error
        except httpx.TransportError as error:
            raise Broken(repr(error)) from error
        if answer.status_code in {429, 503}:
            raise NotTaken(answer.text)
        if answer.status_code != 200:
            raise Wrong(f"{answer.status_code} {answer.text}")
        body = answer.json()
        replayed = answer.headers.get("idempotency-replayed") == "true"
        return Ack(call.chat_id, call.text, body["id"], body["seq"], replayed)

    def close(self) -> None:
        self._http.close()


class Grpc:
    """Sends over gRPC, one channel for each server that it meets."""

    def __init__(self) -> None:
        self._channel: grpc.Channel | None = None
        self._address = ""

    def send(self, server: Server, call: Call) -> Ack:
        request = chat_pb2.SendMessageRequest(
            chat=chat_pb2.ChatRef(id=call.chat_id),
            author=chat_pb2.AUTHOR_USER,
            text=call.text,
            request_id=call.key,
        )
        request.wait.FromMilliseconds(int(call.wait * 1000))
        try:
            answer, rpc = self._stub(server).SendMessage.with_call(
                request, metadata=server.metadata, timeout=PATIENCE
            )
        except grpc.RpcError as error:
            if error.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED}:
                raise NotTaken(error.details()) from error
            raise Wrong(f"{error.code()} {error.details()}") from error
        replayed = any(tuple(pair) == REPLAYED for pair in rpc.trailing_metadata())
        return Ack(call.chat_id, call.text, answer.message.id, answer.message.seq, replayed)

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()

    def _stub(self, server: Server) -> chat_pb2_grpc.ChatServiceStub:
        if self._address != server.grpc:
            self.close()
            self._channel, self._address = server.channel(), server.grpc
        return chat_pb2_grpc.ChatServiceStub(self._channel)


class Crowd:
    """Threads that send until they are stopped. Each sends one message at a time, its chats in turn."""

    def __init__(self, place: Place, history: History) -> None:
        self._place, self._history = place, history
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def add(self, name: str, sender: Sender, chats: Sequence[str], wait: float = 0) -> None:
        """Starts a client."""
        thread = threading.Thread(target=self._run, args=(name, sender, chats, wait), daemon=True)
        thread.start()
        self._threads.append(thread)

    def stop(self) -> None:
        """Ends all clients, once what each is sending is acknowledged."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a client was never answered"

    def _run(self, name: str, sender: Sender, chats: Sequence[str], wait: float) -> None:
        try:
            for number in itertools.count(1):
                if self._stopped.is_set():
                    return
                # Two of three do not wait: so there are always some messages that queue.
                seconds = wait if number % 3 == 0 else 0
                call = Call(chats[number % len(chats)], f"{name} {number}", str(uuid.uuid4()), seconds)
                self._deliver(name, number, sender, call)
        except Exception as error:
            self._history.note(f"{name}: {error!r}")
        finally:
            sender.close()

    def _deliver(self, name: str, number: int, sender: Sender, call: Call) -> None:
        end, tries = time.monotonic() + PATIENCE, []
        while time.monotonic() < end:
            try:
                ack = sender.send(self._place.server(), call)
            except (NotTaken, Broken) as error:
                tries.append(error)
                time.sleep(PAUSE)
            else:
                self._history.acknowledged(name, number, ack, tries)
                return
        raise AssertionError(f"{call} was not acknowledged in {PATIENCE} s; last {tries[-1]!r}")


def poll(true: Callable[[], object], seconds: float = 10, every: float = 0.02) -> object:
    """Asks until the answer is true, and gives it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(every)
    raise AssertionError("it never came true")
