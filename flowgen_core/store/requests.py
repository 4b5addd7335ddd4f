"""What a request id did: the row that makes a repeated call do nothing twice."""

from dataclasses import dataclass

from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.store.tx import Tx

KEPT = 24 * 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class Once:
    """A call that must have one effect. `fingerprint` is a hash of the request less what may differ in a retry."""

    project_id: str
    request_id: str
    rpc: str
    fingerprint: str


def find(tx: Tx, once: Once | None, now: int) -> str | None:
    """Gives the id of what the same call made before, or None. Raises REQUEST_ID_REUSED for another call."""
    if once is None:
        return None
    row = tx.one(
        "SELECT rpc, fingerprint, resource_id, create_time FROM requests WHERE project_id = ? AND request_id = ?",
        once.project_id,
        once.request_id,
    )
    if row is None:
        return None
    if row["create_time"] < now - KEPT:
        tx.run(
            "DELETE FROM requests WHERE project_id = ? AND request_id = ?", once.project_id, once.request_id
        )
        return None
    if (row["rpc"], row["fingerprint"]) != (once.rpc, once.fingerprint):
        raise FlowGenError(
            Reason.REQUEST_ID_REUSED, "This `request_id` was used for another request; use a new one."
        )
    return str(row["resource_id"])


def store(tx: Tx, once: Once | None, resource_id: str, now: int) -> None:
    """Remembers what a call made; in the transaction that made it."""
    if once is None:
        return
    tx.insert(
        "requests",
        project_id=once.project_id,
        request_id=once.request_id,
        rpc=once.rpc,
        fingerprint=once.fingerprint,
        resource_id=resource_id,
        create_time=now,
    )


def forget(tx: Tx, now: int, most: int = 1000) -> int:
    """Deletes rows that are older than a day and gives their number."""
    return tx.run(
        "DELETE FROM requests WHERE (project_id, request_id) IN"
        " (SELECT project_id, request_id FROM requests WHERE create_time < ? LIMIT ?)",
        now - KEPT,
        most,
    )
