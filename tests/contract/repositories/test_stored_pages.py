"""Pages and transactions, whatever the store."""

import asyncio
import contextlib

import pytest

from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.store import projects
from flowgen_core.store.paging import OLDEST_FIRST, Order, Page, Query, select
from tests.support.rows import NOW, ODD, at, project, refused

BY_TIME = Query("SELECT * FROM projects WHERE account_id = ?", ("mine",))


@pytest.fixture
async def filled(store):
    """Ten projects; three share each time, so that the id must decide."""
    for number in range(10):
        made = project(f"n{number}", account_id="mine", create_time=at(number // 3))
        await store.write(lambda tx, made=made: projects.insert(tx, made))
    return store


async def walk(store, size, query=BY_TIME, **options):
    found, token = [], ""
    while True:
        page = await store.read(
            lambda tx, token=token: select(tx, query, Page.of(size, token), lambda row: row["id"], **options)
        )
        found.append(list(page.rows))
        token = page.next_token
        if not token:
            return found


@pytest.mark.parametrize("size", [1, 3, 4, 10, 1000])
@pytest.mark.parametrize("order", [Order(), OLDEST_FIRST, Order(("id",), (str,))])
async def test_pages_hold_every_row_once_in_order(filled, size, order):
    pages = await walk(filled, size, Query(BY_TIME.sql, BY_TIME.args, order))
    rows = [row for page in pages for row in page]
    expected = [f"n{number}" for number in range(10)]
    assert rows == (expected[::-1] if order.descending else expected)
    assert all(len(page) == size for page in pages[:-1])


async def test_rows_that_come_and_go_shift_no_page(filled):
    first = await filled.read(lambda tx: select(tx, BY_TIME, Page.of(4), lambda row: row["id"]))
    await filled.write(lambda tx: projects.insert(tx, project("new", account_id="mine", create_time=at(99))))
    await filled.write(lambda tx: tx.run("DELETE FROM projects WHERE id = ?", first.rows[-1]))
    rest = await filled.read(
        lambda tx: select(tx, BY_TIME, Page.of(99, first.next_token), lambda row: row["id"])
    )
    assert rest.rows == ("n5", "n4", "n3", "n2", "n1", "n0")


async def test_a_token_fits_its_own_list_only(filled):
    page = await filled.read(lambda tx: select(tx, BY_TIME, Page.of(4), lambda row: row["id"]))
    for query in (Query(BY_TIME.sql, ("other",)), Query(BY_TIME.sql, BY_TIME.args, OLDEST_FIRST)):
        with pytest.raises(FlowGenError) as caught:
            await filled.read(lambda tx, query=query: select(tx, query, Page(4, page.next_token), dict))
        assert caught.value.reason is Reason.INVALID_PAGE_TOKEN


@pytest.mark.parametrize("token", ["junk", "💥", "====", "W10", "bnVsbA", "\x00"])
async def test_what_is_no_token_is_refused(filled, token):
    with pytest.raises(FlowGenError) as caught:
        await filled.read(lambda tx: select(tx, BY_TIME, Page(4, token), dict))
    assert caught.value.reason is Reason.INVALID_PAGE_TOKEN


async def test_heavy_rows_end_a_page_early_and_none_is_lost(filled):
    pages = await walk(filled, 1000, weigh=lambda row: 1_000_000)
    assert [len(page) for page in pages] == [3, 3, 3, 1]


async def test_all_rows_are_counted_on_every_page(filled):
    page = await filled.read(lambda tx: select(tx, BY_TIME, Page.of(3), dict, with_total=True))
    assert page.total == 10


# Transactions.


async def test_a_transaction_is_whole_or_nothing(store):
    def break_off(tx):
        projects.insert(tx, project("p8"))
        projects.update(tx, project("p1", name="Changed"))
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await store.write(break_off)
    assert await store.read(lambda tx: projects.get(tx, "p8")) is None
    assert (await store.read(lambda tx: projects.get(tx, "p1"))).name == "Project p1"


async def test_one_that_fails_takes_no_other_with_it(store):
    def add(number):
        def fn(tx):
            projects.insert(tx, project(f"n{number}"))
            if number % 2:
                raise ValueError
            return number

        return fn

    answers = await asyncio.gather(*(store.write(add(n)) for n in range(20)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [int, ValueError] * 10
    stored = await store.read(lambda tx: tx.all("SELECT id FROM projects WHERE id LIKE 'n%'"))
    assert {row["id"] for row in stored} == {f"n{n}" for n in range(0, 20, 2)}


async def test_what_a_write_has_answered_every_read_sees(store):
    for number in range(20):
        await store.write(lambda tx, n=number: projects.update(tx, project("p1", name=str(n))))
        seen = await asyncio.gather(*(store.read(lambda tx: projects.get(tx, "p1").name) for _ in range(4)))
        assert set(seen) == {str(number)}


async def test_a_writer_sees_its_own_changes(store):
    def twice(tx):
        projects.update(tx, project("p1", name="One"))
        return projects.get(tx, "p1").name

    assert await store.write(twice) == "One"


async def test_writers_at_the_same_time_lose_no_change(store):
    def count(tx):
        seen = int(projects.get(tx, "p1").account_id.removeprefix("account") or 0)
        projects.update(tx, project("p1", account_id=str(seen + 1)))

    await asyncio.gather(*(store.write(count) for _ in range(100)))
    assert (await store.read(lambda tx: projects.get(tx, "p1"))).account_id == "100"


async def test_a_caller_that_is_cancelled_does_not_cancel_its_commit(store):
    task = asyncio.create_task(store.write(lambda tx: projects.insert(tx, project("p8"))))
    await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await store.write(lambda tx: None)
    assert await store.read(lambda tx: projects.get(tx, "p8")) is not None


async def test_a_reader_cannot_write(store):
    with refused():
        await store.read(lambda tx: projects.insert(tx, project("p8")))
    assert await store.read(lambda tx: projects.get(tx, "p8")) is None


async def test_text_and_times_come_back_to_the_last_bit(store):
    made = project("p8", name=ODD * 1000, create_time=NOW, update_time=at(0.000001))
    await store.write(lambda tx: projects.insert(tx, made))
    assert await store.read(lambda tx: projects.get(tx, "p8")) == made
