"""Callers steer runs: continue them, stop them, delete them, wait for them."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from flowgen_core.model import jsontext
from flowgen_core.model.chat import Chat, ChatState
from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.model.outcomes import EndState, WaitKind
from flowgen_core.model.project import Caller
from flowgen_core.model.run import Run
from flowgen_core.model.times import to_micros
from flowgen_core.runtime import aftermath, pausing
from flowgen_core.runtime.bus import Bus
from flowgen_core.runtime.commit import KIND, ended
from flowgen_core.runtime.frames import Ended, Frames
from flowgen_core.runtime.once import Done
from flowgen_core.runtime.play import Ending
from flowgen_core.runtime.rest import at_rest, waits_for_evaluations
from flowgen_core.runtime.scene import Flows
from flowgen_core.runtime.worker import Worker
from flowgen_core.store import chats, requests, runs, work
from flowgen_core.store.run_events import run_text
from flowgen_core.store.store import Store
from flowgen_core.store.streams import Ledger, RunLedger, run_stream_of, stream_of
from flowgen_core.store.tx import Tx


class Steering:
    """What callers do with runs that are under way."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        worker: Worker,
        frames: Frames,
        flows: Flows,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store, self._bus, self._worker, self._frames = store, bus, worker, frames
        self._flows, self._clock, self._new_id = flows, clock, new_id

    async def wait(self, caller: Caller, run_id: str, seconds: float) -> None:
        """Waits until a run is at rest, and its evaluations over where they are waited for."""
        end = time.monotonic() + seconds
        with self._bus.subscribe(run_stream_of(run_id)) as subscription:
            found = await self._look(caller, run_id)
            while not _is_over(*found) and not subscription.closed and (left := end - time.monotonic()) > 0:
                await subscription.wait(left)
                found = await self._look(caller, run_id)

    async def go_on(
        self, caller: Caller, run_id: str, expected: str, variables: str, once: requests.Once | None
    ) -> Done[Run]:
        """Ends a run's wait for a caller or for the floor. Raises RUN_NOT_WAITING and RUN_ENDED."""
        now = self._clock()
        done = await self._store.write(lambda tx: _go_on(tx, caller, run_id, expected, variables, once, now))
        self._woken(done.resource)
        return done

    async def stop(self, caller: Caller, run_id: str) -> Run:
        """Ends a run where it is; one that has ended stays as it is."""
        return await self._end(caller, run_id, "stopped")

    async def delete(self, caller: Caller, run_id: str) -> Run:
        """Ends a run that is open, then hides it."""
        return await self._end(caller, run_id, "deleted")

    async def _end(self, caller: Caller, run_id: str, reason: str) -> Run:
        now = self._clock()
        run, wake = await self._store.write(lambda tx: self._end_in(tx, caller, run_id, reason, now))
        for name in wake:
            self._worker.wake(*name)
        self._worker.cancel(KIND, _lane(run))
        self._frames.add(run.id, Ended(run))
        self._woken(run)
        return run

    def _end_in(
        self, tx: Tx, caller: Caller, run_id: str, reason: str, now: datetime
    ) -> tuple[Run, tuple[tuple[str, str], ...]]:
        run = _find(tx, caller, run_id)
        chat = chats.get(tx, run.chat_id) if run.chat_id else None
        wake: tuple[tuple[str, str], ...] = ()
        if run.state.is_open:
            variables = chat.variables if chat else run.variables
            run = replace(ended(run, Ending(EndState.STOPPED, reason), variables, now), turn=run.turn + 1)
            run = replace(run, cursor=_find(tx, caller, run_id).cursor, update_time=now)
            run, wake = self._write_end(tx, run, chat, now)
        if reason == "deleted":
            run = replace(run, delete_time=now, update_time=now)
            _note(tx, run, chat, "run.deleted", now)
        runs.save(tx, run)
        return run, wake

    def _write_end(
        self, tx: Tx, run: Run, chat: Chat | None, now: datetime
    ) -> tuple[Run, tuple[tuple[str, str], ...]]:
        if chat is None:
            ledger = RunLedger(run, now)
            ledger.note("run.ended", run_text(run))
            run = ledger.save(tx)
            work.done(tx, KIND, run_stream_of(run.id))
            return run, aftermath.after(tx, run, None, now, self._new_id, self._flows).wake
        in_chat = Ledger(chat, now)
        in_chat.note("run.ended", run_text(run))
        if chat.run_id == run.id:
            left = chat.last_input - chat.taken
            state = ChatState.RUNNING if left else ChatState.COMPLETED
            in_chat.change(
                state=state, prompt="", prompt_sender="", dealt=chat.taken, queued=max(0, left - 1)
            )
        extra = aftermath.after(tx, run, in_chat.chat, now, self._new_id, self._flows)
        in_chat.change(**extra.chat)
        in_chat.save(tx)
        work.remind(tx, KIND, stream_of(chat.id), to_micros(now))
        return run, (*extra.wake, (KIND, stream_of(chat.id)))

    def _woken(self, run: Run) -> None:
        self._worker.wake(KIND, _lane(run))
        self._bus.publish(_lane(run))
        self._bus.publish(run_stream_of(run.id))

    async def _look(self, caller: Caller, run_id: str) -> tuple[Run, Run | None]:
        return await self._store.read(lambda tx: _with_job(tx, caller, run_id))


def _with_job(tx: Tx, caller: Caller, run_id: str) -> tuple[Run, Run | None]:
    run = _find(tx, caller, run_id)
    return run, runs.get(tx, run.evaluation_run_id) if run.evaluation_run_id else None


def _is_over(run: Run, job: Run | None) -> bool:
    return at_rest(run) and not waits_for_evaluations(run, job)


def _find(tx: Tx, caller: Caller, run_id: str) -> Run:
    run = runs.get(tx, run_id, caller.project.id, with_moves=True)
    if run is None:
        raise FlowGenError(Reason.RUN_NOT_FOUND, "There is no such run in this project.")
    return run


def _go_on(
    tx: Tx,
    caller: Caller,
    run_id: str,
    expected: str,
    variables: str,
    once: requests.Once | None,
    now: datetime,
) -> Done[Run]:
    known = requests.find(tx, once, to_micros(now))
    run = _find(tx, caller, run_id)
    if known is not None:
        return Done(run, replayed=True)
    _check_wait(run, expected)
    chat = chats.get(tx, run.chat_id) if run.chat_id else None
    given = jsontext.parse(variables)
    if chat is None:
        merged = jsontext.dump({**jsontext.parse(run.variables or "{}"), **given})
        run = replace(pausing.woken(run, pausing.CONTINUED, now), variables=merged)
    else:
        merged = jsontext.dump({**jsontext.parse(chat.variables), **given})
        run = pausing.woken(run, pausing.CONTINUED, now)
        _running(tx, chat, merged, now)
    runs.save(tx, run)
    work.remind(tx, KIND, _lane(run), to_micros(now))
    requests.store(tx, once, run.id, to_micros(now))
    return Done(run)


def _check_wait(run: Run, expected: str) -> None:
    if not run.state.is_open:
        raise FlowGenError(Reason.RUN_ENDED, "The run has already ended.")
    pending = run.cursor.pending
    if pending is None or pending.kind not in {WaitKind.CONTINUE, WaitKind.FLOOR}:
        raise FlowGenError(Reason.RUN_NOT_WAITING, "The run does not wait for a caller.")
    if expected and expected != pending.action_id:
        text = f"The run waits at `{pending.action_id[:80]}`, not at the expected action."
        raise FlowGenError(Reason.RUN_NOT_WAITING, text, {"action_id": pending.action_id[:80]})


def _running(tx: Tx, chat: Chat, variables: str, now: datetime) -> None:
    ledger = Ledger(chat, now)
    was_paused = chat.paused
    ledger.change(
        state=ChatState.RUNNING,
        variables=variables,
        paused=False,
        pause_reason="",
        pause_until=None,
        floor=chat.floor + 1,
    )
    if was_paused:
        ledger.fact("chat.resumed")
    ledger.save(tx)


def _note(tx: Tx, run: Run, chat: Chat | None, type: str, now: datetime) -> None:
    if chat is None:
        ledger = RunLedger(run, now)
        ledger.note(type, run_text(run))
        ledger.save(tx)
    else:
        in_chat = Ledger(chats.get(tx, chat.id) or chat, now)
        in_chat.note(type, run_text(run))
        in_chat.save(tx)


def _lane(run: Run) -> str:
    return stream_of(run.chat_id) if run.chat_id else run_stream_of(run.id)
