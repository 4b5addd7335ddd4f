"""Runs and moves, generations, and work."""

from dataclasses import replace

import pytest

from flowgen_core.model.chat import Author, Failure
from flowgen_core.model.generation import GenerationState
from flowgen_core.model.outcomes import WaitKind
from flowgen_core.model.run import Cursor, Frame, MoveOutcome, Pending, RunState
from flowgen_core.store import chats, generations, messages, runs, work
from flowgen_core.store.generations import GenerationFilter
from flowgen_core.store.paging import Page
from flowgen_core.store.runs import RunFilter
from flowgen_core.store.work import Work
from tests.support.rows import ODD, at, chat, generation, message, move, run


@pytest.fixture(autouse=True)
async def talk(store):
    await store.write(lambda tx: chats.insert(tx, chat()))


async def stored(store, *made):
    for one in made:
        await store.write(lambda tx, one=one: runs.insert(tx, one))
    return made[0]


def get(store, run_id="r1", project_id=None, **options):
    return store.read(lambda tx: runs.get(tx, run_id, project_id, **options))


WAITS = Pending(WaitKind.INPUT, "ask", 3, "Name?", "Critic", at(60), {"tries": 1, "x": [None, 7.0, ODD]}, 2)
DEEP = Cursor((Frame("d1", "", 3, {"2": 4}), Frame("d2", "s1", 1)), WAITS, 7, 5, "s1", ("s2", "s3"))


# Runs.


async def test_a_run_is_read_as_it_was_written(store):
    full = run(
        cursor=DEEP,
        turn=4,
        input='{"a":7.0}',
        output='{"b":null}',
        variables='{"c":[]}',
        end_reason=ODD,
        failure=Failure("INTERNAL", ODD, "a1"),
        message_id="m1",
        session_until=at(99),
        start_time=at(1),
        end_time=at(2),
    )
    await stored(store, full)
    assert await get(store) == full


async def test_a_run_is_of_one_project(store):
    await stored(store, run())
    assert await get(store, project_id="p1") is not None
    assert await get(store, project_id="p2") is None
    assert await get(store, "r9") is None
    assert await store.read(lambda tx: runs.turn_of(tx, "r9")) is None


async def test_a_saved_run_keeps_what_it_began_with(store):
    await stored(store, run())
    changed = run(
        state=RunState.COMPLETED, turn=1, output="{}", end_time=at(3), update_time=at(3), cursor=DEEP
    )
    await store.write(
        lambda tx: runs.save(tx, replace(changed, created_by="k9", create_time=at(9), input="[]"))
    )
    assert await get(store) == changed
    assert await store.read(lambda tx: runs.turn_of(tx, "r1")) == 1


async def test_moves_are_read_in_order_with_what_the_run_said(store):
    await stored(store, run())
    said = [message(f"m{n}", run_id="r1", seq=n) for n in (2, 1)]
    heard = message("m3", run_id="r1", seq=3, author=Author.USER)
    await store.write(lambda tx: messages.insert_all(tx, [*said, heard]))
    made = [
        move(10, outcome=MoveOutcome.DONE),
        move(2, outcome=MoveOutcome.FAILED, message=ODD, option='{"text":"x"}', next_id="a9"),
        move(11),
    ]
    await store.write(lambda tx: runs.save_moves(tx, made))
    whole = await get(store, with_moves=True)
    assert whole.moves == (made[1], made[0], made[2])
    assert whole.message_ids == ("m1", "m2")
    assert (await get(store)).moves == ()


async def test_a_move_that_waited_is_written_again_with_its_outcome(store):
    await stored(store, run())
    await store.write(lambda tx: runs.save_moves(tx, [move(1, option='{"n":1}')]))
    again = move(1, option='{"n":2}', outcome=MoveOutcome.DONE, message="ok", arrive_time=at(500))
    await store.write(lambda tx: runs.save_moves(tx, [again, move(2)]))
    first, second = (await get(store, with_moves=True)).moves
    # It arrived when it first did.
    assert first == replace(again, arrive_time=at(1))
    assert second == move(2)


async def test_no_moves_are_no_statement(store):
    await stored(store, run())
    await store.write(lambda tx: runs.save_moves(tx, []))
    assert (await get(store, with_moves=True)).moves == ()


async def test_runs_are_listed_newest_first_by_chat_flow_and_time(store):
    made = [run(f"r{n}", chat_id=f"c{n % 2}", flow_id=f"f{n // 2}", create_time=at(n)) for n in range(4)]
    await stored(store, *made, run("other", "p2"))

    async def ids(**fits):
        return [
            one.id
            for one in (
                await store.read(lambda tx: runs.select_page(tx, "p1", RunFilter(**fits), Page()))
            ).rows
        ]

    assert await ids() == ["r3", "r2", "r1", "r0"]
    assert await ids(chat_id="c1") == ["r3", "r1"]
    assert await ids(flow_id="f0") == ["r1", "r0"]
    assert await ids(chat_id="c1", flow_id="f0") == ["r1"]
    assert await ids(created_from=at(1), created_to=at(3)) == ["r2", "r1"]


async def test_runs_are_paged_counted_and_filled(store):
    await stored(store, *(run(f"r{n}", create_time=at(n)) for n in range(5)))
    await store.write(lambda tx: runs.save_moves(tx, [move(1, "r4"), move(1, "r0")]))
    first = await store.read(
        lambda tx: runs.select_page(tx, "p1", RunFilter(with_moves=True), Page.of(3), with_total=True)
    )
    second = await store.read(
        lambda tx: runs.select_page(tx, "p1", RunFilter(with_moves=True), Page.of(3, first.next_token))
    )
    found = [*first.rows, *second.rows]
    assert [one.id for one in found] == ["r4", "r3", "r2", "r1", "r0"]
    assert [len(one.moves) for one in found] == [1, 0, 0, 0, 1]
    assert (first.total, second.next_token) == (5, "")


# Generations.


def read_generation(store, id="g1", project_id=None):
    return store.read(lambda tx: generations.get(tx, id, project_id))


async def made_generations(store, *made):
    for one in made:
        await store.write(lambda tx, one=one: generations.insert(tx, one))


@pytest.mark.parametrize("context", [None, "", "null", '{"type":"text"}'])
async def test_a_generation_is_read_as_it_was_written(store, context):
    made = generation(parameters=f'{{"x":"{"y" * 10}"}}', context=context)
    await made_generations(store, made)
    assert await read_generation(store) == made
    assert await read_generation(store, project_id="p2") is None


async def test_only_the_try_that_counts_may_change_a_generation(store):
    await made_generations(store, generation())
    begun = generation(state=GenerationState.PROCESSING, attempt=1, update_time=at(1))
    assert await store.write(lambda tx: generations.save(tx, begun, 0))
    late = generation(state=GenerationState.FAILED, failure=Failure("TIMEOUT", ODD), attempt=1)
    assert not await store.write(lambda tx: generations.save(tx, late, 0))
    assert await read_generation(store) == begun
    done = replace(begun, state=GenerationState.FINISHED, flow_id="f1", cost=3, update_time=at(2))
    assert await store.write(lambda tx: generations.save(tx, done, 1))
    assert await read_generation(store) == done


async def test_a_failed_generation_says_why_until_it_is_tried_again(store):
    await made_generations(store, generation())
    failed = generation(state=GenerationState.FAILED, failure=Failure("GENERATOR_ERROR", ODD))
    await store.write(lambda tx: generations.save(tx, failed, 0))
    assert await read_generation(store) == failed
    await store.write(lambda tx: generations.save(tx, generation(), 0))
    assert await read_generation(store) == generation()


async def test_a_generation_is_due_when_its_reminder_is(store):
    await made_generations(store, generation())
    assert not await store.read(lambda tx: generations.due(tx, "g1", 100))
    await store.write(lambda tx: work.remind(tx, generations.KIND, "g1", 100))
    assert await store.read(lambda tx: generations.due(tx, "g1", 100))
    assert not await store.read(lambda tx: generations.due(tx, "g1", 99))


async def test_a_deleted_generation_is_gone(store):
    await made_generations(store, generation(), generation("g2"))
    await store.write(lambda tx: generations.delete(tx, "g1"))
    assert await read_generation(store) is None
    assert await read_generation(store, "g2") is not None


async def test_generations_are_found_by_state_type_flow_and_time(store):
    await made_generations(
        store,
        generation("g1", flow_type="Vacancy", create_time=at(1)),
        generation("g2", flow_type="vacancy", create_time=at(2)),
        generation("g3", flow_type="other", create_time=at(3)),
        generation("g4", "p2"),
    )
    finished = generation("g2", state=GenerationState.FINISHED, flow_id="f1")
    await store.write(lambda tx: generations.save(tx, finished, 0))

    async def ids(**fits):
        return [
            one.id
            for one in (
                await store.read(
                    lambda tx: generations.select_page(tx, "p1", GenerationFilter(**fits), Page())
                )
            ).rows
        ]

    assert await ids() == ["g3", "g2", "g1"]
    assert await ids(oldest_first=True) == ["g1", "g2", "g3"]
    assert await ids(states=(GenerationState.FINISHED,)) == ["g2"]
    assert await ids(states=(GenerationState.FINISHED, GenerationState.QUEUED)) == ["g3", "g2", "g1"]
    assert await ids(flow_types=("vacancy",)) == ["g2"]
    assert await ids(flow_types=("VACANCY", "other"), ignore_case=True) == ["g3", "g2", "g1"]
    assert await ids(flow_ids=("f1", "f2")) == ["g2"]
    assert await ids(create_time_from=at(2), create_time_to=at(3)) == ["g2"]


async def test_generations_are_paged_and_counted(store):
    await made_generations(store, *(generation(f"g{n}", create_time=at(n)) for n in range(5)))
    fits = GenerationFilter()
    first = await store.read(lambda tx: generations.select_page(tx, "p1", fits, Page.of(3), with_total=True))
    second = await store.read(
        lambda tx: generations.select_page(tx, "p1", fits, Page.of(3, first.next_token))
    )
    assert [one.id for one in (*first.rows, *second.rows)] == ["g4", "g3", "g2", "g1", "g0"]
    assert (first.total, second.next_token) == (5, "")


# Work.


async def due(store, now=1000, most=100):
    return [
        (one.kind, one.key, one.due_at, one.attempts)
        for one in await store.read(lambda tx: work.due(tx, now, most))
    ]


async def test_work_is_due_at_its_time_the_oldest_first(store):
    for key, when in (("b", 20), ("a", 10), ("c", 30)):
        await store.write(lambda tx, key=key, when=when: work.remind(tx, "turn", key, when))
    assert [one[1] for one in await due(store, 20)] == ["a", "b"]
    assert [one[1] for one in await due(store, 30, 1)] == ["a"]
    assert await due(store, 9) == []
    assert await store.read(lambda tx: work.due(tx, 10)) == [Work("turn", "a", 10, 0)]


async def test_the_next_time_after_now_is_known(store):
    assert await store.read(lambda tx: work.next_due(tx, 0)) is None
    for key, when in (("a", 10), ("b", 20)):
        await store.write(lambda tx, key=key, when=when: work.remind(tx, "turn", key, when))
    nexts = [await store.read(lambda tx, now=now: work.next_due(tx, now)) for now in (0, 10, 20)]
    assert nexts == [10, 20, None]


async def test_there_is_one_reminder_for_each_thing(store):
    await store.write(lambda tx: work.remind(tx, "turn", "a", 10))
    await store.write(lambda tx: work.note_attempt(tx, "turn", "a"))
    await store.write(lambda tx: work.remind(tx, "purge", "a", 30))
    assert await due(store) == [("turn", "a", 10, 1), ("purge", "a", 30, 0)]
    await store.write(lambda tx: work.remind(tx, "turn", "a", 50))
    assert await due(store) == [("purge", "a", 30, 0), ("turn", "a", 50, 0)]


async def test_to_hasten_never_delays_and_keeps_the_attempts(store):
    await store.write(lambda tx: work.hasten(tx, "turn", "a", 50))
    await store.write(lambda tx: work.note_attempt(tx, "turn", "a"))
    await store.write(lambda tx: work.hasten(tx, "turn", "a", 70))
    assert await due(store) == [("turn", "a", 50, 1)]
    await store.write(lambda tx: work.hasten(tx, "turn", "a", 20))
    assert await due(store) == [("turn", "a", 20, 1)]


async def test_work_that_is_done_is_gone(store):
    await store.write(lambda tx: work.remind(tx, "turn", "a", 10))
    await store.write(lambda tx: work.remind(tx, "turn", "b", 10))
    await store.write(lambda tx: work.done(tx, "turn", "a"))
    await store.write(lambda tx: work.done(tx, "turn", "a"))
    assert [one[1] for one in await due(store)] == ["b"]
