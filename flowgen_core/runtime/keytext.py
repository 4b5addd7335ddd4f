"""The text of API keys (`fg_test_` or `fg_live_`, 30 random characters, 6 of checksum) and its keyed hash."""

import hashlib
import hmac
import os
import secrets
import zlib
from collections.abc import Callable
from pathlib import Path

from flowgen_core.model.project import Environment

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PREFIXES = {Environment.SANDBOX: "fg_test_", Environment.PRODUCTION: "fg_live_"}
_PREFIX, _BODY, _CHECK = 8, 30, 6
KeyMaker = Callable[[Environment], str]
Hasher = Callable[[str], str]


def key_maker(random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> KeyMaker:
    """Makes the function that makes the text of a new key."""

    def make(environment: Environment) -> str:
        # 256 bits for 179: what the division leaves uneven is far too little to see.
        body = _PREFIXES[environment] + _base62(int.from_bytes(random_bytes(32), "big"), _BODY)
        return body + _checksum(body)

    return make


def is_key(text: str) -> bool:
    """Tells a key that was once made from a mistyped or invented one, without looking into the database."""
    if (
        len(text) != _PREFIX + _BODY + _CHECK
        or not text.isascii()
        or text[:_PREFIX] not in _PREFIXES.values()
    ):
        return False
    return text[-_CHECK:] == _checksum(text[:-_CHECK])


def masked(text: str) -> str:
    """Shortens a key to what may be shown: `fg_test_…a1B2`."""
    return f"{text[:_PREFIX]}…{text[-4:]}"


def hasher(pepper: bytes) -> Hasher:
    """Makes the function that hashes a credential: who steals the database alone can try no keys."""

    def digest(text: str) -> str:
        return hmac.digest(pepper, text.encode(), hashlib.sha256).hex()

    return digest


def load_pepper(folder: Path) -> bytes:
    """Reads the pepper of a data folder; the first time it makes one, readable by its owner only."""
    path = folder / "pepper"
    if not path.exists():
        _make_secret(path, secrets.token_hex(32))
    pepper = path.read_bytes().strip()
    if len(pepper) < 16:
        raise ValueError(
            f"`{path}` is damaged: it must hold at least 16 characters. Restore it from a backup."
        )
    return pepper


def _make_secret(path: Path, text: str) -> None:
    # Complete before it has its name, and on disk before a key depends on it: without it all keys are lost.
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECK)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
