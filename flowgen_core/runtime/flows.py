"""Flows: made, read, changed, checked, deleted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from flowgen_core.model import documents as texts
from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.model.flow import Document, Flow, Problem
from flowgen_core.model.times import to_micros
from flowgen_core.runtime.drafts import Checker, insert_flow, new_flow, refuse_errors, with_ids
from flowgen_core.runtime.once import Done
from flowgen_core.runtime.revisions import belongs, next_etag, revision_id
from flowgen_core.store import documents, flow_events, flows, requests
from flowgen_core.store.documents import Documents
from flowgen_core.store.flow_filters import FlowFilter
from flowgen_core.store.paging import Listing, Page
from flowgen_core.store.requests import Once
from flowgen_core.store.store import Store
from flowgen_core.store.tx import Tx


@dataclass(frozen=True, slots=True)
class FlowChange:
    """What is to change in a flow: these `fields` become what they are in `document`."""

    document: Document
    fields: frozenset[str]

    def applied(self, old: Document) -> Document:
        """Gives the document as it is after the change."""
        return replace(old, **{name: getattr(self.document, name) for name in self.fields})


@dataclass(frozen=True, slots=True)
class _Draft:
    """A changed document, judged against the flow as it was read."""

    old: Flow
    document: Document
    problems: Sequence[Problem]

    @property
    def changes_nothing(self) -> bool:
        # As texts: 7 and 7.0 are equal, and are not the same.
        return texts.to_text(self.document) == texts.to_text(self.old.document)


class Flows:
    """The flows of all projects."""

    def __init__(
        self,
        store: Store,
        documents: Documents,
        checker: Checker,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store, self._documents, self._checker = store, documents, checker
        self._clock, self._new_id = clock, new_id

    async def create(
        self, project_id: str, document: Document, *, lenient: bool = False, once: Once | None = None
    ) -> Done[Flow]:
        """Makes a flow and its first revision. Raises INVALID_FLOW and REQUEST_ID_REUSED."""
        made, flow_id, now = with_ids(document, self._new_id), self._new_id(), self._clock()
        problems = await self.validate(project_id, made, lenient=lenient)

        def commit(tx: Tx) -> Done[Flow]:
            if earlier := requests.find(tx, once, to_micros(now)):
                return Done(find(tx, self._documents, project_id, earlier, deleted=True), replayed=True)
            refuse_errors(problems)
            requests.store(tx, once, flow_id, to_micros(now))
            return Done(insert_flow(tx, new_flow(flow_id, project_id, made, now)))

        return await self._store.write(commit)

    async def get(self, project_id: str, flow_id: str, revision: str = "") -> Flow:
        """Reads a flow as it is, or as it was at a revision. Raises FLOW_NOT_FOUND and RELEASE_NOT_FOUND."""
        return await self._store.read(
            lambda tx: at_revision(tx, self._documents, project_id, flow_id, revision)
        )

    async def list(
        self, project_id: str, fits: FlowFilter, page: Page, *, with_total: bool = False
    ) -> Listing[Flow]:
        """Lists flows that are not deleted. Raises INVALID_PAGE_TOKEN."""
        return await self._store.read(
            lambda tx: flows.select_page(tx, self._documents, project_id, fits, page, with_total=with_total)
        )

    async def validate(
        self, project_id: str, document: Document, *, lenient: bool = False
    ) -> Sequence[Problem]:
        """Gives all problems of a document as it would be stored, in its order."""
        # Ids that are left out would be made, so they are no duplicates.
        whole = with_ids(document, self._new_id)
        return await self._store.read(
            lambda tx: self._checker.problems(tx, project_id, whole, lenient=lenient)
        )

    async def update(
        self, project_id: str, flow_id: str, change: FlowChange, *, etag: str = "", lenient: bool = False
    ) -> Flow:
        """Changes a flow; a document that is really another makes a new revision.

        Raises FLOW_NOT_FOUND, INVALID_FLOW, and CONFLICT where `etag` is given and not the present one.
        """

        def judged(tx: Tx) -> _Draft:
            flow = find(tx, self._documents, project_id, flow_id)
            _refuse_other(flow, etag)
            document = with_ids(change.applied(flow.document), self._new_id)
            problems = self._checker.problems(tx, project_id, document, flow_id=flow_id, lenient=lenient)
            return _Draft(flow, document, problems)

        while True:
            draft = await self._store.read(judged)
            refuse_errors(draft.problems)
            if draft.changes_nothing:
                return draft.old
            changed = await self._store.write(partial(self._commit, draft=draft))
            if changed is not None:
                return changed

    async def delete(self, project_id: str, flow_id: str, etag: str = "") -> Flow:
        """Deletes a flow and gives it as it was last. Raises FLOW_NOT_FOUND and CONFLICT."""
        now = self._clock()

        def commit(tx: Tx) -> Flow:
            flow = find(tx, self._documents, project_id, flow_id)
            _refuse_other(flow, etag)
            flows.delete(tx, flow_id, now)
            deleted = replace(flow, delete_time=now)
            flow_events.note(tx, deleted, "flow.deleted", now)
            return deleted

        return await self._store.write(commit)

    def _commit(self, tx: Tx, draft: _Draft) -> Flow | None:
        """Stores a changed flow; None when another change came first, and this one must be judged anew."""
        old = find(tx, self._documents, draft.old.project_id, draft.old.id)
        if old.etag != draft.old.etag:
            return None
        etag = next_etag(old.etag)
        revision = revision_id(old.id, int(etag))
        documents.insert(tx, revision, old.project_id, draft.document)
        new = replace(
            old,
            document=draft.document,
            revision_id=revision,
            etag=etag,
            update_time=self._clock(),
            has_unreleased_changes=True,
        )
        flows.update(tx, new)
        flow_events.note(tx, new, "flow.updated", new.update_time)
        return new


def find(tx: Tx, documents: Documents, project_id: str, flow_id: str, *, deleted: bool = False) -> Flow:
    """Reads a flow of a project. Raises FLOW_NOT_FOUND."""
    flow = flows.get(tx, documents, project_id, flow_id, deleted=deleted)
    if flow is None:
        raise FlowGenError(
            Reason.FLOW_NOT_FOUND,
            "There is no such flow in this project; ListFlows names those that there are.",
            {"id": flow_id},
        )
    return flow


def at_revision(tx: Tx, documents: Documents, project_id: str, flow_id: str, revision: str) -> Flow:
    """Reads a flow as it was at a revision, or as it is. Raises FLOW_NOT_FOUND and RELEASE_NOT_FOUND."""
    flow = find(tx, documents, project_id, flow_id)
    if revision in {"", flow.revision_id}:
        return flow
    if not belongs(revision, flow_id, flow.etag):
        raise FlowGenError(
            Reason.RELEASE_NOT_FOUND,
            "The flow has no such revision.",
            {"id": flow_id, "revision_id": revision},
        )
    return replace(flow, document=documents.get(tx, revision), revision_id=revision)


def _refuse_other(flow: Flow, etag: str) -> None:
    if etag not in {"", flow.etag}:
        raise FlowGenError(
            Reason.CONFLICT,
            "The flow changed since its `etag` was read; read it again.",
            {"id": flow.id, "etag": flow.etag},
        )
