import asyncio
import http.client
import socket
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from flowgen_cli.addresses import Address
from flowgen_cli.errors import CliError
from flowgen_cli.web import Web, check_free


@pytest.fixture
def used() -> Iterator[Address]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Address("127.0.0.1", server.getsockname()[1])


def app() -> FastAPI:
    made = FastAPI()
    made.state.draining = asyncio.Event()

    @made.get("/slow")
    async def slow() -> str:
        await asyncio.sleep(0.3)
        return "done"

    return made


def get(url: str, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_a_used_address_is_found_out_beforehand(used: Address) -> None:
    with pytest.raises(CliError, match=f"{used} cannot be used .*--http"):
        check_free(used)


def test_a_host_that_is_not_ours_is_one_sentence() -> None:
    with pytest.raises(CliError, match="cannot be used"):
        check_free(Address("192.0.2.1", 80))


def test_a_port_that_was_just_closed_is_free(used: Address) -> None:
    socket.create_connection((used.host, used.port)).close()
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = Address("127.0.0.1", server.getsockname()[1])
    check_free(address)


async def test_an_address_taken_in_between_raises_instead_of_ending_the_process(used: Address) -> None:
    with pytest.raises(CliError, match="could not start"):
        await Web(app(), used).start()


async def test_port_0_serves_on_a_free_one_without_delay() -> None:
    web = Web(app(), Address("127.0.0.1", 0))
    await web.start()
    assert await asyncio.to_thread(get, web.url, "/missing") == (404, '{"detail":"Not Found"}')
    await web.stop()


async def test_a_stop_lets_the_request_under_way_finish() -> None:
    web = Web(app(), Address("127.0.0.1", 0))
    await web.start()
    answer = asyncio.create_task(asyncio.to_thread(get, web.url, "/slow"))
    await asyncio.sleep(0.1)
    web.drain()
    await web.stop()
    assert await answer == (200, '"done"')
