"""Projects: made by operators, read and changed by their own callers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from flowgen_core.model.errors import FlowGenError, Reason, Violation
from flowgen_core.model.project import ApiKey, Caller, Environment, Project, Scope
from flowgen_core.model.times import to_micros
from flowgen_core.runtime.callers import CallerCache
from flowgen_core.runtime.keys import KeyDraft, KeyFactory, NewKey, name_violations
from flowgen_core.runtime.once import Done
from flowgen_core.store import keys, projects, requests
from flowgen_core.store.requests import Once
from flowgen_core.store.store import Store
from flowgen_core.store.tx import Tx

Made = tuple[Project, ApiKey | None]
_FIRST_KEY = KeyDraft("First key", (Scope.READ, Scope.WRITE, Scope.ADMIN))
_OPERATOR_KEY = KeyDraft("Operator", tuple(Scope))


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    """What somebody asks of a new project; an empty `account_id` means the project's id."""

    name: str
    environment: Environment = Environment.SANDBOX
    account_id: str = ""


@dataclass(frozen=True, slots=True)
class ProjectChange:
    """What is to change in a project; None leaves as it is."""

    name: str | None = None
    account_id: str | None = None


class Projects:
    """The caller's project, and new ones."""

    def __init__(
        self,
        store: Store,
        factory: KeyFactory,
        cache: CallerCache,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store, self._factory, self._cache = store, factory, cache
        self._clock, self._new_id = clock, new_id

    async def create(self, draft: ProjectDraft) -> tuple[Project, ApiKey]:
        """Makes a project and its first key, whole in this answer only. Raises INVALID_ARGUMENT."""
        _judge(draft.name, draft.account_id)
        project, key = self._new(draft, _FIRST_KEY)
        return await self._store.write(lambda tx: _insert(tx, project, key))

    async def create_once(self, draft: ProjectDraft, once: Once | None) -> Done[Made]:
        """Does the same for a call that may be repeated; then the key is masked, and None once deleted.

        Raises INVALID_ARGUMENT and REQUEST_ID_REUSED.
        """
        _judge(draft.name, draft.account_id)
        project, key = self._new(draft, _FIRST_KEY)
        return await self._store.write(lambda tx: _insert_once(tx, project, key, once))

    async def create_first(self, draft: ProjectDraft) -> tuple[Project, ApiKey] | None:
        """Makes the server's first project with the operator's key; None when there is a project already."""
        project, key = self._new(draft, _OPERATOR_KEY)
        return await self._store.write(lambda tx: None if projects.exist(tx) else _insert(tx, project, key))

    async def get(self, caller: Caller, project_id: str = "") -> Project:
        """Reads the caller's project. Raises PROJECT_NOT_FOUND for any other."""
        return await self._store.read(lambda tx: _own(tx, caller, project_id))

    async def update(self, caller: Caller, project_id: str, change: ProjectChange) -> Project:
        """Changes the caller's project. Raises PROJECT_NOT_FOUND and INVALID_ARGUMENT."""
        now = self._clock()
        changed = await self._store.write(lambda tx: _update(tx, caller, project_id, change, now))
        self._cache.forget(changed.id)
        return changed

    def _new(self, draft: ProjectDraft, key: KeyDraft) -> tuple[Project, NewKey]:
        now, new_id = self._clock(), self._new_id()
        project = Project(new_id, draft.name, draft.environment, draft.account_id or new_id, now, now)
        return project, self._factory.new(project, "", key)


def _judge(name: str, account_id: str) -> None:
    violations = list(name_violations(name, 255))
    if len(account_id) > 64:
        violations.append(Violation("account_id", "TOO_LONG", "must have at most 64 characters"))
    if violations:
        raise FlowGenError(Reason.INVALID_ARGUMENT, "The project is not valid.", violations=violations)


def _insert(tx: Tx, project: Project, key: NewKey) -> tuple[Project, ApiKey]:
    projects.insert(tx, project)
    return project, key.insert(tx)


def _insert_once(tx: Tx, project: Project, key: NewKey, once: Once | None) -> Done[Made]:
    now = to_micros(project.create_time)
    earlier = requests.find(tx, once, now)
    if earlier is not None:
        project_id, key_id = earlier.split()
        found = projects.get(tx, project_id) or project
        return Done((found, keys.get(tx, project_id, key_id)), replayed=True)
    requests.store(tx, once, f"{project.id} {key.whole.id}", now)
    return Done(_insert(tx, project, key))


def _own(tx: Tx, caller: Caller, project_id: str) -> Project:
    wanted = project_id.lower() or caller.project.id
    project = projects.get(tx, wanted) if wanted == caller.project.id else None
    if project is None:
        raise FlowGenError(
            Reason.PROJECT_NOT_FOUND,
            "There is no such project for this credential; leave `id` empty for its own.",
            {"id": project_id},
        )
    return project


def _update(tx: Tx, caller: Caller, project_id: str, change: ProjectChange, now: datetime) -> Project:
    old = _own(tx, caller, project_id)
    name = old.name if change.name is None else change.name
    account_id = old.account_id if change.account_id is None else change.account_id or old.id
    _judge(name, account_id)
    new = replace(old, name=name, account_id=account_id, update_time=now)
    projects.update(tx, new)
    return new
