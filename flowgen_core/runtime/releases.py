"""Releases: revisions of flows, frozen under a version."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from flowgen_core.model.errors import FlowGenError, Reason, invalid
from flowgen_core.model.flow import Release
from flowgen_core.model.project import Caller
from flowgen_core.model.times import to_micros
from flowgen_core.runtime.flows import at_revision
from flowgen_core.runtime.once import Done
from flowgen_core.store import flows, requests
from flowgen_core.store.documents import Documents
from flowgen_core.store.paging import Listing, Page
from flowgen_core.store.requests import Once
from flowgen_core.store.store import Store
from flowgen_core.store.tx import Tx

FIRST_VERSION = "1.0.0"
LONGEST_VERSION = 64


@dataclass(frozen=True, slots=True)
class ReleaseDraft:
    """What somebody asks of a release; by default the next `n.0.0` of the newest revision."""

    flow_id: str
    version: str = ""
    revision_id: str = ""


class Releases:
    """The releases of all flows."""

    def __init__(self, store: Store, documents: Documents, clock: Callable[[], datetime]) -> None:
        self._store, self._documents, self._clock = store, documents, clock

    async def create(self, caller: Caller, draft: ReleaseDraft, once: Once | None = None) -> Done[Release]:
        """Freezes a revision under a version.

        Raises INVALID_ARGUMENT, FLOW_NOT_FOUND, RELEASE_NOT_FOUND, RELEASE_ALREADY_EXISTS and
        REQUEST_ID_REUSED.
        """
        if len(draft.version) > LONGEST_VERSION:
            raise invalid("version", "TOO_LONG", f"must have at most {LONGEST_VERSION} characters")
        now = self._clock()

        def commit(tx: Tx) -> Done[Release]:
            # The flow is part of the request, so the version alone names what it made.
            earlier = requests.find(tx, once, to_micros(now))
            if earlier and (release := flows.release(tx, draft.flow_id, earlier)):
                return Done(release, replayed=True)
            release = self._insert(tx, caller, draft, now)
            requests.store(tx, once, release.version, to_micros(now))
            return Done(release)

        return await self._store.write(commit)

    async def get(self, caller: Caller, flow_id: str, version: str) -> Release:
        """Reads a release. Raises FLOW_NOT_FOUND and RELEASE_NOT_FOUND."""
        release = await self._store.read(lambda tx: _find(tx, caller, flow_id, version))
        if release is None:
            text = f"Release {version[:80]} not found."
            raise FlowGenError(Reason.RELEASE_NOT_FOUND, text, {"version": version[:80]})
        return release

    async def list(self, caller: Caller, flow_id: str, page: Page, with_total: bool) -> Listing[Release]:
        """Lists the releases of a flow, newest first. Raises FLOW_NOT_FOUND and INVALID_PAGE_TOKEN."""

        def read(tx: Tx) -> Listing[Release]:
            _check_flow(tx, caller, flow_id)
            return flows.releases_page(tx, flow_id, page, with_total=with_total)

        return await self._store.read(read)

    def _insert(self, tx: Tx, caller: Caller, draft: ReleaseDraft, now: datetime) -> Release:
        flow = at_revision(tx, self._documents, caller.project.id, draft.flow_id, draft.revision_id)
        version = draft.version or next_version(flows.versions(tx, flow.id))
        release = Release(flow.id, version, flow.revision_id, caller.subject, now)
        if not flows.insert_release(tx, release):
            raise FlowGenError(
                Reason.RELEASE_ALREADY_EXISTS,
                f"The flow has a release `{version}`; choose another version, or leave it empty.",
                {"flow_id": flow.id, "version": version},
            )
        return release


def _find(tx: Tx, caller: Caller, flow_id: str, version: str) -> Release | None:
    _check_flow(tx, caller, flow_id)
    return flows.release(tx, flow_id, version)


def _check_flow(tx: Tx, caller: Caller, flow_id: str) -> None:
    head = flows.head(tx, caller.project.id, flow_id)
    if head is None or head.deleted:
        raise FlowGenError(Reason.FLOW_NOT_FOUND, "There is no such flow in this project.")


def next_version(taken: Iterable[str]) -> str:
    """Gives the `n.0.0` that follows the highest one taken."""
    numbers = [int(match[1]) for version in taken if (match := re.fullmatch(r"([0-9]{1,60})\.0\.0", version))]
    return f"{max(numbers, default=0) + 1}.0.0"
