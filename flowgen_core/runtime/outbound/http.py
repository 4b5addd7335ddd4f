"""The HTTP client for addresses that users choose: it reaches the public internet and nothing else."""

import socket
from collections.abc import Mapping

import aiohttp
from aiohappyeyeballs import AddrInfoType
from aiohttp.abc import AbstractResolver

from flowgen_core.model.outside import HttpAnswer, HttpFailed, HttpRefused
from flowgen_core.runtime.outbound.addresses import is_public
from flowgen_core.runtime.outbound.requests import judged_headers, judged_method, judged_url

CONNECT_SECONDS = 5.0
# One slow receiver must not take the sockets of all others.
_SOCKETS = 1000
_SOCKETS_PER_HOST = 50
_CHUNK = 16 * 1024


class _AddressRefused(OSError):
    # An OSError, so that the other addresses of a name are still tried. It does not tell the address:
    # whoever wrote the URL must not learn what names mean inside this network.
    def __init__(self) -> None:
        super().__init__("address refused")


class GuardedHttp:
    """An `HttpClient` that judges every address it connects to, whatever a name meant a moment before.

    `allow_private` lets it reach everything. `resolver` replaces the system's.
    """

    def __init__(self, allow_private: bool, resolver: AbstractResolver | None = None) -> None:
        self._allow_private, self._resolver = allow_private, resolver
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout: float = 10,  # noqa: ASYNC109  a limit of the whole exchange, kept by aiohttp
        max_bytes: int = 1024 * 1024,
    ) -> HttpAnswer:
        """Sends one request and reads its answer; redirects are answers too.

        `timeout` is in seconds, for everything; `max_bytes` is for the body after decompression.
        Raises `HttpRefused` before anything is sent, and `HttpFailed`.
        """
        verb, target, fields = judged_method(method), judged_url(url), judged_headers(headers or {})
        limits = aiohttp.ClientTimeout(total=timeout, sock_connect=min(timeout, CONNECT_SECONDS))
        try:
            async with self._opened().request(
                verb, target, headers=fields, data=body or None, timeout=limits, allow_redirects=False
            ) as answer:
                return await _read(answer, max_bytes)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _explained(error, timeout) from error

    async def close(self) -> None:
        """Closes all connections; later requests fail."""
        self._closed = True
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._closed:
            raise HttpFailed("The server is stopping.")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=self._connector(),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                headers={"User-Agent": "FlowGen"},
                skip_auto_headers=("Content-Type",),
            )
        return self._session

    def _connector(self) -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(
            resolver=self._resolver,
            use_dns_cache=False,
            limit=_SOCKETS,
            limit_per_host=_SOCKETS_PER_HOST,
            socket_factory=self._socket,
        )

    def _socket(self, info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        if not self._allow_private and not is_public(str(address[0])):
            raise _AddressRefused
        return socket.socket(family, kind, protocol)


async def _read(answer: aiohttp.ClientResponse, max_bytes: int) -> HttpAnswer:
    body = bytearray()
    # Compressed answers are unpacked a piece at a time: a bomb is noticed while it is still small.
    async for chunk in answer.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > max_bytes:
            raise HttpFailed(f"The answer is larger than {max_bytes} bytes.")
    names = {name.lower() for name in answer.headers}
    headers = {name: ", ".join(answer.headers.getall(name)) for name in sorted(names)}
    return HttpAnswer(answer.status, headers, bytes(body))


def _explained(error: Exception, timeout: float) -> HttpRefused | HttpFailed:
    cause = getattr(error, "os_error", error)
    if isinstance(cause, _AddressRefused):
        return HttpRefused("The address is not on the public internet.")
    if isinstance(error, aiohttp.InvalidURL):
        return HttpRefused("The URL cannot be read.")
    if isinstance(error, TimeoutError):
        return HttpFailed(f"No complete answer within {timeout:g} s.")
    if isinstance(error, aiohttp.ClientSSLError):
        return HttpFailed("The receiver's certificate or TLS is not valid.")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return HttpFailed("The host name is not known.")
    if isinstance(error, aiohttp.ClientConnectorError):
        return HttpFailed("The receiver cannot be reached.")
    return HttpFailed("The connection broke, or the answer is not proper HTTP.")
