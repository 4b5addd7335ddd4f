"""The yardstick: a bare grpc.aio echo, and a bare FastAPI route in front of it, in one process and loop."""

import asyncio
import json
import signal
import socket
import sys

import grpc
import uvicorn
from fastapi import FastAPI
from grpc import aio
from pydantic import BaseModel

METHOD = "/bench.Echo/Say"


class Said(BaseModel):
    """What the route takes and gives."""

    message: str


async def serve() -> None:
    """Serves until SIGTERM; prints the two addresses as one JSON line."""
    server = aio.server()
    handler = grpc.unary_unary_rpc_method_handler(_echo)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench.Echo", {"Say": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    web = _Web(
        uvicorn.Config(
            _app(f"127.0.0.1:{port}"), port=_free(), log_level="error", access_log=False, lifespan="off"
        )
    )
    task = asyncio.create_task(web.serve())
    while not web.started:
        await asyncio.sleep(0.01)
    print(
        json.dumps({"grpc": f"127.0.0.1:{port}", "http": f"http://127.0.0.1:{web.config.port}"}), flush=True
    )
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()
    web.should_exit = True
    await task
    await server.stop(0)


async def _echo(request: bytes, context: object) -> bytes:
    return request


def _app(address: str) -> FastAPI:
    app = FastAPI()
    call = aio.insecure_channel(address).unary_unary(METHOD)

    @app.post("/echo")
    async def echo(said: Said) -> Said:
        answer = await call(said.message.encode())
        return Said(message=answer.decode())

    return app


class _Web(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """Leaves the signals alone."""


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(asyncio.run(serve()))
