"""Callers that were recognized a moment ago, so that not every call asks the database."""

from collections.abc import Callable

from flowgen_core.model.project import Caller

# Twice this is how late another process may learn of a revoked key, and streams look again as often.
SECONDS = 0.5
_MOST = 10_000


class CallerCache:
    """Keeps callers by the hash of their credential for half a second."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._callers: dict[str, tuple[Caller, float]] = {}

    def now(self) -> float:
        """Gives the time to `put` with, to be taken before the database is asked."""
        return self._monotonic()

    def get(self, digest: str) -> Caller | None:
        """Finds a caller that was put less than half a second ago."""
        found = self._callers.get(digest)
        if found is None:
            return None
        if self._monotonic() - found[1] < SECONDS:
            return found[0]
        del self._callers[digest]
        return None

    def put(self, digest: str, caller: Caller, asked_at: float) -> None:
        """Keeps a caller that the database knew at `asked_at`."""
        if len(self._callers) >= _MOST:
            self._callers.clear()
        self._callers[digest] = (caller, asked_at)

    def forget(self, project_id: str) -> None:
        """Drops all callers of a project, as its keys or the project itself changed."""
        stale = [digest for digest, (caller, _) in self._callers.items() if caller.project.id == project_id]
        for digest in stale:
            del self._callers[digest]
