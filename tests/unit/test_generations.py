"""Generations over a real store: the worker's handler is called by hand, and no time passes by itself."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from support_flows import House, caller, once

from flowgen_core.api import FlowType, GenerationContext
from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.model.generation import Generation, GenerationState
from flowgen_core.model.project import Environment
from flowgen_core.model.times import to_micros
from flowgen_core.runtime.bus import Bus
from flowgen_core.runtime.generation_work import MOST_STARTS, GenerationWork, Tools, stream_of
from flowgen_core.runtime.generations import GenerationDraft, Generations
from flowgen_core.runtime.worker import Worker
from flowgen_core.store import generations, work
from flowgen_core.store.flow_filters import FlowFilter
from flowgen_core.store.generations import KIND, GenerationFilter
from flowgen_core.store.paging import Page


class Greeting(FlowType):
    """Writes a flow that greets, or whatever the test wants."""

    name = "greeting"
    cost = 3

    class Parameters(BaseModel):
        who: str

    class Context(BaseModel):
        text: str

    def __init__(self) -> None:
        self.answers: list[object] = []
        self.calls = 0
        self.begun = asyncio.Event()

    async def generate(self, ctx: GenerationContext, parameters: Any, context: Any) -> Mapping[str, Any]:
        self.calls += 1
        self.begun.set()
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, asyncio.Event):
            await answer.wait()
        elif answer is not None:
            return answer  # type: ignore[return-value]  # also what no flow type should give
        return {"name": parameters.who, "actions": [{"type": "talk", "option": {"text": "Hello"}}]}


class Hall:
    def __init__(self, house: House) -> None:
        self.house, self.clock = house, house.clock
        self.bus, self.worker = Bus(), Worker(house.store, house.clock)
        self.type = Greeting()
        self.types: dict[str, FlowType] = {"greeting": self.type}
        tools = Tools(house.store, self.bus, house.checker, self.worker.poke, house.clock, house.new_id)
        self.work = GenerationWork(tools, self.types, seconds=60)
        self.hasty = GenerationWork(tools, self.types, seconds=0)
        self.worker.handle(KIND, self.work.work, self.work.give_up)
        self.generations = Generations(
            house.store, self.bus, self.worker, self.types, house.clock, house.new_id
        )

    async def get(self, id: str) -> Generation:
        return await self.generations.get("p1", id)

    async def due_in(self, id: str) -> float | None:
        now = to_micros(self.clock.now)
        left = await self.house.store.read(lambda tx: work.due(tx, now + 10**9))
        return next(((item.due_at - now) / 1e6 for item in left if item.key == id), None)

    async def flows(self) -> list[Any]:
        return list((await self.house.flows.list("p1", FlowFilter(), Page())).rows)


DRAFT = GenerationDraft("greeting", '{"who":  "Ada"}', '{"text": "x"}')


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    hall = Hall(await House(tmp_path).fill())
    yield hall
    await hall.worker.stop()
    hall.house.store.close()


class _Idle(Worker):
    """A worker that does nothing, so that tests call the handler themselves."""

    def wake(self, kind: str, key: str) -> None:
        pass


@pytest.fixture
def quiet(hall: Hall) -> Hall:
    hall.generations = Generations(
        hall.house.store,
        hall.bus,
        _Idle(hall.house.store, hall.clock),
        hall.types,
        hall.clock,
        hall.house.new_id,
    )
    return hall


async def made(hall: Hall) -> Generation:
    return (await hall.generations.create(caller(), DRAFT)).resource


async def refused(call: Any) -> FlowGenError:
    with pytest.raises(FlowGenError) as caught:
        await call
    return caught.value


async def test_a_generation_is_queued_then_finished_with_a_released_flow(quiet: Hall) -> None:
    generation = await made(quiet)
    assert generation.state is GenerationState.QUEUED and generation.cost is None
    await quiet.work.work(generation.id)
    done = await quiet.get(generation.id)
    assert (done.state, done.cost, done.failure) == (GenerationState.FINISHED, 3, None)
    assert done.parameters == '{"who":  "Ada"}' and done.update_time > generation.update_time
    flow = await quiet.house.flows.get("p1", done.flow_id)
    assert (flow.document.name, flow.generation_id, flow.release_version) == ("Ada", generation.id, "1.0.0")
    assert not flow.has_unreleased_changes and flow.document.actions[0].id
    assert await quiet.due_in(generation.id) is None


async def test_the_worker_is_woken_and_a_wait_ends_with_the_work(hall: Hall) -> None:
    done = await hall.generations.create(caller(), DRAFT, wait=30)
    assert done.resource.state is GenerationState.FINISHED


async def test_a_wait_that_is_over_answers_with_the_state_as_it_is(quiet: Hall) -> None:
    done = await quiet.generations.create(caller(), DRAFT, wait=0.01)
    assert done.resource.state is GenerationState.QUEUED


async def test_a_server_that_drains_ends_every_wait(quiet: Hall) -> None:
    quiet.bus.close()
    done = await quiet.generations.create(caller(), DRAFT, wait=30)
    assert done.resource.state is GenerationState.QUEUED


async def test_a_wait_in_production_is_refused_before_anything_is_judged(quiet: Hall) -> None:
    draft = GenerationDraft("nope", "{", waits=True)
    error = await refused(quiet.generations.create(caller(environment=Environment.PRODUCTION), draft))
    assert error.reason is Reason.WAIT_NOT_AVAILABLE


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        (
            GenerationDraft("nope", "{}"),
            [("flow_type", "UNKNOWN_FLOW_TYPE", "is not known; known: greeting")],
        ),
        (
            GenerationDraft("", ""),
            [("flow_type", "REQUIRED", "is required"), ("parameters", "REQUIRED", "is required")],
        ),
        (GenerationDraft("greeting", ""), [("parameters", "REQUIRED", "is required")]),
        (
            GenerationDraft("greeting", "{}", "{}"),
            [("context.text", "REQUIRED", "is required"), ("parameters.who", "REQUIRED", "is required")],
        ),
    ],
)
async def test_what_is_wrong_is_named_at_once(
    quiet: Hall, draft: GenerationDraft, expected: list[Any]
) -> None:
    error = await refused(quiet.generations.create(caller(), draft))
    assert error.reason is Reason.INVALID_ARGUMENT
    assert [(one.path, one.reason, one.message) for one in error.violations] == expected


async def test_texts_that_are_no_json_are_both_named(quiet: Hall) -> None:
    error = await refused(quiet.generations.create(caller(), GenerationDraft("greeting", "{", "NaN")))
    assert [(one.path, one.reason) for one in error.violations] == [
        ("parameters", "INVALID_JSON"),
        ("context", "INVALID_JSON"),
    ]


async def test_validate_only_stores_nothing(quiet: Hall) -> None:
    draft = GenerationDraft("greeting", '{"who": "Ada"}', validate_only=True)
    assert (await quiet.generations.create(caller(), draft)).resource.id == ""
    assert (await quiet.generations.list("p1", GenerationFilter(), Page())).rows == ()


async def test_the_same_request_makes_one_generation(quiet: Hall) -> None:
    first = await quiet.generations.create(caller(), DRAFT, once=once())
    await quiet.work.work(first.resource.id)
    second = await quiet.generations.create(caller(), DRAFT, once=once())
    assert second.replayed and second.resource == await quiet.get(first.resource.id)
    assert len(await quiet.flows()) == 1


async def test_an_exception_is_tried_three_times_with_pauses(quiet: Hall) -> None:
    quiet.type.answers = [ValueError("secret"), KeyError(), RuntimeError("secret")]
    generation = await made(quiet)
    for pause in (1, 5):
        await quiet.work.work(generation.id)
        assert (await quiet.get(generation.id)).state is GenerationState.PROCESSING
        assert await quiet.due_in(generation.id) == pytest.approx(pause, abs=0.001)
        calls = quiet.type.calls
        await quiet.work.work(generation.id)
        assert quiet.type.calls == calls, "a wake that comes early does nothing"
        quiet.clock.pass_by(pause)
    await quiet.work.work(generation.id)
    gone = await quiet.get(generation.id)
    assert gone.state is GenerationState.FAILED and gone.cost == 0 and gone.flow_id == ""
    assert gone.failure and gone.failure.reason == "GENERATOR_ERROR" and "secret" not in gone.failure.message
    assert await quiet.due_in(generation.id) is None and await quiet.flows() == []


async def test_a_later_try_may_succeed(quiet: Hall) -> None:
    quiet.type.answers = [ValueError()]
    generation = await made(quiet)
    await quiet.work.work(generation.id)
    quiet.clock.pass_by(1)
    await quiet.work.work(generation.id)
    assert (await quiet.get(generation.id)).state is GenerationState.FINISHED


async def test_a_try_that_takes_too_long_times_out(quiet: Hall) -> None:
    generation = await made(quiet)
    for _ in range(3):
        quiet.type.answers = [asyncio.Event()]
        await quiet.hasty.work(generation.id)
        quiet.clock.pass_by(5)
    failure = (await quiet.get(generation.id)).failure
    assert failure and failure.reason == "TIMEOUT"


@pytest.mark.parametrize(
    "answer",
    [
        {"actions": [{"type": "nope"}]},
        {"actions": "x"},
        [],
        {"name": object()},
        {"actions": [{"type": "talk", "option": {}}]},
    ],
)
async def test_a_document_that_is_not_valid_fails_at_once(quiet: Hall, answer: object) -> None:
    quiet.type.answers = [answer]
    generation = await made(quiet)
    await quiet.work.work(generation.id)
    gone = await quiet.get(generation.id)
    assert gone.failure and gone.failure.reason == "INVALID_FLOW" and gone.cost == 0


async def test_a_flow_type_that_is_gone_fails_the_generation(quiet: Hall) -> None:
    generation = await made(quiet)
    quiet.types.clear()
    await quiet.work.work(generation.id)
    failure = (await quiet.get(generation.id)).failure
    assert failure and failure.reason == "FLOW_TYPE_UNAVAILABLE"


async def test_a_generation_that_kills_the_process_is_given_up(quiet: Hall) -> None:
    generation = await made(quiet)
    await quiet.work.give_up(generation.id)
    gone = await quiet.get(generation.id)
    assert gone.failure and gone.failure.reason == "GENERATOR_ERROR"
    assert await quiet.due_in(generation.id) is None


async def test_no_generation_is_begun_for_ever(quiet: Hall) -> None:
    generation = await made(quiet)
    started = Generation(
        **{**_fields(generation), "attempt": MOST_STARTS, "state": GenerationState.PROCESSING}
    )
    await quiet.house.store.write(lambda tx: generations.save(tx, started, 0))
    await quiet.work.work(generation.id)
    assert (await quiet.get(generation.id)).state is GenerationState.FAILED and quiet.type.calls == 0


async def test_a_crash_is_made_good_without_going_back_to_queued(quiet: Hall) -> None:
    gate = asyncio.Event()
    quiet.type.answers = [gate]
    generation = await made(quiet)
    task = asyncio.create_task(quiet.work.work(generation.id))
    await quiet.type.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await quiet.get(generation.id)).state is GenerationState.PROCESSING
    await quiet.work.work(generation.id)
    assert (await quiet.get(generation.id)).state is GenerationState.FINISHED


async def test_a_late_try_changes_nothing(quiet: Hall) -> None:
    gate = asyncio.Event()
    quiet.type.answers = [gate]
    generation = await made(quiet)
    late = asyncio.create_task(quiet.work.work(generation.id))
    await quiet.type.begun.wait()
    await quiet.work.work(generation.id)
    done = await quiet.get(generation.id)
    gate.set()
    await late
    assert await quiet.get(generation.id) == done and len(await quiet.flows()) == 1


async def test_the_result_of_a_deleted_generation_is_thrown_away(quiet: Hall) -> None:
    gate = asyncio.Event()
    quiet.type.answers = [gate]
    generation = await made(quiet)
    task = asyncio.create_task(quiet.work.work(generation.id))
    await quiet.type.begun.wait()
    gone = await quiet.generations.delete("p1", generation.id)
    assert gone.state is GenerationState.PROCESSING
    gate.set()
    await task
    assert await quiet.flows() == []
    assert (
        await refused(quiet.generations.delete("p1", generation.id))
    ).reason is Reason.GENERATION_NOT_FOUND


async def test_a_queued_generation_that_is_deleted_never_runs(quiet: Hall) -> None:
    generation = await made(quiet)
    await quiet.generations.delete("p1", generation.id)
    await quiet.work.work(generation.id)
    assert quiet.type.calls == 0 and await quiet.due_in(generation.id) is None


async def test_the_flow_of_a_deleted_generation_stays(quiet: Hall) -> None:
    generation = await made(quiet)
    await quiet.work.work(generation.id)
    await quiet.generations.delete("p1", generation.id)
    assert [flow.generation_id for flow in await quiet.flows()] == [generation.id]


async def test_every_change_wakes_those_who_watch(quiet: Hall) -> None:
    generation = await made(quiet)
    with quiet.bus.subscribe(stream_of(generation.id)) as subscription:
        await quiet.work.work(generation.id)
        await asyncio.wait_for(subscription.wait(), 1)


async def test_another_projects_generation_is_not_found(quiet: Hall) -> None:
    generation = await made(quiet)
    assert (await refused(quiet.generations.get("p2", generation.id))).reason is Reason.GENERATION_NOT_FOUND
    assert (
        await refused(quiet.generations.delete("p2", generation.id))
    ).reason is Reason.GENERATION_NOT_FOUND


async def test_lists_are_filtered(quiet: Hall) -> None:
    first, second = await made(quiet), await made(quiet)
    await quiet.work.work(first.id)
    done = await quiet.get(first.id)

    async def ids(**filters: Any) -> list[str]:
        listing = await quiet.generations.list("p1", GenerationFilter(**filters), Page())
        return [generation.id for generation in listing.rows]

    assert await ids() == [second.id, first.id]
    assert await ids(oldest_first=True) == [first.id, second.id]
    assert await ids(states=(GenerationState.FINISHED,)) == [first.id]
    assert await ids(states=(GenerationState.FINISHED, GenerationState.QUEUED)) == [second.id, first.id]
    assert await ids(flow_types=("Greeting",)) == []
    assert await ids(flow_types=("x", "Greeting"), ignore_case=True) == [second.id, first.id]
    assert await ids(flow_ids=(done.flow_id,)) == [first.id]
    assert await ids(create_time_from=first.create_time, create_time_to=second.create_time) == [first.id]


def _fields(generation: Generation) -> dict[str, Any]:
    return {name: getattr(generation, name) for name in generation.__dataclass_fields__}
