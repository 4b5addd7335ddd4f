"""The store's two doors on real files: what is acknowledged is there, and what fails fails alone."""

import asyncio
import json
import subprocess
import sys
import threading
from contextlib import asynccontextmanager

import apsw
import pytest

from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.store.sqlite import FILE
from flowgen_core.store.store import Store
from tests.reliability.sick_disk import sick_disk
from tests.support.servers import ROOT

pytestmark = pytest.mark.timeout(30)
INSERT = "INSERT INTO notes VALUES (?, ?)"
SECONDS = 5


@asynccontextmanager
async def opened(folder):
    store = Store(folder)
    store.open()
    await store.write(
        lambda tx: tx.run("CREATE TABLE IF NOT EXISTS notes (number INTEGER PRIMARY KEY, text TEXT)")
    )
    try:
        yield store
    finally:
        await asyncio.wait_for(asyncio.to_thread(store.close), SECONDS)


@asynccontextmanager
async def held(store):
    """Holds the writer thread: what is written in the block is one group."""
    began, go_on = threading.Event(), threading.Event()

    def hold(_tx):
        began.set()
        go_on.wait(SECONDS)

    holding = asyncio.create_task(store.write(hold))
    await asyncio.to_thread(began.wait, SECONDS)
    try:
        yield
    finally:
        go_on.set()
        await holding


def note(store, number, text=""):
    return store.write(lambda tx: tx.run(INSERT, number, text))


async def grouped(store, *calls):
    """Runs calls in one group and gives what each came to: a result or an error."""
    async with held(store):
        together = asyncio.gather(*calls, return_exceptions=True)
        await asyncio.sleep(0)
    return await asyncio.wait_for(together, SECONDS)


async def numbers(store):
    rows = await asyncio.wait_for(
        store.read(lambda tx: tx.all("SELECT number FROM notes ORDER BY number")), SECONDS
    )
    return [row["number"] for row in rows]


def reason(error):
    assert isinstance(error, FlowGenError), repr(error)
    return error.reason


# One commit for many.


async def test_a_job_that_fails_loses_only_itself(tmp_path):
    def fail(tx):
        tx.run(INSERT, 7, "half done")
        raise ValueError("no")

    async with opened(tmp_path) as store:
        said = await grouped(store, note(store, 1), store.write(fail), note(store, 2), note(store, 1))
        assert [type(each) for each in said] == [int, ValueError, int, apsw.ConstraintError]
        assert await numbers(store) == [1, 2]


async def test_a_job_that_ends_the_transaction_of_its_group_loses_only_itself(tmp_path):
    def end(tx):
        tx.run(INSERT, 7, "half done")
        tx.run("ROLLBACK")
        raise ValueError("no")

    async with opened(tmp_path) as store:
        said = await grouped(store, note(store, 1), store.write(end), note(store, 2))
        assert [type(each) for each in said] == [int, ValueError, int]
        assert await numbers(store) == [1, 2]


async def test_the_commit_of_a_cancelled_caller_still_happens(tmp_path):
    async with opened(tmp_path) as store:
        async with held(store):
            caller = asyncio.create_task(note(store, 1))
            await asyncio.sleep(0)
            caller.cancel()
            with pytest.raises(asyncio.CancelledError):
                await caller
        await note(store, 2)
        assert await numbers(store) == [1, 2]


async def test_callers_that_give_up_under_way_disturb_nobody(tmp_path):
    async with opened(tmp_path) as store:
        callers = [asyncio.create_task(note(store, number)) for number in range(500)]
        for round, caller in enumerate(callers):
            if round % 3 == 0:
                await asyncio.sleep(0)
                caller.cancel()
        said = await asyncio.gather(*callers, return_exceptions=True)
        kept = await numbers(store)
        assert {number for number, each in enumerate(said) if each == 1} <= set(kept)
        assert await note(store, 1000) == 1


async def test_what_was_handed_in_before_the_store_closed_is_on_disk(tmp_path):
    async with opened(tmp_path) as store:
        callers = [asyncio.create_task(note(store, number)) for number in range(200)]
        await asyncio.sleep(0)
    await asyncio.gather(*callers)
    async with opened(tmp_path) as store:
        assert await numbers(store) == list(range(200))


# A disk that fails.


@pytest.mark.parametrize("error", [apsw.FullError, apsw.IOError])
async def test_a_write_that_the_disk_refuses_is_unavailable_and_not_there(tmp_path, error):
    with sick_disk() as disk:
        async with opened(tmp_path) as store:
            disk.fail_writes(error)
            said = await grouped(store, *(note(store, number) for number in range(5)))
            assert {reason(each) for each in said} == {Reason.STORAGE_UNAVAILABLE}
            disk.heal()
            assert await numbers(store) == []
            assert await grouped(store, note(store, 1), note(store, 2)) == [1, 1]
            assert await numbers(store) == [1, 2]


@pytest.mark.parametrize("error", [apsw.FullError, apsw.IOError])
async def test_whichever_write_fails_what_was_acknowledged_is_all_that_is_there(tmp_path, error):
    with sick_disk() as disk:
        async with opened(tmp_path) as store:
            acknowledged = []
            for after in range(0, 60, 4):
                disk.fail_writes(error, after)
                batch = range(after * 10, after * 10 + 5)
                said = await grouped(store, *(note(store, number, "x" * 3000) for number in batch))
                failed = [each for each in said if each != 1]
                assert {reason(each) for each in failed} <= {Reason.STORAGE_UNAVAILABLE}
                acknowledged += [number for number, each in zip(batch, said, strict=True) if each == 1]
                disk.heal()
                assert await numbers(store) == acknowledged
        assert acknowledged, "some writes come before the disk fails"
    async with opened(tmp_path) as store:
        assert await numbers(store) == acknowledged


async def test_a_statement_that_finds_the_disk_full_is_unavailable_although_its_transaction_goes_on(tmp_path):
    async with opened(tmp_path) as store:
        pages = (await store.write(lambda tx: tx.one("PRAGMA page_count")))["page_count"]
        await store.write(lambda tx: tx.one(f"PRAGMA max_page_count = {pages + 2}"))
        large = [{"number": number, "text": "x" * 3000} for number in range(100, 200)]
        said = await grouped(
            store, note(store, 1), store.write(lambda tx: tx.insert_all("notes", large)), note(store, 2)
        )
        assert (said[0], said[2]) == (1, 1)
        assert reason(said[1]) is Reason.STORAGE_UNAVAILABLE
        assert await numbers(store) == [1, 2]


@pytest.mark.parametrize("error", [apsw.FullError, apsw.IOError])
async def test_a_read_that_the_disk_refuses_is_unavailable_and_the_next_ones_are_answered(tmp_path, error):
    def look(tx):
        tx.one("PRAGMA shrink_memory")  # from the disk, not from what is cached
        return tx.all("SELECT number FROM notes")

    async with opened(tmp_path) as store:
        for number in range(20):
            await note(store, number, "x" * 3000)
    with sick_disk() as disk:
        async with opened(tmp_path) as store:
            # More than there are readers: all have opened the file before it fails, and all meet the failure.
            await asyncio.gather(*(numbers(store) for _ in range(8)))
            disk.fail_reads(error)
            said = await asyncio.wait_for(
                asyncio.gather(*(store.read(look) for _ in range(8)), return_exceptions=True), SECONDS
            )
            assert {reason(each) for each in said} == {Reason.STORAGE_UNAVAILABLE}
            disk.heal()
            assert await numbers(store) == list(range(20))


def test_of_a_full_disk_only_what_does_not_fit_is_refused_and_all_goes_well_after_it(tmp_path):
    command = [sys.executable, "-m", "tests.reliability.full_disk", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    large = {number for number in range(100) if number % 10 == 0}
    assert large <= {number for number, _ in seen["refused"]}
    assert {why for _, why in seen["refused"]} == {"STORAGE_UNAVAILABLE"}
    assert seen["acknowledged"], "small ones fit"
    assert seen["healed"] == list(range(1000, 1050))
    kept = apsw.Connection(str(tmp_path / FILE))
    try:
        found = [number for (number,) in kept.execute("SELECT number FROM notes ORDER BY number")]
        assert found == sorted(seen["acknowledged"] + seen["healed"])
        assert kept.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        kept.close()


# The schema.


async def test_migrations_that_were_applied_are_not_applied_again(tmp_path):
    def schema(tx):
        return tx.all("SELECT name, sql FROM sqlite_master ORDER BY name")

    first = Store(tmp_path)
    assert first.open() == ["0001_initial", "0002_runs", "0003_flow_events"]
    before = await first.read(schema)
    first.close()
    again = Store(tmp_path)
    assert again.open() == []
    assert await again.read(schema) == before
    again.close()
