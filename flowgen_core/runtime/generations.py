"""Generations: asked for, read, waited for, deleted. `generation_work` runs them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flowgen_core.api import FlowType
from flowgen_core.model.errors import FlowGenError, Reason, Violation
from flowgen_core.model.generation import Generation, GenerationState
from flowgen_core.model.project import Caller, Environment
from flowgen_core.model.times import to_micros
from flowgen_core.runtime.bus import Bus
from flowgen_core.runtime.generating import judge
from flowgen_core.runtime.generation_work import OPEN, stream_of
from flowgen_core.runtime.once import Done
from flowgen_core.runtime.worker import Worker
from flowgen_core.store import generations, requests, work
from flowgen_core.store.generations import KIND, GenerationFilter
from flowgen_core.store.paging import Listing, Page
from flowgen_core.store.requests import Once
from flowgen_core.store.store import Store
from flowgen_core.store.tx import Tx


@dataclass(frozen=True, slots=True)
class GenerationDraft:
    """What somebody asks for. `parameters` and `context` are JSON text as it was sent; None is absent.

    `waits` tells that the caller asked to wait, however long; `validate_only` stores nothing.
    """

    flow_type: str
    parameters: str
    context: str | None = None
    waits: bool = False
    validate_only: bool = False


class Generations:
    """The generations of all projects."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        worker: Worker,
        flow_types: Mapping[str, FlowType],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store, self._bus, self._worker, self._types = store, bus, worker, flow_types
        self._clock, self._new_id = clock, new_id

    async def create(
        self, caller: Caller, draft: GenerationDraft, *, wait: float = 0, once: Once | None = None
    ) -> Done[Generation]:
        """Accepts a generation; with `wait` seconds, answers when it is done or they are over.

        Raises WAIT_NOT_AVAILABLE, INVALID_ARGUMENT and REQUEST_ID_REUSED.
        """
        _refuse_wait(caller, draft)
        now = self._clock()
        new = _new(self._new_id(), caller, draft, now)
        violations = judge(self._types, new)
        if draft.validate_only:
            _refuse(violations)
            return Done(replace(new, id=""))

        def commit(tx: Tx) -> Done[Generation]:
            if earlier := requests.find(tx, once, to_micros(now)):
                return Done(find(tx, caller.project.id, earlier), replayed=True)
            _refuse(violations)
            generations.insert(tx, new)
            work.hasten(tx, KIND, new.id, to_micros(now))
            requests.store(tx, once, new.id, to_micros(now))
            return Done(new)

        done = await self._store.write(commit)
        if not done.replayed:
            self._worker.wake(KIND, new.id)
        return replace(done, resource=await self._settled(done.resource, wait))

    async def get(self, project_id: str, generation_id: str) -> Generation:
        """Reads a generation. Raises GENERATION_NOT_FOUND."""
        return await self._store.read(lambda tx: find(tx, project_id, generation_id))

    async def delete(self, project_id: str, generation_id: str) -> Generation:
        """Deletes a generation and breaks its work off; gives it as it was. Raises GENERATION_NOT_FOUND."""

        def commit(tx: Tx) -> Generation:
            generation = find(tx, project_id, generation_id)
            generations.delete(tx, generation_id)
            work.done(tx, KIND, generation_id)
            return generation

        generation = await self._store.write(commit)
        self._worker.cancel(KIND, generation_id)
        self._bus.publish(stream_of(generation_id))
        return generation

    async def list(
        self, project_id: str, fits: GenerationFilter, page: Page, *, with_total: bool = False
    ) -> Listing[Generation]:
        """Lists generations. Raises INVALID_PAGE_TOKEN."""
        return await self._store.read(
            lambda tx: generations.select_page(tx, project_id, fits, page, with_total=with_total)
        )

    async def _settled(self, generation: Generation, seconds: float) -> Generation:
        """Waits until a generation is done; the end of the wait, the server's or its deletion is no error."""
        if seconds <= 0 or generation.state not in OPEN:
            return generation
        end = time.monotonic() + seconds
        with self._bus.subscribe(stream_of(generation.id)) as subscription:
            while True:
                seen = await self._store.read(lambda tx: generations.get(tx, generation.id))
                left = end - time.monotonic()
                if seen is None or seen.state not in OPEN or left <= 0 or subscription.closed:
                    return seen or generation
                await subscription.wait(left)


def find(tx: Tx, project_id: str, generation_id: str) -> Generation:
    """Reads a generation of a project. Raises GENERATION_NOT_FOUND."""
    generation = generations.get(tx, generation_id, project_id)
    if generation is None:
        raise FlowGenError(
            Reason.GENERATION_NOT_FOUND,
            "There is no such generation in this project; ListGenerations names those that there are.",
            {"id": generation_id},
        )
    return generation


def _new(id: str, caller: Caller, draft: GenerationDraft, now: datetime) -> Generation:
    return Generation(
        id=id,
        project_id=caller.project.id,
        flow_type=draft.flow_type,
        parameters=draft.parameters,
        context=draft.context,
        state=GenerationState.QUEUED,
        create_time=now,
        update_time=now,
    )


def _refuse_wait(caller: Caller, draft: GenerationDraft) -> None:
    if draft.waits and caller.project.environment is not Environment.SANDBOX:
        raise FlowGenError(
            Reason.WAIT_NOT_AVAILABLE,
            "`wait` is only for sandbox projects; send the request without it and look again.",
        )


def _refuse(violations: Sequence[Violation]) -> None:
    if violations:
        raise FlowGenError(
            Reason.INVALID_ARGUMENT, "The generation is not valid; see the violations.", violations=violations
        )
