"""Makes a turn ready to be played: documents with their overrides, what actions know, what wakes the run."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flowgen_core.api import ActionType, PastMessage, RunFacts, VariableSource
from flowgen_core.engine.advance import start
from flowgen_core.model import jsontext
from flowgen_core.model.chat import Author, Input, InputKind, Message
from flowgen_core.model.flow import Document
from flowgen_core.model.outcomes import Answer, Cause, Continued, Due, FloorBack, Yielded
from flowgen_core.model.run import Cursor
from flowgen_core.runtime.bus import Bus
from flowgen_core.runtime.context import HUMAN, Collected, Outside, Surroundings
from flowgen_core.runtime.frames import Frames, LiveShow
from flowgen_core.runtime.overrides import overridden
from flowgen_core.runtime.pausing import CONTINUED, FLOOR_BACK
from flowgen_core.runtime.play import Heard, LoadFlow, Play, medium_of
from flowgen_core.runtime.scene import Flows, Scene
from flowgen_core.store import messages
from flowgen_core.store.store import Store
from flowgen_core.store.tx import Tx

_WOKEN: Mapping[str, Cause] = {CONTINUED: Continued(), FLOOR_BACK: FloorBack()}


@dataclass(frozen=True, slots=True)
class Stage:
    """What every play needs of the server."""

    store: Store
    bus: Bus
    frames: Frames
    flows: Flows
    action_types: dict[str, ActionType]
    sources: Mapping[str, VariableSource]
    outside: Outside

    def documents(self, tx: Tx, scene: Scene) -> dict[str, Document]:
        """Reads the documents that a scene's run stands in; the run's own with its overrides."""
        if scene.run is None:
            revisions = {scene.head.revision_id} if scene.head else set()
            return {revision: self.flows.document(tx, revision) for revision in revisions}
        run = scene.run
        found = {frame.document_id: self.flows.document(tx, frame.document_id) for frame in run.cursor.frames}
        own = self.flows.document(tx, run.revision_id)
        return {**found, run.revision_id: overridden(own, run.overrides)}

    def play(self, scene: Scene, documents: dict[str, Document], now: datetime) -> Play:
        """Makes the play of a scene."""
        run, chat = scene.run, scene.chat
        root = run.revision_id if run else scene.head.revision_id if scene.head else ""
        collected = Collected(_variables(scene))
        cursor = run.cursor if run else start(root) if root else Cursor(())
        around = self._around(scene, documents[root].properties if root else {}, collected, now)
        loader = self._loader(chat.project_id if chat else scene.project_id)
        return Play(cursor, root, documents, self.action_types, around, collected, loader)

    def _around(
        self, scene: Scene, properties: Mapping[str, Any], collected: Collected, now: datetime
    ) -> Surroundings:
        run_id = run_id_of(scene)
        return Surroundings(
            run_id=run_id,
            chat_id=scene.chat_id,
            human=_human(scene.input),
            now=now,
            medium=medium_of(scene.chat_id),
            properties=properties,
            input=answer_of(scene.input) if scene.input and scene.input.message else None,
            read_history=lambda count: self.history(scene.chat_id, count),
            show=LiveShow(self.frames, self.bus, run_id, scene.lane if scene.chat else ""),
            lookup=self._lookup(scene, collected),
            outside=self.outside,
        )

    def _lookup(self, scene: Scene, collected: Collected) -> Callable[[str], Any]:
        facts: list[RunFacts] = []

        def lookup(name: str) -> Any:
            if name in collected.variables:
                return collected.variables[name]
            for prefix, source in self.sources.items():
                if name.startswith(prefix):
                    # Made when it is first asked for: most runs read no such name.
                    facts[:] = facts or [_facts(scene)]
                    return source.get(name, facts[0])
            return None

        return lookup

    async def history(self, chat_id: str, count: int) -> Sequence[PastMessage]:
        """Reads the last messages of a chat, oldest first."""
        if not chat_id:
            return []
        past = await self.store.read(lambda tx: messages.last(tx, chat_id, max(0, min(count, 1000))))
        return [_past(message) for message in past]

    def _loader(self, project_id: str) -> LoadFlow:
        async def load(flow_id: str) -> tuple[str, Document] | None:
            return await self.store.read(lambda tx: self._find_flow(tx, project_id, flow_id))

        return load

    def _find_flow(self, tx: Tx, project_id: str, flow_id: str) -> tuple[str, Document] | None:
        head = self.flows.head(tx, project_id, flow_id)
        return (head.revision_id, self.flows.document(tx, head.revision_id)) if head else None


def run_id_of(scene: Scene) -> str:
    """Gives the run's id; a new one's is derived from its input, so that a repeated turn makes the same run."""
    if scene.run is not None:
        return scene.run.id
    number = scene.input.number if scene.input else 0
    return str(uuid.uuid5(uuid.UUID(scene.chat_id), f"run/{number}"))


def cause_of(scene: Scene) -> Cause | None:
    """Tells what wakes the action that waits; None where none does."""
    pending = scene.run.cursor.pending if scene.run else None
    if pending is None:
        return None
    if pending.kind is None:
        return _WOKEN.get(pending.cause, Yielded())
    if scene.due or scene.input is None:
        return Due()
    return answer_of(scene.input)


def answer_of(item: Input) -> Answer:
    """Gives an input as what was said."""
    message = item.message
    if message is None:
        return Answer("")
    return Answer(message.text, message.sender, message.id, tuple(jsontext.parse(message.responses)))


def heard_of(item: Input | None) -> Heard | None:
    """Gives an input as what steps are matched against."""
    if item is None:
        return None
    if item.kind is InputKind.EVENT:
        return Heard(item.kind, event=str(item.data.get("name", "")))
    return Heard(item.kind, text=item.message.text if item.message else "")


def _variables(scene: Scene) -> dict[str, Any]:
    known: dict[str, Any] = jsontext.parse(scene.chat.variables, max_depth=256) if scene.chat else {}
    own = scene.run is not None and (scene.begins or scene.taken_over is not None or scene.chat is None)
    if own and scene.run is not None and scene.run.variables:
        known.update(jsontext.parse(scene.run.variables, max_depth=256))
    return known


def _facts(scene: Scene) -> RunFacts:
    run, message = scene.run, scene.input.message if scene.input else None
    return RunFacts(
        run_id=run_id_of(scene),
        flow_id=run.flow_id if run else scene.head.flow_id if scene.head else "",
        project_id=scene.project_id,
        chat_id=scene.chat_id,
        parent_id=run.parent_id if run else "",
        depth=run.depth if run else 0,
        message_id=message.id if message else "",
        message_text=message.text if message else "",
        human=_human(scene.input),
    )


def _human(item: Input | None) -> str:
    return item.message.sender if item and item.message else HUMAN


def _past(message: Message) -> PastMessage:
    author = {Author.USER: "user", Author.BOT: "bot", Author.MODERATOR: "moderator"}[message.author]
    return PastMessage(author, message.sender, message.receiver, message.text, message.internal)
