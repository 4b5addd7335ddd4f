"""Measures runs without a chat: actions inside one run, runs a second, and the time to the first streamed event."""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from google.protobuf.duration_pb2 import Duration
from grpc import aio
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parent))

from load import load
from servers import Address, running, serve_command

from flowgen_cli.flow_json import read_flow
from flowgen_core.pb.v1 import flow_pb2, flow_pb2_grpc, run_pb2, run_pb2_grpc

USERS = 16
# One turn makes at most 100 moves: 30 rounds of set, compare, jump are 90.
ROUNDS = 30


async def main(seconds: float) -> None:
    """Measures, then prints."""
    console = Console()
    with tempfile.TemporaryDirectory() as data, running(serve_command(data)) as core:
        async with aio.insecure_channel(core.grpc) as channel:
            one, ninety = await _flow(channel, core, _single()), await _flow(channel, core, _loop())
            short, long = await _times(channel, core, one), await _times(channel, core, ninety)
            console.print(f"a run of 1 action: {short * 1000:.2f} ms; of 90 actions: {long * 1000:.2f} ms")
            console.print(
                f"that is {long / short:.1f} x (goal: at most 12), {90 / long:.0f} actions a second in one run"
            )
            seen = await load(_starts(channel, core, one), USERS, seconds)
            console.print(f"{seen.per_second:.0f} runs a second with {USERS} callers, p50 {seen.p50:.1f} ms")
            first = await _first_event(channel, core, one)
            console.print(f"first streamed event after {first * 1000:.2f} ms")


def _single() -> dict[str, Any]:
    return {"name": "One", "actions": [{"type": "variable_set", "option": {"key": "n", "value": "x"}}]}


def _loop() -> dict[str, Any]:
    option = {
        "condition": "<",
        "variable": "n",
        "value_type": "length",
        "value_length": ROUNDS,
        "false_target_id": "end",
    }
    return {
        "name": "Ninety",
        "actions": [
            {"id": "set", "type": "variable_set", "option": {"key": "n", "value": "${n}x"}},
            {"id": "compare", "type": "condition_variable", "option": option},
            {"id": "again", "type": "goto", "option": {"target_id": "set"}},
            {"id": "end", "type": "stop"},
        ],
    }


async def _flow(channel: aio.Channel, core: Address, document: dict[str, Any]) -> str:
    stub: Any = flow_pb2_grpc.FlowServiceStub(channel)
    request = flow_pb2.CreateFlowRequest(flow=read_flow(json.dumps(document)))
    return str((await stub.CreateFlow(request, metadata=core.metadata)).id)


def _starts(channel: aio.Channel, core: Address, flow_id: str) -> Any:
    stub: Any = run_pb2_grpc.RunServiceStub(channel)

    async def start(user: int) -> None:
        request = run_pb2.StartRunRequest(flow_id=flow_id, wait=Duration(seconds=20))
        run = await stub.StartRun(request, metadata=core.metadata)
        assert run.state == run_pb2.RUN_STATE_COMPLETED, run

    return start


async def _times(channel: aio.Channel, core: Address, flow_id: str, times: int = 60) -> float:
    start = _starts(channel, core, flow_id)
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        await start(0)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken[10:])


async def _first_event(channel: aio.Channel, core: Address, flow_id: str, times: int = 30) -> float:
    stub: Any = run_pb2_grpc.RunServiceStub(channel)
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        run = await stub.StartRun(run_pb2.StartRunRequest(flow_id=flow_id), metadata=core.metadata)
        async for _event in stub.StreamRun(run_pb2.StreamRunRequest(id=run.id), metadata=core.metadata):
            taken.append(time.perf_counter() - begun)
            break
    return statistics.median(taken)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4, help="how long runs a second are measured")
    asyncio.run(main(parser.parse_args().seconds))
