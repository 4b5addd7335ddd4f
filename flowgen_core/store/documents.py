"""Flow documents as rows, and a cache of what was read: a document never changes."""

from collections import OrderedDict
from threading import Lock

from flowgen_core.model import documents
from flowgen_core.model.flow import Document
from flowgen_core.store.tx import Tx

MOST = 512
# As JSON text; parsed, a document takes about four times as much memory.
MOST_BYTES = 8 * 1024 * 1024


def insert(tx: Tx, id: str, project_id: str, document: Document) -> None:
    """Stores a document under an id that was never used before. Raises BadJson for what JSON cannot hold."""
    tx.insert("documents", id=id, project_id=project_id, body=documents.to_text(document))


def insert_once(tx: Tx, id: str, project_id: str, document: Document) -> None:
    """Stores a document whose id is derived from what it is; a second time changes nothing."""
    tx.run(
        "INSERT INTO documents (id, project_id, body) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
        id,
        project_id,
        documents.to_text(document),
    )


class Documents:
    """Documents by id, those used last kept parsed. All threads may share one."""

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._room = most, most_bytes
        self._kept: OrderedDict[str, tuple[Document, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, tx: Tx, id: str) -> Document:
        """Gives a document. Raises KeyError where there is none."""
        with self._lock:
            found = self._kept.get(id)
            if found is not None:
                self._kept.move_to_end(id)
                return found[0]
        return self._read(tx, id)

    def _read(self, tx: Tx, id: str) -> Document:
        row = tx.one("SELECT body FROM documents WHERE id = ?", id)
        if row is None:
            raise KeyError(id)
        document = documents.from_text(row["body"])
        self._keep(id, document, len(row["body"]))
        return document

    def _keep(self, id: str, document: Document, size: int) -> None:
        with self._lock:
            if id in self._kept:
                return
            self._kept[id] = (document, size)
            self._room -= size
            while len(self._kept) > self._most or self._room < 0:
                _, (_, freed) = self._kept.popitem(last=False)
                self._room += freed
