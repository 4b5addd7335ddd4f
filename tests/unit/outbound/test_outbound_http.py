"""The guarded client sends what it is told, and a bad receiver costs a bounded amount."""

import asyncio
import gzip
import time
import tracemalloc

import pytest

from flowgen_core.api import HttpAnswer, HttpFailed, HttpRefused
from flowgen_core.runtime.outbound.http import GuardedHttp
from tests.support.listeners import Names, listening, reply


@pytest.fixture
async def client():
    made = GuardedHttp(allow_private=True)
    yield made
    await made.close()


async def test_an_answer_comes_back_whole(client):
    async with listening(reply(b"made", "201 Created", X_One="1", x_one="2")) as listener:
        answer = await client.request("GET", listener.url)
    assert (answer.status, answer.headers["x-one"], answer.body) == (201, "1, 2", b"made")
    assert isinstance(answer, HttpAnswer)


async def test_a_body_is_sent_as_it_is(client):
    async with listening(reply()) as listener:
        await client.request("post", listener.url, headers={"X-Mine": "é"}, body=b"\x00{}")
    (request,) = listener.requests
    assert request.startswith(b"POST / HTTP/1.1\r\n")
    assert request.endswith(b"\r\n\r\n\x00{}")
    assert "X-Mine: é".encode() in request
    assert b"content-type" not in request.lower()


async def test_the_host_stays_the_name_that_was_asked_for():
    client = GuardedHttp(allow_private=True, resolver=Names(["127.0.0.1"]))
    async with listening(reply()) as listener:
        await client.request("GET", f"http://shop.test:{listener.port}/")
    await client.close()
    assert f"Host: shop.test:{listener.port}".encode() in listener.requests[0]


async def test_cookies_are_not_kept():
    client = GuardedHttp(allow_private=True, resolver=Names(["127.0.0.1"]))
    async with listening(reply(Set_Cookie="id=1; Path=/")) as listener:
        for _ in range(2):
            await client.request("GET", f"http://shop.test:{listener.port}/")
    await client.close()
    assert all(b"cookie" not in request.lower() for request in listener.requests)


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "", "GET /", "GET\r\nX: y", "FETCH"])
async def test_an_odd_method_is_refused(client, method):
    with pytest.raises(HttpRefused, match="must be one of"):
        await client.request(method, "http://shop.test/")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "other.test"},
        {"content-LENGTH": "0"},
        {"Transfer-Encoding": "chunked"},
        {"Connection": "keep-alive"},
        {"Upgrade": "h2c"},
        {"X": "a\r\nY: b"},
        {"X": "a\nb"},
        {"X": "a\x00"},
        {"X\r\nY": "b"},
        {"X Y": "b"},
        {"X:": "b"},
        {"": "b"},
    ],
)
async def test_a_header_that_could_make_another_request_is_refused(client, headers):
    async with listening(reply()) as listener:
        with pytest.raises(HttpRefused):
            await client.request("POST", listener.url, headers=headers, body=b"x")
        assert listener.connections == 0


async def test_what_cannot_be_encoded_fails_and_nothing_is_sent(client):
    async with listening(reply()) as listener:
        with pytest.raises((HttpFailed, HttpRefused)):
            await client.request("GET", listener.url, headers={"X": "\ud800"})
        with pytest.raises((HttpFailed, HttpRefused)):
            await client.request("GET", f"{listener.url}\ud800")
        assert listener.requests == []


async def test_a_body_up_to_the_limit_is_read_and_a_larger_one_is_an_error(client):
    async with listening(reply(b"x" * 100)) as listener:
        answer = await client.request("GET", listener.url, max_bytes=100)
        assert len(answer.body) == 100
        with pytest.raises(HttpFailed, match="larger than 99 bytes"):
            await client.request("GET", listener.url, max_bytes=99)


async def test_a_body_without_end_is_cut(client):
    async def pour(_reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with listening(pour) as listener:
        with pytest.raises(HttpFailed, match="larger"):
            await client.request("GET", listener.url, max_bytes=100_000)


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 O"])
async def test_a_drip_is_cut_at_the_total_time(client, head):
    async def drip(_reader, writer):
        writer.write(head)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with listening(drip) as listener:
        began = time.monotonic()
        with pytest.raises(HttpFailed, match=r"within 0\.2 s"):
            await client.request("GET", listener.url, timeout=0.2)
        assert time.monotonic() - began < 2


async def test_headers_and_interim_answers_without_end_are_cut(client):
    async def headers(_reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-More: yes\r\n")
            await writer.drain()

    async def interim(_reader, writer):
        while True:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0)

    for answer in (headers, interim):
        async with listening(answer) as listener:
            with pytest.raises(HttpFailed):
                await client.request("GET", listener.url, timeout=0.5)


async def test_a_gzip_bomb_is_noticed_while_it_is_small(client):
    bomb = gzip.compress(bytes(64 * 1024 * 1024), 9)
    async with listening(reply(bomb, Content_Encoding="gzip")) as listener:
        tracemalloc.start()
        with pytest.raises(HttpFailed, match="larger"):
            await client.request("GET", listener.url, max_bytes=100_000)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


async def test_a_packed_answer_is_unpacked(client):
    async with listening(reply(gzip.compress(b"hello"), Content_Encoding="gzip")) as listener:
        assert (await client.request("GET", listener.url)).body == b"hello"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 banana\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        reply(b"not gzip", Content_Encoding="gzip"),
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_an_answer_that_is_not_proper_http_fails(client, answer):
    async with listening(answer) as listener:
        with pytest.raises(HttpFailed):
            await client.request("GET", listener.url, timeout=2)


async def test_a_closed_port_and_an_unknown_name_fail(client):
    async with listening() as listener:
        url = listener.url
    with pytest.raises(HttpFailed, match="cannot be reached"):
        await client.request("GET", url)
    with pytest.raises(HttpFailed):
        await client.request("GET", "http://no-such-host.invalid/", timeout=2)


async def test_https_is_tls_that_is_checked(client):
    async with listening(reply()) as listener:
        with pytest.raises(HttpFailed):
            await client.request("GET", listener.url.replace("http:", "https:"), timeout=1)


async def test_one_receiver_that_hangs_does_not_hold_up_another(client):
    hanging = asyncio.Event()

    async def hang(_reader, _writer):
        await hanging.wait()

    async with listening(hang) as slow, listening(reply(b"quick")) as quick:
        waiting = [asyncio.create_task(client.request("GET", slow.url, timeout=5)) for _ in range(200)]
        await asyncio.sleep(0.1)
        answer = await asyncio.wait_for(client.request("GET", quick.url), 2)
        assert answer.body == b"quick"
        assert slow.connections <= 50
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        hanging.set()


async def test_a_caller_that_gives_up_is_not_told_of_a_failure(client):
    async def hang(reader, _writer):
        await reader.read()

    async with listening(hang) as listener:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.request("GET", listener.url), 0.1)


async def test_after_the_end_nothing_is_sent(client):
    async with listening(reply()) as listener:
        await client.close()
        with pytest.raises(HttpFailed, match="stopping"):
            await client.request("GET", listener.url)
        assert listener.connections == 0
