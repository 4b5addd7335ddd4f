"""Projects, keys and request ids."""

import pytest

from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.model.project import Environment, Scope
from flowgen_core.model.times import to_micros
from flowgen_core.store import keys, projects, requests
from flowgen_core.store.paging import Page
from flowgen_core.store.requests import KEPT, Once
from tests.support.rows import NOW, ODD, at, key, project, refused

MICROS = to_micros(NOW)


# Projects.


async def test_a_project_is_read_as_it_was_written(store):
    made = project("p3", name=ODD, environment=Environment.PRODUCTION)
    await store.write(lambda tx: projects.insert(tx, made))
    assert await store.read(lambda tx: projects.get(tx, "p3")) == made


async def test_an_unknown_project_is_none(store):
    assert await store.read(lambda tx: projects.get(tx, "p9")) is None
    assert await store.read(lambda tx: projects.get(tx, "")) is None


async def test_only_name_account_and_update_time_of_a_project_change(store):
    changed = project(name="New", account_id="other", update_time=at(5))
    wild = project(
        name="New",
        account_id="other",
        update_time=at(5),
        create_time=at(9),
        environment=Environment.PRODUCTION,
    )
    await store.write(lambda tx: projects.update(tx, wild))
    assert await store.read(lambda tx: projects.get(tx, "p1")) == changed
    assert await store.read(lambda tx: projects.get(tx, "p2")) == project("p2")


async def test_a_store_knows_whether_it_has_projects(store):
    assert await store.read(projects.exist) is True


async def test_a_project_is_not_made_twice(store):
    with refused():
        await store.write(lambda tx: projects.insert(tx, project("p1", name="Other")))
    assert (await store.read(lambda tx: projects.get(tx, "p1"))).name == "Project p1"


# Keys.


async def test_a_key_is_read_by_its_project_and_by_its_hash(store):
    made = key("k1", name=ODD, scopes=(Scope.ADMIN, Scope.READ))
    await store.write(lambda tx: keys.insert(tx, made, "hash"))
    assert await store.read(lambda tx: keys.get(tx, "p1", "k1")) == made
    assert await store.read(lambda tx: keys.by_hash(tx, "hash")) == made
    assert await store.read(lambda tx: keys.get(tx, "p2", "k1")) is None
    assert await store.read(lambda tx: keys.by_hash(tx, "HASH")) is None


async def test_two_keys_never_share_a_hash(store):
    await store.write(lambda tx: keys.insert(tx, key("k1"), "hash"))
    with refused():
        await store.write(lambda tx: keys.insert(tx, key("k2", "p2"), "hash"))
    assert await store.read(lambda tx: keys.get(tx, "p2", "k2")) is None


async def test_keys_are_listed_newest_first_each_in_its_project(store):
    made = [key(f"k{n}", create_time=at(n)) for n in range(5)]
    for one in [*made, key("other", "p2")]:
        await store.write(lambda tx, one=one: keys.insert(tx, one, one.id))
    first = await store.read(lambda tx: keys.page(tx, "p1", Page.of(3), with_total=True))
    second = await store.read(lambda tx: keys.page(tx, "p1", Page.of(3, first.next_token)))
    assert [*first.rows, *second.rows] == made[::-1]
    assert (first.total, second.next_token) == (5, "")


async def test_a_key_is_deleted_from_its_own_project_only(store):
    await store.write(lambda tx: keys.insert(tx, key("k1"), "hash"))
    await store.write(lambda tx: keys.delete(tx, "p2", "k1"))
    assert await store.read(lambda tx: keys.by_hash(tx, "hash")) is not None
    await store.write(lambda tx: keys.delete(tx, "p1", "k1"))
    assert await store.read(lambda tx: keys.by_hash(tx, "hash")) is None


# Request ids.


def once(request_id="q1", **fields) -> Once:
    return Once(**{"project_id": "p1", "request_id": request_id, "rpc": "Make", "fingerprint": "f", **fields})


async def kept(store, call=None, resource="made", now=MICROS):
    await store.write(lambda tx: requests.store(tx, call or once(), resource, now))


async def found(store, call, now=MICROS):
    return await store.write(lambda tx: requests.find(tx, call, now))


async def test_a_repeated_call_finds_what_it_made(store):
    assert await found(store, once()) is None
    await kept(store)
    assert await found(store, once()) == "made"


async def test_a_call_without_a_request_id_is_not_kept(store):
    await store.write(lambda tx: requests.store(tx, None, "made", MICROS))
    assert await found(store, None) is None


async def test_request_ids_are_of_one_project(store):
    await kept(store)
    assert await found(store, once(project_id="p2", fingerprint="other")) is None


@pytest.mark.parametrize("other", [{"rpc": "Break"}, {"fingerprint": "g"}])
async def test_another_call_with_the_same_request_id_is_refused(store, other):
    await kept(store)
    with pytest.raises(FlowGenError) as caught:
        await found(store, once(**other))
    assert caught.value.reason is Reason.REQUEST_ID_REUSED


async def test_a_request_id_may_be_used_again_after_a_day(store):
    await kept(store)
    assert await found(store, once(fingerprint="f"), MICROS + KEPT) == "made"
    assert await found(store, once(fingerprint="other"), MICROS + KEPT + 1) is None
    await kept(store, once(fingerprint="other"), "again", MICROS + KEPT + 1)
    assert await found(store, once(fingerprint="other"), MICROS + KEPT + 2) == "again"


async def test_the_same_request_id_is_stored_once(store):
    await kept(store)
    with refused():
        await kept(store, resource="other")
    assert await found(store, once()) == "made"


async def test_old_request_ids_are_forgotten_a_page_at_a_time(store):
    for number in range(5):
        await kept(store, once(f"q{number}"), "made", MICROS + number)
    forgotten = [await store.write(lambda tx: requests.forget(tx, MICROS + KEPT + 4, 3)) for _ in range(3)]
    assert forgotten == [3, 1, 0]
    assert await found(store, once("q4"), MICROS + KEPT) == "made"
