"""The gateway under uvicorn, in a loop that it shares with the core."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from flowgen_cli.addresses import Address
from flowgen_cli.errors import CliError

WS_MAX_SIZE = 256 * 1024
# Seconds that requests under way get at a stop; the core needs the rest of its ten.
GRACE = 5


class _Server(uvicorn.Server):
    """A uvicorn that owns no signals and raises where it would end the process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own raises the signal again at its end: the process would be gone before the core stops.
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit as error:
            address = Address(self.config.host, self.config.port)
            raise CliError(
                f"The HTTP server could not start on {address}: give another address with `--http`."
            ) from error
        self.listening.set()


class Web:
    """The HTTP server of one app."""

    def __init__(self, app: FastAPI, address: Address) -> None:
        self._app = app
        self._address = address
        self._server = _Server(_config(app, address))
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listens. Raises CliError when it cannot."""
        self._task = asyncio.create_task(self._server.serve())
        listening = asyncio.create_task(self._server.listening.wait())
        await asyncio.wait({self._task, listening}, return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        if self._task.done():
            self._task.result()

    @property
    def url(self) -> str:
        """The URL with the real port."""
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return Address(self._address.host, port).url

    def drain(self) -> None:
        """Makes `/readyz` answer 503 and streams say goodbye."""
        self._app.state.draining.set()

    async def stop(self) -> None:
        """Closes the door, and gives requests under way a few seconds."""
        self._server.should_exit = True
        if self._task:
            await self._task


def check_free(address: Address) -> None:
    """Raises CliError when `address` cannot be listened on; asked before anything lasting is done."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As asyncio does it: a port that is only waiting for its last packets is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        raise CliError(
            f"The HTTP address {address} cannot be used ({error.strerror}): give another one with `--http`."
        ) from error


def _config(app: FastAPI, address: Address) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=address.host,
        port=address.port,
        loop="none",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=WS_MAX_SIZE,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
