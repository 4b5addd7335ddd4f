"""Measures durable turns beside a bare echo, in one run on one machine; the ratios are what counts.

A turn: a person's message comes in, the bot answers it; message, answer, state and events are on disk.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
from google.protobuf.duration_pb2 import Duration
from grpc import aio
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent))

from echo import METHOD
from load import Seen, Send, load
from servers import Address, echo_command, megabytes, running, serve_command

from flowgen_cli.flow_json import read_flow
from flowgen_core.pb.v1 import chat_pb2, chat_pb2_grpc, flow_pb2, flow_pb2_grpc

USERS = (1, 16, 64)
LONG = 10_000
FLOW = {
    "name": "Bench",
    "steps": [
        {
            "id": "any",
            "type": "UNKNOWN",
            "actions": [{"id": "answer", "type": "say", "option": {"text": "You said ${text_input}."}}],
        }
    ],
}


async def main(seconds: float, long: int) -> None:
    """Measures, then prints."""
    console = Console()
    with (
        tempfile.TemporaryDirectory() as data,
        running(echo_command()) as bare,
        running(serve_command(data)) as core,
    ):
        console.print(f"idle memory of `flowgen serve`: {megabytes(core.pid):.0f} MB")
        found = await _measure(bare, core, seconds)
        _print(console, found)
        await _long_chat(console, core, long, seconds)
        console.print(f"memory after it all: {megabytes(core.pid):.0f} MB")


async def _measure(bare: Address, core: Address, seconds: float) -> dict[tuple[str, int], Seen]:
    found: dict[tuple[str, int], Seen] = {}
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        Channels(bare, core) as channels,
    ):
        chats = await _chats(channels.core, core, max(USERS))
        senders: dict[str, Send] = {
            "bare gRPC echo": _bare_grpc(channels.bare),
            "bare FastAPI to gRPC echo": _bare_http(http, bare),
            "durable turn, gRPC": _turn_grpc(channels.core, core, chats),
            "durable turn, REST": _turn_http(http, core, chats),
        }
        for users in USERS:
            for name, send in senders.items():
                found[name, users] = await load(send, users, seconds)
    return found


class Channels:
    """A channel to each measured server."""

    def __init__(self, bare: Address, core: Address) -> None:
        self.bare, self.core = aio.insecure_channel(bare.grpc), aio.insecure_channel(core.grpc)

    async def __aenter__(self) -> "Channels":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.bare.close()
        await self.core.close()


def _bare_grpc(channel: aio.Channel) -> Send:
    call = channel.unary_unary(METHOD)

    async def send(user: int) -> None:
        await call(b"hello")

    return send


def _bare_http(http: aiohttp.ClientSession, bare: Address) -> Send:
    async def send(user: int) -> None:
        async with http.post(f"{bare.http}/echo", json={"message": "hello"}) as answer:
            await answer.read()
            assert answer.status == 200

    return send


def _turn_grpc(channel: aio.Channel, core: Address, chats: list[str]) -> Send:
    stub: Any = chat_pb2_grpc.ChatServiceStub(channel)

    async def send(user: int) -> None:
        request = chat_pb2.SendMessageRequest(
            chat=chat_pb2.ChatRef(id=chats[user]), text="hello", wait=Duration(seconds=10)
        )
        answer = await stub.SendMessage(request, metadata=core.metadata)
        assert answer.complete and len(answer.replies) == 1

    return send


def _turn_http(http: aiohttp.ClientSession, core: Address, chats: list[str]) -> Send:
    headers = {"X-API-KEY": core.api_key}

    async def send(user: int) -> None:
        url = f"{core.http}/chats/{chats[user]}/messages?wait=10"
        async with http.post(url, json={"message": "hello"}, headers=headers) as answer:
            body = await answer.json()
            assert answer.status == 200 and len(body["messages"]) == 1, body

    return send


async def _chats(channel: aio.Channel, core: Address, count: int) -> list[str]:
    flows: Any = flow_pb2_grpc.FlowServiceStub(channel)
    stub: Any = chat_pb2_grpc.ChatServiceStub(channel)
    flow = await flows.CreateFlow(
        flow_pb2.CreateFlowRequest(flow=read_flow(json.dumps(FLOW))), metadata=core.metadata
    )
    made = []
    for _ in range(count):
        request = chat_pb2.CreateChatRequest(chat=chat_pb2.Chat(flow_id=flow.id))
        made.append((await stub.CreateChat(request, metadata=core.metadata)).id)
    return made


async def _long_chat(console: Console, core: Address, messages: int, seconds: float) -> None:
    async with aiohttp.ClientSession() as http, Channels(core, core) as channels:
        fresh, long = await _chats(channels.core, core, 2)
        send = _turn_grpc(channels.core, core, [long])
        started = time.perf_counter()
        for _ in range(messages // 2):
            await send(0)
        console.print(f"a chat of {messages} messages took {time.perf_counter() - started:.0f} s to hold")
        ratios = []
        for _ in range(3):
            one = await load(_turn_http(http, core, [fresh]), 1, seconds / 2)
            other = await load(_turn_http(http, core, [long]), 1, seconds / 2)
            ratios.append(other.p50 / one.p50)
        console.print(
            f"a turn in it takes {sorted(ratios)[1]:.2f} x a turn in a fresh chat (goal: at most 1.2)"
        )


def _print(console: Console, found: dict[tuple[str, int], Seen]) -> None:
    table = Table("what", *(f"{users} user{'s' * (users > 1)}" for users in USERS))
    for name in dict.fromkeys(name for name, _ in found):
        table.add_row(name, *(_cell(found[name, users]) for users in USERS))
    console.print(table)
    last = max(USERS)
    rate = found["durable turn, REST", last].per_second / found["bare FastAPI to gRPC echo", last].per_second
    slow = found["durable turn, REST", 1].p50 / found["bare FastAPI to gRPC echo", 1].p50
    console.print(f"REST turns a second at {last} users: {rate:.2f} x the bare echo (goal: at least 0.2)")
    console.print(f"p50 of one user over REST: {slow:.1f} x the bare echo's (goal: at most 8)")


def _cell(seen: Seen) -> str:
    return f"{seen.per_second:.0f}/s  p50 {seen.p50:.2f}  p99 {seen.p99:.1f} ms"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4, help="how long each number is measured")
    parser.add_argument("--long", type=int, default=LONG, help="messages of the long chat")
    options = parser.parse_args()
    asyncio.run(main(options.seconds, options.long))
