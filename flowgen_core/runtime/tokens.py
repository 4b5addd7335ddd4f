"""Judges JWTs by the issuer's published keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import jwt

from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.model.jsontext import is_clean
from flowgen_core.model.project import Scope

_REQUIRED = ["iss", "aud", "exp", "iat", "sub", "project_id"]
# Tokens for other purposes (log-out, security events …) name another type.
_TYPES = (None, "JWT", "AT+JWT", "APPLICATION/AT+JWT")
# Only the first key of a server makes projects, whatever an issuer writes into its tokens.
_SCOPES = {scope.value.lower(): scope for scope in Scope if scope is not Scope.OPERATOR}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says."""

    project_id: str
    subject: str
    scopes: frozenset[Scope]


class KeySource(Protocol):
    """Holds the issuer's keys."""

    async def key(self, kid: str | None) -> jwt.PyJWK | None:
        """Finds a key; without `kid` the only one. Raises UNAVAILABLE when no keys could ever be read."""


class TokenVerifier:
    """Accepts tokens of one issuer for one audience, signed by one of its keys with an accepted algorithm."""

    def __init__(
        self, keys: KeySource, issuer: str, audience: str, algorithms: Sequence[str], leeway: float
    ) -> None:
        self._keys, self._issuer, self._audience = keys, issuer, audience
        self._algorithms, self._leeway = list(algorithms), leeway

    async def verify(self, token: str) -> Claims:
        """Gives the claims of a valid token. Raises UNAUTHENTICATED, or UNAVAILABLE without keys."""
        try:
            header = self._judge_header(jwt.get_unverified_header(token))
            key = await self._keys.key(header.get("kid"))
            return _claims(self._decode(token, key))
        # A hostile token can raise more than PyJWT's own: wrong JSON kinds, numbers without end.
        except (jwt.PyJWTError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
            raise FlowGenError(
                Reason.UNAUTHENTICATED, "The token is not valid.", {"credential": "invalid"}
            ) from None

    def _judge_header(self, header: Mapping[str, Any]) -> Mapping[str, Any]:
        kind = header.get("typ")
        if header.get("alg") not in self._algorithms or (kind and str(kind).upper()) not in _TYPES:
            raise jwt.InvalidTokenError
        return header

    def _decode(self, token: str, key: jwt.PyJWK | None) -> dict[str, Any]:
        if key is None:
            raise jwt.InvalidKeyError
        return jwt.decode(
            token,
            key,
            algorithms=self._algorithms,
            audience=self._audience,
            issuer=self._issuer,
            leeway=self._leeway,
            options={"require": _REQUIRED},
        )


def _claims(payload: Mapping[str, Any]) -> Claims:
    return Claims(_text(payload["project_id"]), _text(payload["sub"]), _scopes(payload.get("scope", "")))


def _text(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 255 or not is_clean(value):
        raise TypeError
    return value


def _scopes(claim: object) -> frozenset[Scope]:
    words = claim.split() if isinstance(claim, str) else claim
    if not isinstance(words, list):
        raise TypeError
    return frozenset(_SCOPES[word] for word in words if isinstance(word, str) and word in _SCOPES)
