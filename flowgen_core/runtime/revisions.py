"""Ids of revisions: derived from the flow and a count, so that an id alone tells whose revision it is."""

from uuid import UUID, uuid5


def revision_id(flow_id: str, number: int) -> str:
    """Gives the id of a flow's revision 1, 2, 3 …"""
    return str(uuid5(UUID(flow_id), str(number)))


def next_etag(etag: str) -> str:
    """Gives the etag of the revision that follows: etags are the number of the newest revision."""
    return str(int(etag) + 1)


def belongs(revision: str, flow_id: str, etag: str) -> bool:
    """Tells whether a revision is one of this flow's, whose newest has this etag."""
    # Most often the newest are asked for.
    return any(revision_id(flow_id, number) == revision for number in range(int(etag), 0, -1))
