"""Turns: read what a chat has to do, compute it without a lock, commit it at once."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from flowgen_core.api import ActionType, PastMessage
from flowgen_core.engine.advance import start
from flowgen_core.engine.talk import chat_property
from flowgen_core.model import jsontext
from flowgen_core.model.chat import Author, Input, InputKind, Message
from flowgen_core.model.flow import Document
from flowgen_core.model.outcomes import Answer, Cause, Due, EndState, Yielded
from flowgen_core.model.run import Cursor
from flowgen_core.model.times import to_micros
from flowgen_core.runtime.bus import Bus
from flowgen_core.runtime.commit import Computed, commit_turn, settle
from flowgen_core.runtime.context import HUMAN, Collected, Surroundings
from flowgen_core.runtime.play import Ending, Heard, LoadFlow, Play, medium_of
from flowgen_core.runtime.scene import Idle, ReadDocument, ReadHead, Scene, read_scene
from flowgen_core.runtime.schemas import Schemas
from flowgen_core.store import messages, work
from flowgen_core.store.store import Store
from flowgen_core.store.streams import stream_of
from flowgen_core.store.tx import Tx

log = structlog.get_logger(__name__)
KIND = "turn"
# The worker looks at the clock as often by itself.
SOON = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Flows:
    """How turns reach flows: documents by revision, and the newest revision of a flow."""

    document: ReadDocument
    head: ReadHead


class Turns:
    """Plays the chats of this process, one turn at a time for each."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        action_types: dict[str, ActionType],
        flows: Flows,
        schemas: Schemas,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        poke: Callable[[], None],
    ) -> None:
        self._store, self._bus, self._types = store, bus, action_types
        self._flows, self._schemas = flows, schemas
        self._clock, self._new_id, self._poke = clock, new_id, poke

    async def work(self, chat_id: str) -> None:
        """Takes turns until the chat has nothing to do now."""
        while await self._turn(chat_id):
            pass

    async def give_up(self, chat_id: str) -> None:
        """Ends the run of a turn that has ended the process too often; the rest of the chat goes on."""
        now = self._clock()
        found = await self._store.read(lambda tx: self._read(tx, chat_id, now))
        if found is None:
            return
        scene, documents = found
        if isinstance(scene, Scene):
            play = self._play(scene, documents, now)
            play.fail("INTERNAL", "The turn ended the server's process four times.")
            await self._commit(scene, play, now)
        else:
            await self._store.write(lambda tx: work.remind(tx, KIND, chat_id, to_micros(now)))

    async def _turn(self, chat_id: str) -> bool:
        now = self._clock()
        found = await self._store.read(lambda tx: self._read(tx, chat_id, now))
        if found is None:
            await self._store.write(lambda tx: work.done(tx, KIND, chat_id))
            return False
        scene, documents = found
        if isinstance(scene, Idle):
            return await self._idle(chat_id, now)
        play = self._play(scene, documents, now)
        await self._compute(scene, play)
        return await self._commit(scene, play, now)

    def _read(self, tx: Tx, chat_id: str, now: datetime) -> tuple[Scene | Idle, dict[str, Document]] | None:
        scene = read_scene(tx, chat_id, now, self._flows.head)
        if not isinstance(scene, Scene):
            return None if scene is None else (scene, {})
        revisions = {scene.head.revision_id} if scene.head else set()
        if scene.run is not None:
            revisions = {scene.run.revision_id, *(frame.document_id for frame in scene.run.cursor.frames)}
        return scene, {revision: self._flows.document(tx, revision) for revision in revisions}

    async def _idle(self, chat_id: str, now: datetime) -> bool:
        # Something may have been accepted since the read; the write transaction looks once more.
        return await self._store.write(lambda tx: settle(tx, chat_id, now, self._flows.head))

    def _play(self, scene: Scene, documents: dict[str, Document], now: datetime) -> Play:
        run, chat = scene.run, scene.chat
        root = run.revision_id if run else scene.head.revision_id if scene.head else ""
        around = Surroundings(
            run_id=run.id if run else run_id_of(scene),
            chat_id=chat.id,
            human=_human(scene.input),
            now=now,
            medium=medium_of(chat.id),
            properties=documents[root].properties if root else {},
            input=_answer(scene.input) if scene.input and scene.input.message else None,
            read_history=lambda count: self._history(chat.id, count),
            show_token=lambda sender, text: self._bus.token(stream_of(chat.id), sender, text),
        )
        cursor = run.cursor if run else start(root) if root else Cursor(())
        collected = Collected(jsontext.parse(chat.variables, max_depth=256))
        return Play(cursor, root, documents, self._types, around, collected, self._loader(chat.project_id))

    async def _compute(self, scene: Scene, play: Play) -> None:
        if scene.session_over:
            play.ending = Ending(EndState.TIMED_OUT, "timed_out")
        elif scene.run is None and (problem := self._refusal(scene, play)):
            play.fail("INVALID_INPUT", problem)
        elif scene.run is None:
            play.give(self._input_of(scene, play))
            await play.run(None, _heard(scene.input))
        else:
            await play.run(_cause(scene), _heard(scene.input))
        self._check_output(play)

    def _refusal(self, scene: Scene, play: Play) -> str:
        if scene.head is None:
            return "The flow was deleted."
        document = play.root
        if chat_property(document) is None:
            return "The flow can no longer talk: its input has no property for a person's text."
        return self._schemas.problem(document.input_schema, self._input_of(scene, play))

    def _input_of(self, scene: Scene, play: Play) -> dict[str, str]:
        name = chat_property(play.root)
        said = scene.input.message.text if scene.input and scene.input.message else ""
        return {name: said} if name else {}

    def _check_output(self, play: Play) -> None:
        ending = play.ending
        if ending is not None and ending.output is not None and ending.failure is None:
            problem = self._schemas.problem(play.root.output_schema, ending.output)
            if problem:
                play.fail("INVALID_OUTPUT", problem)

    async def _commit(self, scene: Scene, play: Play, now: datetime) -> bool:
        computed = Computed(scene, play, run_id_of(scene), now, self._new_id)
        more = await self._store.write(lambda tx: commit_turn(tx, computed))
        self._bus.publish(stream_of(scene.chat.id))
        pending = play.cursor.pending
        if pending is not None and pending.until is not None and pending.until - now < SOON:
            self._poke()
        return more

    async def _history(self, chat_id: str, count: int) -> Sequence[PastMessage]:
        past = await self._store.read(lambda tx: messages.last(tx, chat_id, max(0, min(count, 1000))))
        return [_past(message) for message in past]

    def _loader(self, project_id: str) -> LoadFlow:
        async def load(flow_id: str) -> tuple[str, Document] | None:
            return await self._store.read(lambda tx: self._find_flow(tx, project_id, flow_id))

        return load

    def _find_flow(self, tx: Tx, project_id: str, flow_id: str) -> tuple[str, Document] | None:
        head = self._flows.head(tx, project_id, flow_id)
        return (head.revision_id, self._flows.document(tx, head.revision_id)) if head else None


def run_id_of(scene: Scene) -> str:
    """Gives the run's id; a new one's is derived from its input, so that a repeated turn makes the same run."""
    if scene.run is not None:
        return scene.run.id
    number = scene.input.number if scene.input else 0
    return str(uuid.uuid5(uuid.UUID(scene.chat.id), f"run/{number}"))


def _cause(scene: Scene) -> Cause | None:
    pending = scene.run.cursor.pending if scene.run else None
    if pending is None:
        return None
    if pending.kind is None:
        return Yielded()
    if scene.due or scene.input is None:
        return Due()
    return _answer(scene.input)


def _answer(item: Input) -> Answer:
    message = item.message
    if message is None:
        return Answer("")
    return Answer(message.text, message.sender, message.id, tuple(jsontext.parse(message.responses)))


def _heard(item: Input | None) -> Heard | None:
    if item is None:
        return None
    if item.kind is InputKind.EVENT:
        return Heard(item.kind, event=str(item.data.get("name", "")))
    return Heard(item.kind, text=item.message.text if item.message else "")


def _human(item: Input | None) -> str:
    return item.message.sender if item and item.message else HUMAN


def _past(message: Message) -> PastMessage:
    author = {Author.USER: "user", Author.BOT: "bot", Author.MODERATOR: "moderator"}[message.author]
    return PastMessage(author, message.sender, message.receiver, message.text, message.internal)
