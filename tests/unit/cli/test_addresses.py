import pytest

from flowgen_cli.addresses import Address, parse_address
from flowgen_cli.errors import CliError


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("127.0.0.1:8080", "127.0.0.1", 8080), ("localhost:0", "localhost", 0), ("[::1]:65535", "::1", 65535)],
)
def test_host_and_port_are_read_and_written_back(text: str, host: str, port: int) -> None:
    address = parse_address(text, "--http")
    assert address == Address(host, port)
    assert str(address) == text


@pytest.mark.parametrize(
    "text", ["", "8080", ":8080", "host", "host:", "host:65536", "host:x", "host:-1", "::1:80", "h:²"]
)
def test_another_form_is_refused_with_the_option_and_an_example(text: str) -> None:
    with pytest.raises(CliError, match=r"`--http` takes .*, such as"):
        parse_address(text, "--http")


def test_a_server_on_all_interfaces_is_reached_by_loopback() -> None:
    assert Address("0.0.0.0", 80).url == "http://127.0.0.1:80"
    assert Address("::", 80).url == "http://[::1]:80"
