"""The keys that a JWT issuer publishes: read when they are needed, kept when the issuer is down."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import jwt
import orjson
import structlog

from flowgen_core.model.errors import FlowGenError, Reason

log = structlog.get_logger(__name__)
# Whoever invents key ids makes us ask the issuer no more often than this.
COOLDOWN = 30.0
# So a key that the issuer took back is not accepted for longer.
MAX_AGE = 600.0
_TIMEOUT = 5.0
_MOST_BYTES = 256 * 1024
# Failing to get it, failing to parse it, and JSON of the wrong shape.
_UNREADABLE = (
    *(OSError, aiohttp.ClientError),
    *(ValueError, jwt.PyJWTError),
    *(TypeError, KeyError, AttributeError),
)
Load = Callable[[], Awaitable[bytes]]


class Jwks:
    """A key set that `load` reads as JSON, again when it is ten minutes old or lacks a key."""

    def __init__(self, load: Load, monotonic: Callable[[], float]) -> None:
        self._load, self._monotonic = load, monotonic
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._tried_at = self._read_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None

    async def key(self, kid: str | None) -> jwt.PyJWK | None:
        """Finds a key; without `kid` the only one. Raises UNAVAILABLE when no keys could ever be read."""
        key = self._find(kid)
        if key is None:
            await self._refresh()
            key = self._find(kid)
        elif self._monotonic() - self._read_at > MAX_AGE:
            self._start()
        if not self._keys:
            raise FlowGenError(
                Reason.UNAVAILABLE, "The issuer's keys cannot be read now; try again.", retry_after=COOLDOWN
            )
        return key

    def _find(self, kid: str | None) -> jwt.PyJWK | None:
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    async def _refresh(self) -> None:
        task = self._start()
        if task is not None:
            # Others wait for the same answer: a caller that gives up must not take it from them.
            await asyncio.shield(task)

    def _start(self) -> asyncio.Task[None] | None:
        now = self._monotonic()
        if (self._reading is None or self._reading.done()) and now - self._tried_at >= COOLDOWN:
            self._tried_at = now
            self._reading = asyncio.create_task(self._read())
        return self._reading

    async def _read(self) -> None:
        try:
            self._keys = _usable(await self._load())
            self._read_at = self._monotonic()
        except (
            OSError,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            jwt.PyJWTError,
            aiohttp.ClientError,
        ) as error:
            log.warning("jwks_unreadable", error=type(error).__name__)


def from_url(url: str) -> Load:
    """Makes the function that fetches a key set: 5 s, 256 KiB, no redirects."""

    async def load() -> bytes:
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, allow_redirects=False, raise_for_status=True) as answer,
        ):
            body = b""
            async for chunk in answer.content.iter_chunked(16 * 1024):
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise ValueError("too large")
            return body

    return load


def from_file(path: Path) -> Load:
    """Makes the function that reads a key set from a file."""
    return lambda: asyncio.to_thread(path.read_bytes)


def _usable(body: bytes) -> dict[str | None, jwt.PyJWK]:
    document = orjson.loads(body)
    if not isinstance(document, dict):
        raise ValueError("not a key set")
    return {
        key.key_id: key
        for key in jwt.PyJWKSet.from_dict(document).keys
        if key.public_key_use in (None, "sig")
    }
