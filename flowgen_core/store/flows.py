"""Flows and their releases as rows; what a flow says is a document of its own."""

from dataclasses import dataclass
from datetime import datetime

from flowgen_core.model.flow import Flow, Release
from flowgen_core.model.times import from_micros, to_micros
from flowgen_core.store.documents import Documents
from flowgen_core.store.flow_filters import FlowFilter, where
from flowgen_core.store.paging import NEWEST_FIRST, OLDEST_FIRST, Listing, Order, Page, Query, select
from flowgen_core.store.tx import Row, Tx


@dataclass(frozen=True, slots=True)
class Head:
    """What a turn needs to know of a flow before it reads more."""

    revision_id: str
    deleted: bool


def insert(tx: Tx, flow: Flow) -> None:
    """Stores a new flow without releases; its document is stored already."""
    tx.insert(
        "flows",
        id=flow.id,
        project_id=flow.project_id,
        name=flow.document.name,
        revision_id=flow.revision_id,
        etag=flow.etag,
        generation_id=flow.generation_id,
        release_version="",
        release_time=None,
        release_revision_id="",
        create_time=to_micros(flow.create_time),
        update_time=to_micros(flow.update_time),
        delete_time=None,
    )


def get(tx: Tx, documents: Documents, project_id: str, flow_id: str, *, deleted: bool = False) -> Flow | None:
    """Reads a flow of a project in its newest revision; with `deleted`, also one that was deleted."""
    row = tx.one("SELECT * FROM flows WHERE id = ? AND project_id = ?", flow_id, project_id)
    if row is None or (row["delete_time"] is not None and not deleted):
        return None
    return _flow(tx, documents, row)


def head(tx: Tx, project_id: str, flow_id: str) -> Head | None:
    """Reads which revision of a flow is the newest, and whether the flow is deleted."""
    row = tx.one(
        "SELECT revision_id, delete_time FROM flows WHERE id = ? AND project_id = ?", flow_id, project_id
    )
    return Head(row["revision_id"], row["delete_time"] is not None) if row else None


def update(tx: Tx, flow: Flow) -> None:
    """Stores a flow's newest revision, which is stored already, with its name, etag and time."""
    tx.update(
        "flows",
        flow.id,
        name=flow.document.name,
        revision_id=flow.revision_id,
        etag=flow.etag,
        update_time=to_micros(flow.update_time),
    )


def delete(tx: Tx, flow_id: str, now: datetime) -> None:
    """Hides a flow; its revisions stay for the runs that began with them."""
    tx.update("flows", flow_id, delete_time=to_micros(now))


def select_page(
    tx: Tx, documents: Documents, project_id: str, fits: FlowFilter, page: Page, *, with_total: bool = False
) -> Listing[Flow]:
    """Lists the flows of a project that are not deleted and fit all filters."""
    condition, args = where(fits)
    sql = (
        "SELECT flows.*, (SELECT OCTET_LENGTH(body) FROM documents WHERE documents.id = revision_id) AS size"
        f" FROM flows WHERE project_id = ? AND delete_time IS NULL{condition}"
    )
    query = Query(sql, (project_id, *args), OLDEST_FIRST if fits.oldest_first else NEWEST_FIRST)
    return select(
        tx, query, page, lambda row: _flow(tx, documents, row), with_total=with_total, weigh=_weight
    )


def insert_release(tx: Tx, release: Release) -> bool:
    """Stores a release as the flow's newest; False when the flow has one of this version."""
    made = tx.run(
        "INSERT INTO releases (flow_id, version, revision_id, created_by, create_time) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (flow_id, version) DO NOTHING",
        release.flow_id,
        release.version,
        release.revision_id,
        release.created_by,
        to_micros(release.create_time),
    )
    if made:
        tx.update(
            "flows",
            release.flow_id,
            release_version=release.version,
            release_time=to_micros(release.create_time),
            release_revision_id=release.revision_id,
        )
    return bool(made)


def release(tx: Tx, flow_id: str, version: str) -> Release | None:
    """Reads a release of a flow."""
    row = tx.one("SELECT * FROM releases WHERE flow_id = ? AND version = ?", flow_id, version)
    return _release(row) if row else None


def versions(tx: Tx, flow_id: str) -> list[str]:
    """Names the versions of all releases of a flow."""
    return [row["version"] for row in tx.all("SELECT version FROM releases WHERE flow_id = ?", flow_id)]


def mentioning(tx: Tx, project_id: str, text: str) -> list[tuple[str, str]]:
    """Gives id and newest revision of the flows whose document holds a text, oldest first."""
    rows = tx.all(
        "SELECT flows.id, revision_id FROM flows JOIN documents ON documents.id = revision_id"
        " WHERE flows.project_id = ? AND delete_time IS NULL AND body LIKE ? ORDER BY create_time, flows.id",
        project_id,
        f"%{text}%",
    )
    return [(row["id"], row["revision_id"]) for row in rows]


def releases_page(tx: Tx, flow_id: str, page: Page, *, with_total: bool = False) -> Listing[Release]:
    """Lists the releases of a flow, newest first."""
    order = Order(columns=("create_time", "version"))
    query = Query("SELECT * FROM releases WHERE flow_id = ?", (flow_id,), order)
    return select(tx, query, page, _release, with_total=with_total)


def _release(row: Row) -> Release:
    return Release(**{**row, "create_time": from_micros(row["create_time"])})


def _flow(tx: Tx, documents: Documents, row: Row) -> Flow:
    return Flow(
        id=row["id"],
        project_id=row["project_id"],
        document=documents.get(tx, row["revision_id"]),
        revision_id=row["revision_id"],
        etag=row["etag"],
        create_time=from_micros(row["create_time"]),
        update_time=from_micros(row["update_time"]),
        delete_time=_time(row["delete_time"]),
        generation_id=row["generation_id"],
        release_version=row["release_version"],
        release_time=_time(row["release_time"]),
        has_unreleased_changes=row["release_revision_id"] != row["revision_id"],
    )


def _time(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


def _weight(row: Row) -> int:
    return int(row["size"]) + 1000
