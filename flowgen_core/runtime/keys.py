"""API keys of a project: made, listed and deleted by its callers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from flowgen_core.model.errors import FlowGenError, Reason, Violation
from flowgen_core.model.project import ApiKey, Caller, Project, Scope
from flowgen_core.model.times import to_micros
from flowgen_core.runtime.auth import require
from flowgen_core.runtime.callers import CallerCache
from flowgen_core.runtime.keytext import Hasher, KeyMaker, masked
from flowgen_core.runtime.once import Done
from flowgen_core.store import keys, requests
from flowgen_core.store.paging import Listing, Page
from flowgen_core.store.requests import Once
from flowgen_core.store.store import Store
from flowgen_core.store.tx import Tx

_DEFAULT_SCOPES = (Scope.READ, Scope.WRITE)
MOST_SCOPES = len(Scope)


@dataclass(frozen=True, slots=True)
class KeyDraft:
    """What a caller asks of a new key; no scopes mean READ and WRITE."""

    name: str
    scopes: tuple[Scope, ...] = ()


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key before it is stored: `whole` holds its text, `digest` is what is kept of that."""

    whole: ApiKey
    digest: str

    def insert(self, tx: Tx) -> ApiKey:
        """Stores the key without its text, and gives it with its text."""
        keys.insert(tx, replace(self.whole, key=masked(self.whole.key)), self.digest)
        return self.whole


class KeyFactory:
    """Makes new keys: text, hash, id and time."""

    def __init__(
        self, make: KeyMaker, hasher: Hasher, clock: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self._make, self._hasher, self._clock, self._new_id = make, hasher, clock, new_id

    def new(self, project: Project, created_by: str, draft: KeyDraft) -> NewKey:
        """Makes a key of a project."""
        now, text = self._clock(), self._make(project.environment)
        key = ApiKey(
            id=self._new_id(),
            project_id=project.id,
            name=draft.name,
            scopes=draft.scopes or _DEFAULT_SCOPES,
            key=text,
            created_by=created_by,
            create_time=now,
            update_time=now,
        )
        return NewKey(key, self._hasher(text))


class ApiKeys:
    """The keys of the caller's project."""

    def __init__(self, store: Store, factory: KeyFactory, cache: CallerCache) -> None:
        self._store, self._factory, self._cache = store, factory, cache

    async def create(self, caller: Caller, draft: KeyDraft, once: Once | None = None) -> Done[ApiKey]:
        """Makes a key; `key` is whole in this answer only. Raises INVALID_ARGUMENT and REQUEST_ID_REUSED."""
        _judge(draft)
        new = self._factory.new(caller.project, caller.subject, draft)
        return await self._store.write(lambda tx: _insert(tx, new, once))

    async def list(self, caller: Caller, page: Page, with_total: bool = False) -> Listing[ApiKey]:
        """Reads one page of the keys, newest first. Raises INVALID_PAGE_TOKEN."""
        return await self._store.read(lambda tx: keys.page(tx, caller.project.id, page, with_total))

    async def delete(self, caller: Caller, key_id: str) -> ApiKey:
        """Deletes a key, also the caller's own, and gives it as it was last.

        Raises API_KEY_NOT_FOUND, and PERMISSION_DENIED when only an operator may delete it.
        """
        deleted = await self._store.write(lambda tx: _delete(tx, caller, key_id.lower()))
        self._cache.forget(caller.project.id)
        return deleted


def _judge(draft: KeyDraft) -> None:
    violations = [*name_violations(draft.name, 100), *_scope_violations(draft.scopes)]
    if violations:
        raise FlowGenError(Reason.INVALID_ARGUMENT, "The API key is not valid.", violations=violations)


def name_violations(name: str, longest: int) -> tuple[Violation, ...]:
    """Judges the required field `name`."""
    if not name.strip():
        return (Violation("name", "REQUIRED", "must not be empty"),)
    if len(name) > longest:
        return (Violation("name", "TOO_LONG", f"must have at most {longest} characters"),)
    return ()


def _scope_violations(scopes: tuple[Scope, ...]) -> tuple[Violation, ...]:
    if len(scopes) > MOST_SCOPES:
        return (Violation("scopes", "TOO_MANY", f"must have at most {MOST_SCOPES} items"),)
    found = []
    for index, scope in enumerate(scopes):
        if scope is Scope.OPERATOR:
            found.append(Violation(f"scopes[{index}]", "NOT_ALLOWED", "must be READ, WRITE or ADMIN"))
        elif scope in scopes[:index]:
            found.append(Violation(f"scopes[{index}]", "DUPLICATE", "must not name a scope twice"))
    return tuple(found)


def _insert(tx: Tx, new: NewKey, once: Once | None) -> Done[ApiKey]:
    now = to_micros(new.whole.create_time)
    earlier = requests.find(tx, once, now)
    if earlier is not None:
        return Done(_found(tx, new.whole.project_id, earlier), replayed=True)
    requests.store(tx, once, new.whole.id, now)
    return Done(new.insert(tx))


def _found(tx: Tx, project_id: str, key_id: str) -> ApiKey:
    key = keys.get(tx, project_id, key_id)
    if key is None:
        raise FlowGenError(
            Reason.API_KEY_NOT_FOUND, "There is no such API key; list those that there are.", {"id": key_id}
        )
    return key


def _delete(tx: Tx, caller: Caller, key_id: str) -> ApiKey:
    key = _found(tx, caller.project.id, key_id)
    if Scope.OPERATOR in key.scopes:
        # Nobody can make this one again.
        require(caller, Scope.OPERATOR)
    keys.delete(tx, key.project_id, key.id)
    return key
