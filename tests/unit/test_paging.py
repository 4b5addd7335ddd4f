"""Pages by keyset: no row twice, no row lost, and no token that fits another list."""

import base64
from pathlib import Path

import orjson
import pytest

from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.store.paging import OLDEST_FIRST, Order, Page, Query, select
from flowgen_core.store.store import Store

PROJECT = {"name": "p", "environment": "SANDBOX", "account_id": "a", "update_time": 0}
ALL = Query("SELECT * FROM projects WHERE account_id = ?", ("a",))


@pytest.fixture
async def store(tmp_path: Path):
    store = Store(tmp_path)
    store.open()
    yield store
    store.close()


async def fill(store: Store, count: int) -> None:
    # Three rows share each time, so that the id must decide.
    rows = [{"id": f"{number:03}", "create_time": number // 3, **PROJECT} for number in range(count)]
    await store.write(lambda tx: tx.insert_all("projects", rows))


async def page_of(store: Store, page: Page, query: Query = ALL, **options):
    return await store.read(lambda tx: select(tx, query, page, lambda row: row["id"], **options))


async def pages(store: Store, size: int, query: Query = ALL) -> list[tuple[str, ...]]:
    found, token = [], ""
    while True:
        listing = await page_of(store, Page.of(size, token), query)
        found.append(listing.rows)
        token = listing.next_token
        if not token:
            return found


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10, 11])
@pytest.mark.parametrize("newest_first", [True, False])
async def test_pages_hold_every_row_once_in_order(store, size, newest_first):
    await fill(store, 10)
    query = ALL if newest_first else Query(ALL.sql, ALL.args, OLDEST_FIRST)
    found = [row for page in await pages(store, size, query) for row in page]
    ids = [f"{number:03}" for number in range(10)]
    assert found == (ids[::-1] if newest_first else ids)


async def test_a_full_last_page_gives_no_token(store):
    await fill(store, 4)
    assert [len(page) for page in await pages(store, 2)] == [2, 2]


async def test_rows_added_while_paging_shift_nothing(store):
    await fill(store, 6)
    first = await page_of(store, Page.of(3))
    await store.write(lambda tx: tx.insert("projects", id="new", create_time=99, **PROJECT))
    second = await page_of(store, Page.of(3, first.next_token))
    assert (first.rows, second.rows) == (("005", "004", "003"), ("002", "001", "000"))


async def test_a_list_of_other_columns_is_paged_by_them(store):
    await fill(store, 5)
    query = Query(
        "SELECT p.* FROM projects p WHERE p.account_id = ?", ("a",), Order(("p.id",), (str,), False)
    )
    assert [row for page in await pages(store, 2, query) for row in page] == [
        "000",
        "001",
        "002",
        "003",
        "004",
    ]


async def test_the_total_counts_all_pages(store):
    await fill(store, 5)
    assert (await page_of(store, Page.of(2), with_total=True)).total == 5
    assert (await page_of(store, Page.of(2))).total == 0


async def test_a_page_of_heavy_rows_ends_before_the_message_is_too_large(store):
    await fill(store, 50)
    listing = await page_of(store, Page.of(1000), weigh=lambda row: 100_000)
    assert len(listing.rows) == 31
    after = await page_of(store, Page.of(1000, listing.next_token), weigh=lambda row: 100_000)
    assert (len(after.rows), after.next_token) == (19, "")


async def test_a_row_heavier_than_a_page_is_still_given(store):
    await fill(store, 2)
    listing = await page_of(store, Page.of(10), weigh=lambda row: 5_000_000)
    assert len(listing.rows) == 1
    assert listing.next_token


@pytest.mark.parametrize(("asked", "given"), [(0, 50), (1, 1), (1000, 1000), (1001, 1000), (2**31 - 1, 1000)])
def test_the_size_of_a_page_has_a_default_and_an_upper_limit(asked, given):
    assert Page.of(asked).size == given


def test_a_negative_size_is_refused():
    with pytest.raises(FlowGenError) as caught:
        Page.of(-1)
    assert [violation.path for violation in caught.value.violations] == ["page_size"]


def forged(*parts: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(list(parts))).decode().rstrip("=")


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "é",
        "====",
        "\ud800",
        "AAAA",
        "bnVsbA",
        "e30",
        "MQ",
        "W10",
        "a" * 100_000,
        forged("x", 1, "a"),
        forged(),
    ],
)
async def test_junk_is_no_token(store, token):
    await refuses(store, token)


async def test_a_token_with_a_key_of_another_kind_is_refused(store):
    await fill(store, 2)
    token = (await page_of(store, Page.of(1))).next_token
    mark = orjson.loads(base64.urlsafe_b64decode(token + "=="[: -len(token) % 4]))[0]
    for key in (
        ["a", "b"],
        [1],
        [1, 2],
        [True, "a"],
        [None, "a"],
        [1.5, "a"],
        [2**63, "a"],
        [1, "a\0"],
        [1, "a", 2],
    ):
        await refuses(store, forged(mark, *key))


async def test_a_token_of_another_filter_or_order_is_refused(store):
    await fill(store, 2)
    token = (await page_of(store, Page.of(1))).next_token
    await refuses(store, token, Query(ALL.sql, ("b",)))
    await refuses(store, token, Query(ALL.sql, ALL.args, OLDEST_FIRST))


async def refuses(store: Store, token: str, query: Query = ALL) -> None:
    with pytest.raises(FlowGenError) as caught:
        await page_of(store, Page.of(1, token), query)
    assert caught.value.reason is Reason.INVALID_PAGE_TOKEN
