"""The command line's gRPC client: plain calls, one after another, with the caller's credential."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

import grpc

from flowgen_cli.addresses import Address, parse_address
from flowgen_cli.errors import CliError, explain
from flowgen_core.pb.v1.chat_pb2_grpc import ChatServiceStub
from flowgen_core.pb.v1.flow_pb2_grpc import FlowServiceStub
from flowgen_core.pb.v1.project_pb2_grpc import ProjectServiceStub
from flowgen_core.pb.v1.run_pb2_grpc import RunServiceStub

DEADLINE = 30.0
# The core keeps the demo's project id and key in it.
DEMO_KEY_FILE = "demo_key"

Request = TypeVar("Request")
Answer = TypeVar("Answer")


class _Paged(Protocol):
    page_token: str


class _Page(Protocol):
    next_page_token: str


PagedRequest = TypeVar("PagedRequest", bound=_Paged)
Page = TypeVar("Page", bound=_Page)


class Client:
    """The services of a core. Its methods raise CliError when a call fails."""

    def __init__(self, address: Address, api_key: str) -> None:
        self._address = address
        self._metadata = (("authorization", f"Bearer {api_key}"),)
        self._runner = asyncio.Runner()
        self._channel = self._runner.run(_open(address))
        self.flows = FlowServiceStub(self._channel)
        self.runs = RunServiceStub(self._channel)
        self.chats = ChatServiceStub(self._channel)
        self.projects = ProjectServiceStub(self._channel)

    def call(self, method: grpc.aio.UnaryUnaryMultiCallable[Request, Answer], request: Request) -> Answer:
        """Makes one call and gives its answer."""

        async def answer() -> Answer:
            return await method(request, metadata=self._metadata, timeout=DEADLINE)

        try:
            return self._runner.run(answer())
        except grpc.aio.AioRpcError as error:
            raise explain(error, str(self._address)) from error

    def pages(
        self, method: grpc.aio.UnaryUnaryMultiCallable[PagedRequest, Page], request: PagedRequest
    ) -> Iterator[Page]:
        """Gives a list's pages, one after another."""
        more = True
        while more:
            page = self.call(method, request)
            yield page
            request.page_token = page.next_page_token
            more = bool(page.next_page_token)

    def watch(
        self, method: grpc.aio.UnaryStreamMultiCallable[Request, Answer], request: Request
    ) -> Iterator[Answer]:
        """Follows a stream until the server ends it or the caller stops asking."""

        async def begin() -> grpc.aio.UnaryStreamCall[Request, Answer]:
            return method(request, metadata=self._metadata)

        async def following() -> Answer | None:
            return await anext(events, None)

        stream = self._runner.run(begin())
        events = aiter(stream)
        try:
            while (event := self._runner.run(following())) is not None:
                yield event
        except grpc.aio.AioRpcError as error:
            raise explain(error, str(self._address)) from error
        finally:
            stream.cancel()

    def close(self) -> None:
        """Closes the connection."""
        self._runner.run(self._channel.close(None))
        self._runner.close()


@contextmanager
def connect(grpc_address: str, api_key: str | None, data: Path) -> Iterator[Client]:
    """Gives a client of the core at `grpc_address`; without a key the demo key of the data folder serves."""
    client = Client(parse_address(grpc_address, "--grpc"), api_key or demo_key(data))
    try:
        yield client
    finally:
        client.close()


def demo_key(data: Path) -> str:
    """Reads the key that `--demo` keeps in the data folder. Raises CliError when there is none."""
    try:
        _, key = (data / DEMO_KEY_FILE).read_text().split()
    except (OSError, ValueError) as error:
        raise CliError(
            "No API key: give one with `--api-key` or FLOWGEN_API_KEY "
            f"(the data folder `{data}` holds no demo key)."
        ) from error
    return key


async def _open(address: Address) -> grpc.aio.Channel:
    return grpc.aio.insecure_channel(str(address))
