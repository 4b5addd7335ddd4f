"""Recognizes callers by their credential: an API key or a JWT."""

from typing import Protocol

from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.model.project import Caller, Project, Scope
from flowgen_core.runtime.callers import CallerCache
from flowgen_core.runtime.keytext import Hasher, is_key
from flowgen_core.runtime.tokens import Claims
from flowgen_core.store import keys, projects
from flowgen_core.store.store import Store
from flowgen_core.store.tx import Tx

# Longer than any sensible JWT, and what gRPC lets through as metadata by default.
_LONGEST = 8192


class Tokens(Protocol):
    """Judges JWTs."""

    async def verify(self, token: str) -> Claims:
        """Gives the claims of a valid token. Raises UNAUTHENTICATED, or UNAVAILABLE without keys."""


class Authenticator:
    """Turns the metadata `authorization` into a caller. Without `tokens` no JWT is valid."""

    def __init__(
        self, store: Store, hasher: Hasher, cache: CallerCache, tokens: Tokens | None = None
    ) -> None:
        self._store, self._hasher, self._cache, self._tokens = store, hasher, cache, tokens

    async def caller(self, authorization: str) -> Caller:
        """Recognizes `Bearer <key or JWT>`. Raises UNAUTHENTICATED."""
        credential = _bearer(authorization)
        digest = self._hasher(credential)
        caller = self._cache.get(digest)
        if caller is None:
            asked_at = self._cache.now()
            caller = await self._recognize(credential, digest)
            self._cache.put(digest, caller, asked_at)
        return caller

    async def _recognize(self, credential: str, digest: str) -> Caller:
        if credential.startswith("fg_"):
            caller = await self._store.read(lambda tx: _by_key(tx, digest)) if is_key(credential) else None
        else:
            caller = await self._by_token(credential)
        if caller is None:
            raise refused()
        return caller

    async def _by_token(self, token: str) -> Caller | None:
        if self._tokens is None:
            return None
        claims = await self._tokens.verify(token)
        project = await self._store.read(lambda tx: projects.get(tx, claims.project_id))
        return Caller(project, claims.subject, claims.scopes) if project else None


def refused(credential: str = "invalid") -> FlowGenError:
    """Makes the error of a `missing` or `invalid` credential; to say why would help who forges one."""
    message = "The credential is not valid." if credential == "invalid" else "There is no credential."
    return FlowGenError(
        Reason.UNAUTHENTICATED,
        f"{message} Send metadata `authorization` with `Bearer <API key or JWT>`.",
        {"credential": credential},
    )


def require(caller: Caller, scope: Scope) -> None:
    """Refuses a caller without a scope. Raises PERMISSION_DENIED."""
    if scope not in caller.scopes:
        raise denied(scope.value.lower())


def denied(scope: str) -> FlowGenError:
    """Makes the error of a caller without a scope."""
    return FlowGenError(
        Reason.PERMISSION_DENIED, f"This needs a credential with the scope `{scope}`.", {"scope": scope}
    )


def _bearer(authorization: str) -> str:
    if not authorization:
        raise refused("missing")
    if len(authorization) > _LONGEST:
        raise refused()
    scheme, _, credential = authorization.partition(" ")
    credential = credential.strip()
    if scheme.lower() != "bearer" or not credential or not credential.isascii():
        raise refused()
    return credential


def _by_key(tx: Tx, digest: str) -> Caller | None:
    key = keys.by_hash(tx, digest)
    project: Project | None = projects.get(tx, key.project_id) if key else None
    return Caller(project, key.id, frozenset(key.scopes)) if key and project else None
