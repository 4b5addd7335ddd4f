"""Runs generations: up to three tries, each fenced, then a flow with its release or a failure, at once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flowgen_core.api import FlowType
from flowgen_core.model.chat import Failure
from flowgen_core.model.errors import FlowGenError
from flowgen_core.model.flow import Document, Flow, Release
from flowgen_core.model.generation import Generation, GenerationState
from flowgen_core.model.times import to_micros
from flowgen_core.runtime.bus import Bus
from flowgen_core.runtime.drafts import Checker, insert_flow, new_flow, refuse_errors, with_ids
from flowgen_core.runtime.generating import SECONDS, Failed, generate
from flowgen_core.runtime.releases import FIRST_VERSION
from flowgen_core.store import flows, generations, work
from flowgen_core.store.generations import KIND
from flowgen_core.store.store import Store
from flowgen_core.store.tx import Tx

PAUSES = (1.0, 5.0)
"""Seconds before the second and the third try."""
# Starts that crashes and full disks took count as well; no job is begun for ever.
MOST_STARTS = 10
OPEN = frozenset({GenerationState.QUEUED, GenerationState.PROCESSING})


@dataclass(frozen=True, slots=True)
class Tools:
    """What the work needs of the server; `poke` has the worker look at the clock again."""

    store: Store
    bus: Bus
    checker: Checker
    poke: Callable[[], None]
    clock: Callable[[], datetime]
    new_id: Callable[[], str]


class GenerationWork:
    """Looks at generations that are due."""

    def __init__(self, tools: Tools, flow_types: dict[str, FlowType], seconds: float = SECONDS) -> None:
        self._tools, self._types, self._seconds = tools, flow_types, seconds

    async def work(self, generation_id: str) -> None:
        """Makes one try of a generation that is due; what is not due or over is left alone."""
        now = self._tools.clock()
        begun = await self._tools.store.write(lambda tx: _begin(tx, generation_id, now))
        if begun is None:
            return
        self._tools.bus.publish(stream_of(generation_id))
        made = await generate(self._types, begun, self._seconds)
        if isinstance(made, Document):
            made = await self._checked(begun, made)
        await self._end(begun, made)

    async def give_up(self, generation_id: str) -> None:
        """Fails a generation that has ended the server's process too often."""
        now = self._tools.clock()
        failure = Failure("GENERATOR_ERROR", "The flow type ended the server's process three times.")
        await self._tools.store.write(lambda tx: _give_up(tx, generation_id, failure, now))
        self._tools.bus.publish(stream_of(generation_id))

    async def _checked(self, begun: Generation, document: Document) -> Document | Failed:
        made = with_ids(document, self._tools.new_id)
        problems = await self._tools.store.read(
            lambda tx: self._tools.checker.problems(tx, begun.project_id, made)
        )
        try:
            refuse_errors(problems)
        except FlowGenError as error:
            first = error.violations[0]
            text = f"What the flow type made is not valid: `{first.path}` {first.message}."
            return Failed(Failure("INVALID_FLOW", text), again=False)
        return made

    async def _end(self, begun: Generation, made: Document | Failed) -> None:
        now = self._tools.clock()
        if isinstance(made, Document):
            flow = replace(
                new_flow(self._tools.new_id(), begun.project_id, made, now), generation_id=begun.id
            )
            cost = self._types[begun.flow_type].cost
            await self._tools.store.write(lambda tx: _finish(tx, begun, flow, cost))
        else:
            await self._tools.store.write(lambda tx: _fail(tx, begun, made, now))
            self._tools.poke()
        self._tools.bus.publish(stream_of(begun.id))


def stream_of(generation_id: str) -> str:
    """Names the stream of a generation."""
    return f"generation/{generation_id}"


def failed(generation: Generation, failure: Failure, now: datetime) -> Generation:
    """Gives the generation as it is once it has failed for good: that costs nothing."""
    return replace(generation, state=GenerationState.FAILED, failure=failure, cost=0, update_time=now)


def _begin(tx: Tx, generation_id: str, now: datetime) -> Generation | None:
    old = generations.get(tx, generation_id)
    if old is None or old.state not in OPEN:
        work.done(tx, KIND, generation_id)
        return None
    if not generations.due(tx, generation_id, to_micros(now)):
        return None
    if old.attempt >= MOST_STARTS:
        failure = Failure("GENERATOR_ERROR", f"The generation was begun {MOST_STARTS} times and never ended.")
        _give_up(tx, generation_id, failure, now)
        return None
    changed = now if old.state is GenerationState.QUEUED else old.update_time
    new = replace(old, state=GenerationState.PROCESSING, attempt=old.attempt + 1, update_time=changed)
    generations.save(tx, new, old.attempt)
    return new


def _finish(tx: Tx, begun: Generation, flow: Flow, cost: int) -> None:
    done = replace(
        begun, state=GenerationState.FINISHED, flow_id=flow.id, cost=cost, update_time=flow.create_time
    )
    # A generation that was deleted meanwhile, or begun anew, takes no result of this try.
    if not generations.save(tx, done, begun.attempt):
        return
    insert_flow(tx, flow)
    flows.insert_release(tx, Release(flow.id, FIRST_VERSION, flow.revision_id, "", flow.create_time))
    work.done(tx, KIND, begun.id)


def _fail(tx: Tx, begun: Generation, made: Failed, now: datetime) -> None:
    if made.again and begun.attempt <= len(PAUSES):
        current = generations.get(tx, begun.id)
        if current is not None and current.attempt == begun.attempt:
            pause = timedelta(seconds=PAUSES[begun.attempt - 1])
            work.remind(tx, KIND, begun.id, to_micros(now + pause))
    elif generations.save(tx, failed(begun, made.failure, now), begun.attempt):
        work.done(tx, KIND, begun.id)


def _give_up(tx: Tx, generation_id: str, failure: Failure, now: datetime) -> None:
    old = generations.get(tx, generation_id)
    if old is not None and old.state in OPEN:
        generations.save(tx, failed(old, failure, now), old.attempt)
    work.done(tx, KIND, generation_id)
