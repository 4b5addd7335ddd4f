"""Documents, flows and releases."""

from dataclasses import replace

import pytest

from flowgen_core.model.flow import Document, Release
from flowgen_core.store import documents, flows
from flowgen_core.store.documents import Documents
from flowgen_core.store.flow_filters import FlowFilter
from flowgen_core.store.paging import Page
from tests.support.rows import ODD, at, document, flow, refused

EVERYTHING, ANY = Page(), FlowFilter()


@pytest.fixture
def shelf():
    return Documents()


async def stored(store, made):
    def insert(tx):
        documents.insert(tx, made.revision_id, made.project_id, made.document)
        flows.insert(tx, made)

    await store.write(insert)
    return made


async def revise(store, old, now, **fields):
    number = int(old.etag) + 1
    new = replace(
        old,
        document=replace(old.document, **fields),
        revision_id=f"{old.id}-r{number}",
        etag=str(number),
        update_time=now,
    )

    def update(tx):
        documents.insert(tx, new.revision_id, new.project_id, new.document)
        flows.update(tx, new)

    await store.write(update)
    return new


def get(store, shelf, flow_id, project_id="p1", **options):
    return store.read(lambda tx: flows.get(tx, shelf, project_id, flow_id, **options))


async def listed(store, page=EVERYTHING, fits=ANY, **options):
    return await store.read(lambda tx: flows.select_page(tx, Documents(), "p1", fits, page, **options))


async def ids(store, **fits):
    return [one.id for one in (await listed(store, fits=FlowFilter(**fits))).rows]


# Documents.


@pytest.mark.parametrize("made", [Document(), document(ODD, properties={"deep": [[{"x": None}]], ODD: ODD})])
async def test_a_document_is_read_as_it_was_written(store, shelf, made):
    await store.write(lambda tx: documents.insert(tx, "d1", "p1", made))
    assert await store.read(lambda tx: shelf.get(tx, "d1")) == made
    assert await store.read(lambda tx: Documents(most=0).get(tx, "d1")) == made


async def test_an_unknown_document_is_an_error(store, shelf):
    with pytest.raises(KeyError):
        await store.read(lambda tx: shelf.get(tx, "d9"))


async def test_a_document_is_never_overwritten(store, shelf):
    await store.write(lambda tx: documents.insert(tx, "d1", "p1", document("One")))
    with refused():
        await store.write(lambda tx: documents.insert(tx, "d1", "p1", document("Two")))
    assert (await store.read(lambda tx: shelf.get(tx, "d1"))).name == "One"


async def test_a_document_that_was_rolled_back_is_not_kept_in_memory(store, shelf):
    def break_off(tx):
        documents.insert(tx, "d1", "p1", document())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.write(break_off)
    with pytest.raises(KeyError):
        await store.read(lambda tx: shelf.get(tx, "d1"))


async def test_no_more_documents_are_kept_parsed_than_there_is_room_for(store):
    for number in range(4):
        await store.write(lambda tx, n=number: documents.insert(tx, f"d{n}", "p1", document(f"Flow {n}")))
    for shelf in (Documents(most=2), Documents(most_bytes=400)):
        for number in (0, 1, 2, 3, 0):
            found = await store.read(lambda tx, n=number, s=shelf: s.get(tx, f"d{n}"))
            assert found.name == f"Flow {number}"


# Flows.


async def test_a_flow_is_read_as_it_was_written(store, shelf):
    made = await stored(store, flow(name=ODD, generation_id="g1"))
    assert await get(store, shelf, "f1") == made


async def test_a_flow_is_of_one_project(store, shelf):
    await stored(store, flow())
    assert await get(store, shelf, "f1", "p2") is None
    assert await store.read(lambda tx: flows.head(tx, "p2", "f1")) is None


async def test_a_changed_flow_is_read_in_its_newest_revision(store, shelf):
    old = await stored(store, flow())
    new = await revise(store, old, at(5), name="New")
    assert await get(store, shelf, "f1") == new
    assert (await store.read(lambda tx: flows.head(tx, "p1", "f1"))).revision_id == new.revision_id
    assert await store.read(lambda tx: shelf.get(tx, old.revision_id)) == old.document


async def test_a_deleted_flow_is_hidden_and_its_revisions_stay(store, shelf):
    made = await stored(store, flow())
    await store.write(lambda tx: flows.delete(tx, "f1", at(5)))
    assert await get(store, shelf, "f1") is None
    assert (await get(store, shelf, "f1", deleted=True)).delete_time == at(5)
    assert (await store.read(lambda tx: flows.head(tx, "p1", "f1"))).deleted
    assert await store.read(lambda tx: shelf.get(tx, made.revision_id)) == made.document
    assert await ids(store) == []


async def test_flows_are_listed_newest_first_or_oldest_first(store):
    for number in range(4):
        await stored(store, flow(f"f{number}", create_time=at(number // 2)))
    await stored(store, flow("other", project_id="p2"))
    assert await ids(store) == ["f3", "f2", "f1", "f0"]
    assert await ids(store, oldest_first=True) == ["f0", "f1", "f2", "f3"]


async def test_flows_are_paged_and_counted(store):
    for number in range(5):
        await stored(store, flow(f"f{number}", create_time=at(number)))
    first = await listed(store, Page.of(3), with_total=True)
    second = await listed(store, Page.of(3, first.next_token))
    assert [one.id for one in (*first.rows, *second.rows)] == ["f4", "f3", "f2", "f1", "f0"]
    assert (first.total, second.next_token) == (5, "")


async def test_a_page_of_large_flows_ends_early(store):
    for number in range(4):
        await stored(store, flow(f"f{number}", f"{number}" * 1_000_000, create_time=at(number)))
    page = await listed(store, Page.of(10))
    assert len(page.rows) == 3
    assert page.next_token


@pytest.mark.parametrize(
    ("fits", "expected"),
    [
        ({"name": "Driver"}, ["a"]),
        ({"name": "driver"}, ["b"]),
        ({"name": "DRIVER", "ignore_case": True}, ["b", "a"]),
        ({"name_prefix": "Dri"}, ["c", "a"]),
        ({"name_prefix": "dri", "ignore_case": True}, ["c", "b", "a"]),
        ({"name_suffix": "er 100%"}, ["c"]),
        ({"name_suffix": "%"}, ["c"]),
        ({"name_prefix": "_"}, ["d"]),
        ({"name_suffix": "ER", "ignore_case": True}, ["b", "a"]),
        ({"name_suffix": "a much longer name than any of them has"}, []),
        ({"name_prefix": "Driver", "name_suffix": "Driver"}, ["a"]),
        ({"name": "É", "ignore_case": True}, []),
        ({"name_prefix": "😀"}, ["e"]),
    ],
)
async def test_flows_are_found_by_name(store, fits, expected):
    names = {"a": "Driver", "b": "driver", "c": "Driver 100%", "d": "_é", "e": "😀é"}
    for number, (id, name) in enumerate(names.items()):
        await stored(store, flow(id, name, create_time=at(number)))
    assert await ids(store, **fits) == expected


async def test_flows_are_found_by_generation_and_time(store):
    for number in range(4):
        await stored(store, flow(f"f{number}", generation_id=f"g{number}", create_time=at(number)))
    assert await ids(store, generation_ids=("g1", "g3", "none")) == ["f3", "f1"]
    assert await ids(store, create_time_from=at(1), create_time_to=at(3)) == ["f2", "f1"]
    assert await ids(store, create_time_from=at(3), create_time_to=at(1)) == []


# Releases.


def released(flow_id="f1", version="1.0", revision="f1-r1", seconds=9.0):
    return Release(flow_id, version, revision, "somebody", at(seconds))


async def test_a_release_is_read_as_it_was_written_and_shown_by_its_flow(store, shelf):
    made = await stored(store, flow())
    assert await store.write(lambda tx: flows.insert_release(tx, released(version=ODD)))
    assert await store.read(lambda tx: flows.release(tx, "f1", ODD)) == released(version=ODD)
    shown = replace(made, release_version=ODD, release_time=at(9), has_unreleased_changes=False)
    assert await get(store, shelf, "f1") == shown


async def test_a_version_is_released_once_in_a_flow(store):
    await stored(store, flow())
    await stored(store, flow("f2"))
    assert await store.write(lambda tx: flows.insert_release(tx, released()))
    assert not await store.write(lambda tx: flows.insert_release(tx, released(seconds=20)))
    assert await store.write(lambda tx: flows.insert_release(tx, released("f2", revision="f2-r1")))
    assert (await store.read(lambda tx: flows.release(tx, "f1", "1.0"))).create_time == at(9)


async def test_a_flow_that_changed_after_its_release_has_unreleased_changes(store, shelf):
    old = await stored(store, flow())
    await store.write(lambda tx: flows.insert_release(tx, released()))
    new = await revise(store, old, at(20), name="New")
    shown = await get(store, shelf, "f1")
    assert (shown.release_version, shown.has_unreleased_changes) == ("1.0", True)
    again = released(version="2.0", revision=new.revision_id)
    await store.write(lambda tx: flows.insert_release(tx, again))
    assert not (await get(store, shelf, "f1")).has_unreleased_changes
    assert sorted(await store.read(lambda tx: flows.versions(tx, "f1"))) == ["1.0", "2.0"]
    assert await store.read(lambda tx: flows.release(tx, "f1", "3.0")) is None
