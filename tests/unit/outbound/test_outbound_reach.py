"""No URL reaches loopback: not by its spelling, not by what its name means, not by a redirect."""

import pytest

from flowgen_core.api import HttpFailed, HttpRefused
from flowgen_core.runtime.outbound import http
from flowgen_core.runtime.outbound.http import GuardedHttp
from tests.support.listeners import Names, listening, reply

# PORT stands for the listener's.
SPELLINGS = [
    "http://127.0.0.1:PORT/",
    "http://127.0.0.1:PORT",
    "HTTP://127.0.0.1:PORT/",
    "http://127.0.0.1:PORT/?a=b#c",
    "http://127.0.0.1.:PORT/",
    "http://127.1:PORT/",
    "http://127.0.1:PORT/",
    "http://0127.0.0.1:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://0177.0.0.01:PORT/",
    "http://00000177.0.0.1:PORT/",
    "http://0x7f.0.0.1:PORT/",
    "http://0x7f.1:PORT/",
    "http://0x7f000001:PORT/",
    "http://0X7F000001:PORT/",
    "http://2130706433:PORT/",
    "http://017700000001:PORT/",
    "http://127.0.0.2:PORT/",
    "http://127.255.255.254:PORT/",
    "http://0.0.0.0:PORT/",
    "http://0:PORT/",
    "http://localhost:PORT/",
    "http://LOCALHOST:PORT/",
    "http://localhost.:PORT/",
    "http://ip6-localhost:PORT/",
    "http://[::1]:PORT/",
    "http://[0:0:0:0:0:0:0:1]:PORT/",
    "http://[0000:0000:0000:0000:0000:0000:0000:0001]:PORT/",
    "http://[::1%25lo]:PORT/",
    "http://[::]:PORT/",
    "http://[::127.0.0.1]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::FFFF:7F00:1]:PORT/",
    "http://[::ffff:0:127.0.0.1]:PORT/",
    "http://[64:ff9b::127.0.0.1]:PORT/",
    "http://[2002:7f00:1::]:PORT/",
    "http://[fe80::1%25lo]:PORT/",
    "http://①②⑦.⓪.⓪.①:PORT/",
    "http://127。0。0。1:PORT/",
    "http://１２７．０．０．１:PORT/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/",
    "http://%31%32%37.0.0.1:PORT/",
    "http://127.0.0.1%00.example.com:PORT/",
    "http://user@127.0.0.1:PORT/",
    "http://user:password@127.0.0.1:PORT/",
    "http://example.com@127.0.0.1:PORT/",
    "http://example.com:80@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT@example.com:PORT/",
    "http://127.0.0.1:PORT\\@example.com/",
    "http://example.com\\@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT#@example.com/",
    "http://127.0.0.1:PORT?@example.com/",
    "http://127.0.0.1:PORT/\r\nX: y",
    "http://127.0.0.1\t:PORT/",
    "http://127.0.0.1 :PORT/",
    " http://127.0.0.1:PORT/",
    "http:127.0.0.1:PORT/",
    "http:/127.0.0.1:PORT/",
    "http:///127.0.0.1:PORT/",
    "http:\\\\127.0.0.1:PORT\\",
    "//127.0.0.1:PORT/",
    "127.0.0.1:PORT",
    "https://127.0.0.1:PORT/",
    "ftp://127.0.0.1:PORT/",
    "ws://127.0.0.1:PORT/",
    "gopher://127.0.0.1:PORT/_GET",
    "tcp://127.0.0.1:PORT/",
    "unix://127.0.0.1:PORT/",
    "file:///etc/hostname",
    "data:text/plain,hello",
    "http://:PORT/",
    "http://[::1:PORT/",
    "http://127.0.0.1:PORT:PORT/",
    "http://\ud800:PORT/",
    "",
]


@pytest.fixture
async def guarded():
    client = GuardedHttp(allow_private=False)
    yield client
    await client.close()


async def test_no_spelling_reaches_loopback(guarded):
    async with listening(reply(b"secret")) as listener:
        for spelling in SPELLINGS:
            with pytest.raises((HttpRefused, HttpFailed)):
                await guarded.request("GET", spelling.replace("PORT", str(listener.port)), timeout=2)
        assert (listener.connections, listener.requests) == (0, [])


@pytest.mark.parametrize(
    "spelling",
    [
        "http://127.0.0.1:PORT/",
        "http://0x7f.1:PORT/",
        "http://0x7f000001:PORT/",
        "http://0.0.0.0:PORT/",
        "http://localhost:PORT/",
        "http://①②⑦.⓪.⓪.①:PORT/",
        "http://[::ffff:127.0.0.1]:PORT/",
    ],
)
async def test_those_spellings_reach_it_where_a_setting_allows(spelling):
    client = GuardedHttp(allow_private=True)
    async with listening(reply(b"hello")) as listener:
        answer = await client.request("GET", spelling.replace("PORT", str(listener.port)))
    await client.close()
    assert answer.body == b"hello"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.0.0.53", "0.0.0.0", "10.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1"),
        *("::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fd00:ec2::254", "fe80::1%1"),
    ],
)
async def test_no_name_leads_to_a_private_address(address):
    names = Names([address])
    client = GuardedHttp(allow_private=False, resolver=names)
    async with listening(reply(b"secret")) as listener:
        with pytest.raises(HttpRefused):
            await client.request("GET", f"http://rebind.test:{listener.port}/")
        assert (names.asked, listener.connections) == (["rebind.test"], 0)
    await client.close()


@pytest.fixture
def public_loopback(monkeypatch):
    """Takes 127.0.0.1 and 127.0.0.3 for hosts of the internet, so that no test calls real ones."""
    monkeypatch.setattr(http, "is_public", lambda address: address in ("127.0.0.1", "127.0.0.3"))


async def test_a_name_that_was_public_a_moment_ago_is_judged_again(public_loopback):
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    client = GuardedHttp(allow_private=False, resolver=names)
    async with (
        listening(reply(b"hello")) as outside,
        listening(port=outside.port, host="127.0.0.2") as inside,
    ):
        url = f"http://rebind.test:{outside.port}/"
        assert (await client.request("GET", url)).body == b"hello"
        for _ in range(3):
            with pytest.raises(HttpRefused):
                await client.request("GET", url)
        assert (len(names.asked), outside.connections, inside.connections) == (4, 1, 0)
    await client.close()


async def test_a_private_address_among_public_ones_is_not_tried(public_loopback):
    # Nobody listens on 127.0.0.3.
    names = Names(["127.0.0.3", "127.0.0.2", "::1"], ["127.0.0.2", "127.0.0.1"])
    client = GuardedHttp(allow_private=False, resolver=names)
    async with (
        listening(reply(b"hello")) as outside,
        listening(port=outside.port, host="127.0.0.2") as inside,
    ):
        with pytest.raises((HttpFailed, HttpRefused)):
            await client.request("GET", f"http://rebind.test:{outside.port}/", timeout=2)
        answer = await client.request("GET", f"http://rebind.test:{outside.port}/")
        assert (answer.body, outside.connections, inside.connections) == (b"hello", 1, 0)
    await client.close()


async def test_a_refusal_does_not_tell_what_a_name_means_inside():
    client = GuardedHttp(allow_private=False, resolver=Names(["10.1.2.3"]))
    with pytest.raises(HttpRefused) as refusal:
        await client.request("GET", "http://intern.test/")
    await client.close()
    assert "10.1.2.3" not in str(refusal.value)


async def test_a_redirect_is_an_answer_and_is_not_followed():
    client = GuardedHttp(allow_private=True)
    async with listening(reply(b"secret")) as inside:
        async with listening(reply(status="302 Found", Location=inside.url)) as outside:
            answer = await client.request("GET", outside.url)
        assert (answer.status, answer.headers["location"], inside.connections) == (302, inside.url, 0)
    await client.close()


async def test_proxies_of_the_environment_are_not_used(monkeypatch):
    client = GuardedHttp(allow_private=True)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with listening(reply(b"outside")) as outside, listening(reply(b"proxy")) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        answer = await client.request("GET", outside.url)
        assert (answer.body, proxy.connections) == (b"outside", 0)
    await client.close()


@pytest.mark.parametrize("user", ["ann@", "ann:secret@", ":secret@", "ann:@", "example.com@"])
async def test_a_url_with_a_user_is_refused_everywhere(user):
    client = GuardedHttp(allow_private=True)
    async with listening(reply()) as listener:
        with pytest.raises(HttpRefused, match="user"):
            await client.request("GET", f"http://{user}127.0.0.1:{listener.port}/")
        assert listener.connections == 0
    await client.close()
