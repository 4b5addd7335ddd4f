"""The rows of channels."""

from flowgen_core.model.channel import Channel
from flowgen_core.model.times import from_micros, to_micros
from flowgen_core.store.paging import Listing, Page, Query, select
from flowgen_core.store.tx import Row, Tx, marks


def insert(tx: Tx, channel: Channel) -> None:
    """Stores a new channel."""
    tx.insert(
        "channels",
        id=channel.id,
        project_id=channel.project_id,
        type=channel.type,
        name=channel.name,
        config=channel.config,
        create_time=to_micros(channel.create_time),
        update_time=to_micros(channel.update_time),
    )


def get(tx: Tx, project_id: str, channel_id: str) -> Channel | None:
    """Reads a channel of a project."""
    row = tx.one("SELECT * FROM channels WHERE project_id = ? AND id = ?", project_id, channel_id)
    return _channel(row) if row else None


def oldest_first(tx: Tx, project_id: str) -> list[Channel]:
    """Reads all channels of a project."""
    sql = "SELECT * FROM channels WHERE project_id = ? ORDER BY create_time, id"
    return [_channel(row) for row in tx.all(sql, project_id)]


def update(tx: Tx, channel: Channel) -> None:
    """Stores what may change of a channel: `name`, `config` and `update_time`."""
    tx.update(
        "channels",
        channel.id,
        name=channel.name,
        config=channel.config,
        update_time=to_micros(channel.update_time),
    )


def delete(tx: Tx, channel_id: str) -> None:
    """Removes a channel, with the secrets in it."""
    tx.run("DELETE FROM channels WHERE id = ?", channel_id)


def select_page(
    tx: Tx, project_id: str, types: tuple[str, ...], page: Page, *, with_total: bool = False
) -> Listing[Channel]:
    """Lists the channels of a project, newest first; with `types`, only those of one of them."""
    sql = "SELECT * FROM channels WHERE project_id = ?"
    if types:
        sql += f" AND type IN ({marks(len(types))})"
    query = Query(sql, (project_id, *types))
    return select(tx, query, page, _channel, with_total=with_total, weigh=_weight)


def _channel(row: Row) -> Channel:
    return Channel(
        id=row["id"],
        project_id=row["project_id"],
        type=row["type"],
        name=row["name"],
        config=row["config"],
        create_time=from_micros(row["create_time"]),
        update_time=from_micros(row["update_time"]),
    )


def _weight(row: Row) -> int:
    # A character may take four bytes.
    return 4 * (len(row["name"]) + len(row["config"])) + 500
