"""The rows of API keys. Their text is never stored: only its keyed hash, and a masked form to show."""

from flowgen_core.model.project import ApiKey, Scope
from flowgen_core.model.times import from_micros, to_micros
from flowgen_core.store.paging import Listing, Page, Query, select
from flowgen_core.store.tx import Row, Tx


def insert(tx: Tx, key: ApiKey, key_hash: str) -> None:
    """Stores a new key; `key.key` is its masked form."""
    tx.insert(
        "api_keys",
        id=key.id,
        project_id=key.project_id,
        name=key.name,
        scopes=" ".join(key.scopes),
        hash=key_hash,
        masked=key.key,
        created_by=key.created_by,
        create_time=to_micros(key.create_time),
        update_time=to_micros(key.update_time),
    )


def get(tx: Tx, project_id: str, key_id: str) -> ApiKey | None:
    """Reads a key of a project."""
    row = tx.one("SELECT * FROM api_keys WHERE project_id = ? AND id = ?", project_id, key_id)
    return _key(row) if row else None


def by_hash(tx: Tx, key_hash: str) -> ApiKey | None:
    """Finds the key, of any project, whose text has this hash."""
    row = tx.one("SELECT * FROM api_keys WHERE hash = ?", key_hash)
    return _key(row) if row else None


def page(tx: Tx, project_id: str, wanted: Page, with_total: bool = False) -> Listing[ApiKey]:
    """Reads one page of a project's keys, newest first."""
    query = Query("SELECT * FROM api_keys WHERE project_id = ?", (project_id,))
    return select(tx, query, wanted, _key, with_total=with_total)


def delete(tx: Tx, project_id: str, key_id: str) -> None:
    """Removes a key of a project."""
    tx.run("DELETE FROM api_keys WHERE project_id = ? AND id = ?", project_id, key_id)


def _key(row: Row) -> ApiKey:
    return ApiKey(
        id=row["id"],
        project_id=row["project_id"],
        name=row["name"],
        scopes=tuple(map(Scope, row["scopes"].split())),
        key=row["masked"],
        created_by=row["created_by"],
        create_time=from_micros(row["create_time"]),
        update_time=from_micros(row["update_time"]),
    )
