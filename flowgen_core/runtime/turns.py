"""Turns: read what a lane has to do, compute it without a lock, commit it at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog

from flowgen_core.engine.talk import chat_property
from flowgen_core.model import jsontext
from flowgen_core.model.errors import FlowGenError
from flowgen_core.model.flow import Document
from flowgen_core.model.outcomes import EndState
from flowgen_core.model.run import Run
from flowgen_core.model.times import to_micros
from flowgen_core.runtime.commit import KIND, Committed, Computed, commit_turn, settle, skip_input
from flowgen_core.runtime.frames import Ended
from flowgen_core.runtime.play import Ending, Play
from flowgen_core.runtime.rest import at_rest, waits_for_evaluations
from flowgen_core.runtime.scene import Idle, Scene, read_scene
from flowgen_core.runtime.schemas import Schemas
from flowgen_core.runtime.staging import Stage, cause_of, heard_of, run_id_of
from flowgen_core.runtime.worker import Worker
from flowgen_core.store import work
from flowgen_core.store.streams import run_stream_of
from flowgen_core.store.tx import Tx

log = structlog.get_logger(__name__)
# The worker looks at the clock as often by itself.
SOON = timedelta(seconds=1)


class Turns:
    """Plays the lanes of this process, one turn at a time for each."""

    def __init__(
        self,
        stage: Stage,
        schemas: Schemas,
        worker: Worker,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._stage, self._schemas, self._worker = stage, schemas, worker
        self._store, self._bus = stage.store, stage.bus
        self._clock, self._new_id = clock, new_id

    async def work(self, lane: str) -> None:
        """Takes turns until the lane has nothing to do now."""
        while await self._turn(lane):
            pass

    async def give_up(self, lane: str) -> None:
        """Ends the run of a turn that has ended the process too often; the rest of the lane goes on."""
        now = self._clock()
        found = await self._store.read(lambda tx: self._read(tx, lane, now))
        if found is None:
            return
        scene, documents = found
        if isinstance(scene, Scene):
            play = self._stage.play(scene, documents, now)
            play.fail("INTERNAL", "The turn ended the server's process four times.")
            await self._commit(scene, play, now)
        else:
            await self._store.write(lambda tx: work.remind(tx, KIND, lane, to_micros(now)))

    async def _turn(self, lane: str) -> bool:
        now = self._clock()
        found = await self._store.read(lambda tx: self._read(tx, lane, now))
        if found is None:
            await self._store.write(lambda tx: work.done(tx, KIND, lane))
            return False
        scene, documents = found
        if isinstance(scene, Idle):
            return await self._idle(lane, now)
        if scene.run is None and scene.head is None and scene.input and scene.input.data.get("run_id"):
            chat_id, number = scene.chat_id, scene.input.number
            await self._store.write(lambda tx: skip_input(tx, chat_id, number))
            return True
        play = self._stage.play(scene, documents, now)
        await self._compute(scene, play)
        return await self._commit(scene, play, now)

    def _read(self, tx: Tx, lane: str, now: datetime) -> tuple[Scene | Idle, dict[str, Document]] | None:
        scene = read_scene(tx, lane, now, self._stage.flows.head)
        if not isinstance(scene, Scene):
            return None if scene is None else (scene, {})
        return scene, self._stage.documents(tx, scene)

    async def _idle(self, lane: str, now: datetime) -> bool:
        # Something may have been accepted since the read; the write transaction looks once more.
        more = await self._store.write(lambda tx: settle(tx, lane, now, self._stage.flows.head))
        self._bus.publish(lane)
        return more

    async def _compute(self, scene: Scene, play: Play) -> None:
        if scene.session_over:
            play.ending = Ending(EndState.TIMED_OUT, "timed_out")
        elif scene.begins or scene.taken_over is not None:
            await self._begin(scene, play)
        else:
            await play.run(cause_of(scene), heard_of(scene.input))
        self._check_output(play)

    async def _begin(self, scene: Scene, play: Play) -> None:
        given = self._input_of(scene, play)
        problem = self._refusal(scene, play, given) if scene.begins else ""
        if problem:
            play.fail("INVALID_INPUT", problem)
            return
        play.give(given)
        await play.run(None if scene.begins else cause_of(scene), heard_of(scene.input))

    def _refusal(self, scene: Scene, play: Play, given: dict[str, Any]) -> str:
        if scene.run is not None:
            # What StartRun takes it has judged already.
            return ""
        if scene.head is None:
            return "The flow was deleted."
        if chat_property(play.root) is None:
            return "The flow can no longer talk: its input has no property for a person's text."
        return self._schemas.problem(play.root.input_schema, given)

    def _input_of(self, scene: Scene, play: Play) -> dict[str, Any]:
        if scene.run is not None:
            given: dict[str, Any] = jsontext.parse(scene.run.input)
            return given
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
        try:
            done = await self._written(scene, play, now)
        except FlowGenError:
            raise
        except Exception:
            # What a plugin left cannot be written: its run ends, and its chat goes on.
            log.exception("turn_not_written", lane=scene.lane, run_id=run_id_of(scene))
            failed = await self._store.read(lambda tx: self._stage.documents(tx, scene))
            play = self._stage.play(scene, failed, now)
            play.fail("INTERNAL", "What the turn did cannot be stored.")
            done = await self._written(scene, play, now)
        for name in done.wake:
            self._worker.wake(*name)
        if done.run is not None:
            play.tell_missed()
        self._publish(scene, done.run)
        pending = play.cursor.pending
        if pending is not None and pending.until is not None and pending.until - now < SOON:
            self._worker.poke()
        return done.more

    async def _written(self, scene: Scene, play: Play, now: datetime) -> Committed:
        computed = Computed(
            scene, play, run_id_of(scene), now, self._clock(), self._new_id, self._stage.flows
        )
        return await self._store.write(lambda tx: commit_turn(tx, computed))

    def _publish(self, scene: Scene, run: Run | None) -> None:
        if run is not None and at_rest(run) and not waits_for_evaluations(run):
            self._stage.frames.add(run.id, Ended(run))
        self._bus.publish(scene.lane)
        if run is not None:
            self._bus.publish(run_stream_of(run.id))
