"""Which revision of a flow a run begins with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.model.flow import Document
from flowgen_core.model.run import Run
from flowgen_core.store import flows
from flowgen_core.store.documents import Documents
from flowgen_core.store.tx import Tx

# Both mean the newest revision, unless a release has that name.
NEWEST = ("latest", "0.0.0")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A revision to run. `version` is empty for one that is no release."""

    flow_id: str
    revision_id: str
    version: str
    document: Document
    inline: bool = False


class Versions:
    """Chooses revisions."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def document(self, tx: Tx, revision_id: str) -> Document:
        """Gives the document of a revision."""
        return self._documents.get(tx, revision_id)

    def of_run(self, tx: Tx, run: Run) -> Chosen:
        """Gives what a run stands on."""
        return Chosen(run.flow_id, run.revision_id, run.version, self.document(tx, run.revision_id))

    def choose(self, tx: Tx, project_id: str, flow_id: str, version: str) -> Chosen:
        """Finds a version: the release of this name, or what none means. Raises FLOW_ and RELEASE_NOT_FOUND."""
        flow = flows.get(tx, self._documents, project_id, flow_id)
        if flow is None:
            raise FlowGenError(Reason.FLOW_NOT_FOUND, "There is no such flow in this project.")
        wanted = version or _default(flow.document.properties) or flow.release_version
        release = flows.release(tx, flow_id, wanted) if wanted else None
        if release is not None:
            document = self.document(tx, release.revision_id)
            return Chosen(flow_id, release.revision_id, release.version, document)
        if version and version not in NEWEST:
            text = f"Release {version[:80]} not found."
            raise FlowGenError(Reason.RELEASE_NOT_FOUND, text, {"version": version[:80]})
        return Chosen(flow_id, flow.revision_id, "", flow.document)

    def marked(self, tx: Tx, project_id: str, key: str) -> list[tuple[str, str, Mapping[str, Any]]]:
        """Gives id, revision and mark of the project's flows whose properties hold an object under `key`."""
        found = []
        for flow_id, revision_id in flows.mentioning(tx, project_id, f'"{key}"'):
            mark = self.document(tx, revision_id).properties.get(key)
            if isinstance(mark, Mapping):
                found.append((flow_id, revision_id, mark))
        return found


def _default(properties: Mapping[str, Any]) -> str:
    value = properties.get("default_version")
    return value if isinstance(value, str) else ""
