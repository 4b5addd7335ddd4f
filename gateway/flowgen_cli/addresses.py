"""Addresses of servers as people write them: `host:port`."""

from dataclasses import dataclass

from flowgen_cli.errors import CliError

HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens or is reached; port 0 is any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address as a client on this machine reaches it over HTTP."""
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  not bound, only compared
        return f"http://{Address(here, self.port)}"


def parse_address(text: str, option: str) -> Address:
    """Reads `127.0.0.1:8080`, `localhost:0` or `[::1]:8080`, the value of `option`. Raises CliError."""
    host, colon, port = text.strip().rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not (colon and bare and port.isascii() and port.isdigit() and int(port) <= HIGHEST_PORT):
        raise CliError(f"`{option}` takes HOST:PORT, such as 127.0.0.1:8080, not `{text}`.")
    if ":" in bare and bare == host:
        raise CliError(f"`{option}` takes an IPv6 host in brackets, such as [::1]:8080, not `{text}`.")
    return Address(bare, int(port))
