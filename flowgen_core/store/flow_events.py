"""The events of a flow's stream: the flow as it was right after each change."""

from datetime import datetime

import orjson

from flowgen_core.model.flow import Flow
from flowgen_core.store.streams import event_row
from flowgen_core.store.tx import Tx


def note(tx: Tx, flow: Flow, type: str, now: datetime) -> None:
    """Adds an event, numbered without gaps: the row's lock makes the order of numbers the order of commits."""
    row = tx.one("UPDATE flows SET last_seq = last_seq + 1 WHERE id = ? RETURNING last_seq", flow.id)
    if row is not None:
        event = event_row(f"flow/{flow.id}", row["last_seq"], type, now, data=_text(flow))
        tx.insert_all("events", [event])


def _text(flow: Flow) -> str:
    # What the flow says is kept by its revision, which never changes.
    return orjson.dumps(
        {
            "id": flow.id,
            "project_id": flow.project_id,
            "name": flow.document.name,
            "revision_id": flow.revision_id,
            "etag": flow.etag,
            "generation_id": flow.generation_id,
            "release_version": flow.release_version,
            "release_time": flow.release_time,
            "create_time": flow.create_time,
            "update_time": flow.update_time,
            "delete_time": flow.delete_time,
        }
    ).decode()
