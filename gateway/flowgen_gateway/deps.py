"""What a handler needs of its request: the core, the credential, the request id, the idempotency key."""

import asyncio
import re
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from flowgen_gateway.core import Core, CoreClient
from flowgen_gateway.errors import BadHeader, unauthenticated
from flowgen_gateway.settings import GatewaySettings

IDEMPOTENCY_HEADER = "idempotency-key"
_VISIBLE = re.compile(r"[!-~]{1,255}")
# gRPC drops calls with more than 8 KiB of metadata; the rest of it needs far less than this leaves.
_CREDENTIAL = re.compile(r"[ -~]{1,7000}")


@dataclass(frozen=True, slots=True)
class Gateway:
    """What lasts as long as the server: `draining` is set once it is to stop."""

    settings: GatewaySettings
    core: Core
    draining: asyncio.Event


def gateway_of(connection: HTTPConnection) -> Gateway:
    """Finds the gateway that serves a request or a socket."""
    gateway = connection.app.state.gateway
    assert isinstance(gateway, Gateway)  # noqa: S101 (narrows what starlette keeps without a type)
    return gateway


def request_id_of(connection: HTTPConnection) -> str:
    """Tells the id that the answer carries as `X-Request-Id`."""
    return str(connection.scope["flowgen.request_id"])


def bearer_of(headers: Headers) -> str | None:
    """Reads the credential from `Authorization: Bearer …`; another scheme counts as none."""
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else None


def client_for(connection: HTTPConnection, credential: str | None) -> CoreClient:
    """Makes the client that calls the core with this credential; None or empty is sent as none.

    Raises CoreError (UNAUTHENTICATED) for a credential that gRPC cannot carry, which can be no valid one.
    """
    metadata = (("x-request-id", request_id_of(connection)),)
    if not credential:
        return CoreClient(gateway_of(connection).core, metadata)
    if not _CREDENTIAL.fullmatch(credential):
        raise unauthenticated()
    return CoreClient(gateway_of(connection).core, (("authorization", f"Bearer {credential}"), *metadata))


def idempotency_key(headers: Headers) -> str:
    """Reads `Idempotency-Key`, empty if there is none. Raises BadHeader for one that cannot be one."""
    key = headers.get(IDEMPOTENCY_HEADER)
    if key is None:
        return ""
    if not is_idempotency_key(key):
        message = "An idempotency key has 1 to 255 visible ASCII characters."
        raise BadHeader(IDEMPOTENCY_HEADER, "string_pattern_mismatch", message)
    return key


def is_idempotency_key(key: str) -> bool:
    """Tells whether a text can be an idempotency key."""
    return _VISIBLE.fullmatch(key) is not None
