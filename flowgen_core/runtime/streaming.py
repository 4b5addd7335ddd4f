"""Streams what happens in a run, from the start or after a frame that was seen."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from flowgen_core.model.errors import FlowGenError, Reason, invalid
from flowgen_core.model.project import Caller
from flowgen_core.model.run import Run
from flowgen_core.runtime.bus import Bus
from flowgen_core.runtime.frames import Body, Ended, Frame, FrameLog, Frames, Started, Token
from flowgen_core.runtime.rest import at_rest, waits_for_evaluations
from flowgen_core.store import messages, runs
from flowgen_core.store.store import Store
from flowgen_core.store.streams import run_stream_of

_AFTER = re.compile(r"([0-9a-f-]{36})\.([0-9a-z]{1,20})\.([0-9]{1,15})")


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame with the id under which a client goes on after it."""

    id: str
    time: datetime
    body: Body


class Streamer:
    """Streams runs."""

    def __init__(self, store: Store, bus: Bus, frames: Frames) -> None:
        self._store, self._bus, self._frames = store, bus, frames

    async def run(self, caller: Caller, run_id: str, after: str) -> AsyncIterator[Shown]:
        """Gives the frames after `after` that are still held; the last one says how the run is at rest."""
        seen = _seen(run_id, after, self._frames.boot)
        with self._bus.subscribe(run_stream_of(run_id)) as subscription:
            run = await self._find(caller, run_id)
            log = self._frames.open(run_id)
            if seen is None or (log.frames and seen + 1 < log.frames[0].number):
                seen = 0
            if not log.frames or (seen == 0 and not isinstance(log.frames[0].body, Started)):
                yield self._show(run_id, 0, run.create_time, Started(run))
                for text in await self._said_before(run_id, log):
                    yield self._show(run_id, 0, run.create_time, text)
            while True:
                for frame in _after(log, seen):
                    seen = frame.number
                    yield self._show(run_id, frame.number, frame.time, frame.body)
                    if isinstance(frame.body, Ended):
                        return
                run, over = await self._look(caller, run_id)
                if over and not _after(log, seen):
                    yield self._show(run_id, log.count + 1, run.update_time, Ended(run))
                    return
                if subscription.closed:
                    return
                await subscription.wait()

    def _show(self, run_id: str, number: int, time: datetime, body: Body) -> Shown:
        return Shown(f"{run_id}.{self._frames.boot}.{number}", time, body)

    async def _said_before(self, run_id: str, log: FrameLog) -> list[Token]:
        # The process that held these frames is gone: what was said is told again from the rows.
        if log.texts or log.written:
            return []
        said = await self._store.read(lambda tx: messages.of_run(tx, run_id))
        shown = [message for message in said if not message.internal]
        log.texts = len(shown)
        return [Token(one.sender, f"\n{one.text}" if n else one.text) for n, one in enumerate(shown)]

    async def _look(self, caller: Caller, run_id: str) -> tuple[Run, bool]:
        run = await self._find(caller, run_id)
        job_id = run.evaluation_run_id
        job = await self._store.read(lambda tx: runs.get(tx, job_id)) if job_id else None
        return run, at_rest(run) and not waits_for_evaluations(run, job)

    async def _find(self, caller: Caller, run_id: str) -> Run:
        run = await self._store.read(lambda tx: runs.get(tx, run_id, caller.project.id, with_moves=True))
        if run is None:
            raise FlowGenError(Reason.RUN_NOT_FOUND, "There is no such run in this project.")
        return run


def _after(log: FrameLog, seen: int) -> list[Frame]:
    return [frame for frame in log.frames if frame.number > seen]


def _seen(run_id: str, after: str, boot: str) -> int | None:
    if not after:
        return 0
    match = _AFTER.fullmatch(after)
    if match is None:
        raise invalid("after", "INVALID_VALUE", "must be the `id` of a frame of this run")
    if match.group(1) != run_id:
        raise FlowGenError(Reason.RUN_NOT_FOUND, "The frame is of another run.")
    return int(match.group(3)) if match.group(2) == boot else None
