import pytest

from flowgen_gateway.dialects.recrubo.errors import Refused
from flowgen_gateway.dialects.recrubo.paging import read_list, read_page
from flowgen_gateway.dialects.recrubo.query import Filter, ListQuery


class Rows:
    """A list of the core: the numbers from 0, its pages cut at `most` rows."""

    def __init__(self, total, most=1000):
        self.total, self.most, self.sizes = total, most, []

    async def fetch(self, size, token):
        self.sizes.append(size)
        start = int(token or 0)
        end = min(start + min(size, self.most), self.total)
        return list(range(start, end)), str(end) if end < self.total else "", 0 if token else self.total


async def test_the_first_page_takes_one_call():
    rows = Rows(60)
    assert await read_page(rows.fetch, ListQuery(25, 1)) == (list(range(25)), 60)
    assert rows.sizes == [25]


async def test_later_pages_are_reached_in_strides():
    rows = Rows(1000)
    assert await read_page(rows.fetch, ListQuery(50, 10)) == (list(range(450, 500)), 1000)
    assert rows.sizes == [200, 200, 50, 50]


async def test_the_last_page_may_be_short():
    assert await read_page(Rows(60).fetch, ListQuery(25, 3)) == (list(range(50, 60)), 60)


@pytest.mark.parametrize("most", [1, 3, 7, 30])
async def test_pages_that_the_core_ends_early_are_gone_on_with(most):
    assert await read_page(Rows(60, most).fetch, ListQuery(25, 2)) == (list(range(25, 50)), 60)


@pytest.mark.parametrize("number", [4, 5, 10**12])
async def test_a_page_beyond_the_last_has_no_rows(number):
    rows = Rows(60)
    assert await read_page(rows.fetch, ListQuery(25, number)) == ([], 60)
    assert len(rows.sizes) == 1


async def test_a_page_that_starts_10000_rows_deep_is_refused():
    rows = Rows(20_000)
    assert (await read_page(rows.fetch, ListQuery(200, 50)))[0] == list(range(9_800, 10_000))
    with pytest.raises(Refused) as caught:
        await read_page(rows.fetch, ListQuery(200, 51))
    (problem,) = caught.value.problems
    assert (problem.status, problem.code) == (400, "page_out_of_range")
    assert problem.source == {"parameter": "page[number]"}


async def test_only_a_filtered_list_counts_all_rows_apart():
    filtered, everything = Rows(3), Rows(60)
    plain = await read_list(everything.fetch, filtered.fetch, ListQuery())
    assert (plain[1:], filtered.sizes) == ((60, 60), [])
    query = ListQuery(filters=(Filter("status", "eq", "queued", "filter[status]"),))
    assert await read_list(filtered.fetch, everything.fetch, query) == ([0, 1, 2], 3, 60)


async def test_a_filter_that_nothing_can_fit_asks_for_the_whole_count_only():
    everything = Rows(60)
    query = ListQuery(filters=(Filter("status", "eq", "odd", "filter[status]"),))
    assert await read_list(None, everything.fetch, query) == ([], 0, 60)
    assert everything.sizes == [1]
