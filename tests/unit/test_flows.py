"""Flows and releases over a real store."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support_flows import House, caller, document, once, say

from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.model.flow import Action, Document, Example, Flow, Intent, Step
from flowgen_core.runtime.flows import FlowChange
from flowgen_core.runtime.releases import ReleaseDraft, next_version
from flowgen_core.runtime.revisions import revision_id
from flowgen_core.store import documents, flows
from flowgen_core.store.documents import Documents
from flowgen_core.store.flow_filters import FlowFilter
from flowgen_core.store.paging import Page


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = await House(tmp_path).fill()
    yield house
    house.store.close()


async def make(house: House, name: str = "Driver", project_id: str = "p1") -> Flow:
    return (await house.flows.create(project_id, document(name))).resource


async def refused(call: object) -> FlowGenError:
    with pytest.raises(FlowGenError) as caught:
        await call  # type: ignore[misc]  # whatever the test calls
    return caught.value


async def names(house: House, **filters: object) -> list[str]:
    listing = await house.flows.list("p1", FlowFilter(**filters), Page())  # type: ignore[arg-type]  # by name
    return [flow.document.name for flow in listing.rows]


def named(name: str) -> FlowChange:
    return FlowChange(Document(name), frozenset({"name"}))


async def test_a_flow_is_read_as_it_was_made(house: House) -> None:
    flow = await make(house, "A")
    assert await house.flows.get("p1", flow.id) == flow
    assert flow.etag and flow.has_unreleased_changes and not flow.release_version


async def test_actions_steps_and_intents_without_an_id_get_one(house: House) -> None:
    intent = Intent("", "Hi", (Example("hello"),))
    step = Step("", "INTENT", intent=intent, actions=(say(), say(id="mine")))
    flow = (await house.flows.create("p1", document("A", say(), steps=(step,)))).resource
    made = flow.document.steps[0]
    assert flow.document.actions[0].id and made.id and made.intent and made.intent.id
    assert made.actions[0].id and made.actions[1].id == "mine"


async def test_a_bad_flow_is_refused_with_every_error_and_no_warning(house: House) -> None:
    bad = document(
        "A", Action("a", "nope"), Action("b", "talk", option={"text": "x", "colour": 1}), Action("c", "talk")
    )
    error = await refused(house.flows.create("p1", bad))
    assert error.reason is Reason.INVALID_FLOW
    assert [(one.path, one.reason) for one in error.violations] == [
        ("actions[0].type", "INVALID_ACTION_TYPE"),
        ("actions[2].option.text", "MISSING_OPTION"),
    ]
    assert await names(house) == []


async def test_a_flow_over_one_mebibyte_is_refused(house: House) -> None:
    error = await refused(house.flows.create("p1", document("A", say("x" * 1024 * 1024))))
    assert [(one.path, one.reason) for one in error.violations] == [("", "TOO_LARGE")]


async def test_another_projects_flow_is_not_found(house: House) -> None:
    flow = await make(house)
    assert (await refused(house.flows.get("p2", flow.id))).reason is Reason.FLOW_NOT_FOUND
    assert (await refused(house.flows.delete("p2", flow.id))).reason is Reason.FLOW_NOT_FOUND
    assert (await refused(house.flows.update("p2", flow.id, named("B")))).reason is Reason.FLOW_NOT_FOUND


async def test_the_same_request_makes_one_flow_and_gives_its_present_state(house: House) -> None:
    first = await house.flows.create("p1", document(), once=once())
    await house.flows.update("p1", first.resource.id, named("Changed"))
    second = await house.flows.create("p1", document(), once=once())
    assert (first.replayed, second.replayed) == (False, True)
    assert second.resource.id == first.resource.id and second.resource.document.name == "Changed"
    assert await names(house) == ["Changed"]


async def test_a_request_id_of_another_request_is_refused(house: House) -> None:
    await house.flows.create("p1", document(), once=once())
    error = await refused(house.flows.create("p1", document("B"), once=once(fingerprint="g")))
    assert error.reason is Reason.REQUEST_ID_REUSED


async def test_a_request_id_is_free_again_after_a_day(house: House) -> None:
    await house.flows.create("p1", document(), once=once())
    house.clock.pass_by(24 * 3600 + 1)
    assert not (await house.flows.create("p1", document(), once=once())).replayed


async def test_a_change_makes_a_revision_and_keeps_the_old_one(house: House) -> None:
    old = await make(house, "A")
    new = await house.flows.update("p1", old.id, named("B"))
    assert new.revision_id != old.revision_id and new.etag != old.etag and new.update_time > old.update_time
    assert await house.flows.get("p1", old.id) == new
    assert (await house.flows.get("p1", old.id, old.revision_id)).document.name == "A"


async def test_a_change_that_changes_nothing_makes_no_revision(house: House) -> None:
    flow = await make(house, "A")
    assert await house.flows.update("p1", flow.id, named("A")) == flow


async def test_seven_and_seven_point_zero_are_not_the_same(house: House) -> None:
    flow = await make(house)
    for properties in ({"n": 7}, {"n": 7.0}):
        change = FlowChange(Document(properties=properties), frozenset({"properties"}))
        changed = await house.flows.update("p1", flow.id, change)
        assert changed.etag != flow.etag
        flow = changed
    stored = await house.store.read(lambda tx: Documents().get(tx, flow.revision_id))
    assert repr(stored.properties["n"]) == "7.0"


async def test_a_stale_etag_conflicts(house: House) -> None:
    old = await make(house, "A")
    await house.flows.update("p1", old.id, named("B"), etag=old.etag)
    assert (
        await refused(house.flows.update("p1", old.id, named("C"), etag=old.etag))
    ).reason is Reason.CONFLICT
    assert (await refused(house.flows.delete("p1", old.id, old.etag))).reason is Reason.CONFLICT
    assert await names(house) == ["B"]


async def test_an_update_is_checked_whole(house: House) -> None:
    flow = await make(house)
    change = FlowChange(Document(actions=(Action("a", "nope"),)), frozenset({"actions"}))
    assert (await refused(house.flows.update("p1", flow.id, change))).reason is Reason.INVALID_FLOW
    assert await house.flows.get("p1", flow.id) == flow


async def test_a_deleted_flow_is_gone_but_its_documents_stay(house: House) -> None:
    flow = await make(house)
    gone = await house.flows.delete("p1", flow.id)
    assert gone.delete_time is not None and gone.document == flow.document
    assert (await refused(house.flows.get("p1", flow.id))).reason is Reason.FLOW_NOT_FOUND
    assert (await refused(house.flows.delete("p1", flow.id))).reason is Reason.FLOW_NOT_FOUND
    assert await names(house) == []
    head = await house.store.read(lambda tx: flows.head(tx, "p1", flow.id))
    assert head == flows.Head(flow.revision_id, deleted=True)
    assert await house.store.read(lambda tx: Documents().get(tx, flow.revision_id)) == flow.document


async def test_a_flow_may_go_on_to_itself_and_to_another_but_not_to_nothing(house: House) -> None:
    flow, other = await make(house, "A"), await make(house, "B", "p2")
    change = FlowChange(Document(on_complete_flow_id=flow.id), frozenset({"on_complete_flow_id"}))
    assert (await house.flows.update("p1", flow.id, change)).document.on_complete_flow_id == flow.id
    error = await refused(house.flows.create("p1", document("C", on_complete_flow_id=other.id)))
    assert [one.reason for one in error.violations] == ["UNKNOWN_ON_COMPLETE_FLOW"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["100% sure", "under_score", "Beta", "alpha"]),
        ({"oldest_first": True}, ["alpha", "Beta", "under_score", "100% sure"]),
        ({"name": "beta"}, []),
        ({"name": "beta", "ignore_case": True}, ["Beta"]),
        ({"name_prefix": "100%"}, ["100% sure"]),
        ({"name_prefix": "%"}, []),
        ({"name_suffix": "_score"}, ["under_score"]),
        ({"name_suffix": "_core"}, []),
        ({"name_suffix": "ETA"}, []),
        ({"name_suffix": "ETA", "ignore_case": True}, ["Beta"]),
        ({"name_suffix": "a much longer text than any name"}, []),
        ({"name_prefix": "B", "name_suffix": "a"}, ["Beta"]),
        ({"generation_ids": ("nothing",)}, []),
    ],
)
async def test_filters_take_names_literally(
    house: House, filters: dict[str, object], expected: list[str]
) -> None:
    for name in ("alpha", "Beta", "under_score", "100% sure"):
        await make(house, name)
    await make(house, "foreign", "p2")
    assert await names(house, **filters) == expected


async def test_times_are_half_open(house: House) -> None:
    a, b = await make(house, "A"), await make(house, "B")
    assert await names(house, create_time_from=a.create_time, create_time_to=b.create_time) == ["A"]
    assert await names(house, create_time_from=b.create_time + timedelta(microseconds=1)) == []


async def test_pages_hold_every_flow_once(house: House) -> None:
    made = [(await make(house, str(number))).document.name for number in range(5)]
    seen, token = [], ""
    while True:
        listing = await house.flows.list("p1", FlowFilter(), Page(2, token), with_total=True)
        seen += [flow.document.name for flow in listing.rows]
        assert listing.total == 5
        token = listing.next_token
        if not token:
            break
    assert seen == made[::-1]


async def test_releases_count_up_and_freeze_a_revision(house: House) -> None:
    flow = await make(house, "A")
    first = (await house.releases.create(caller(), ReleaseDraft(flow.id))).resource
    assert (first.version, first.revision_id, first.created_by) == ("1.0.0", flow.revision_id, "key1")
    released = await house.flows.get("p1", flow.id)
    assert released == replace(
        flow, release_version="1.0.0", release_time=first.create_time, has_unreleased_changes=False
    )
    changed = await house.flows.update("p1", flow.id, named("B"))
    assert changed.has_unreleased_changes and changed.release_version == "1.0.0"
    again = ReleaseDraft(flow.id, revision_id=flow.revision_id)
    assert (await house.releases.create(caller(), again)).resource.version == "2.0.0"
    assert (await house.flows.get("p1", flow.id)).has_unreleased_changes


async def test_a_version_is_given_once(house: House) -> None:
    flow = await make(house)
    await house.releases.create(caller(), ReleaseDraft(flow.id, "beta"))
    error = await refused(house.releases.create(caller(), ReleaseDraft(flow.id, "beta")))
    assert error.reason is Reason.RELEASE_ALREADY_EXISTS


async def test_a_repeated_release_request_makes_one(house: House) -> None:
    flow = await make(house)
    first = await house.releases.create(caller(), ReleaseDraft(flow.id), once())
    second = await house.releases.create(caller(), ReleaseDraft(flow.id), once())
    assert second.replayed and second.resource == first.resource


async def test_only_the_flows_own_revisions_can_be_released(house: House) -> None:
    flow, other = await make(house, "A"), await make(house, "B")
    error = await refused(
        house.releases.create(caller(), ReleaseDraft(flow.id, revision_id=other.revision_id))
    )
    assert error.reason is Reason.RELEASE_NOT_FOUND
    error = await refused(house.flows.get("p1", flow.id, revision_id(flow.id, 2)))
    assert error.reason is Reason.RELEASE_NOT_FOUND


def test_the_next_version_passes_over_names_and_patches() -> None:
    assert next_version([]) == "1.0.0"
    assert next_version(["2.0.0", "9.1.0", "beta", "10.0.0"]) == "11.0.0"


async def test_the_cache_of_documents_forgets_those_used_longest_ago(house: House) -> None:
    class Counting:
        def __init__(self, tx: object) -> None:
            self.tx, self.reads = tx, 0

        def one(self, sql: str, *args: object) -> object:
            self.reads += 1
            return self.tx.one(sql, *args)  # type: ignore[attr-defined]  # a Tx

    def read(tx: object) -> int:
        cache, counting = Documents(most=2), Counting(tx)
        for id in ("a", "b", "a", "c", "a", "b"):
            assert cache.get(counting, id).name == id  # type: ignore[arg-type]  # as good as a Tx
        return counting.reads

    def fill(tx: object) -> None:
        for id in ("a", "b", "c"):
            documents.insert(tx, id, "p1", Document(id))  # type: ignore[arg-type]  # a Tx

    await house.store.write(fill)
    assert await house.store.read(read) == 4


async def test_every_change_of_a_flow_is_a_numbered_event(house: House) -> None:
    made = await make(house)
    changed = await house.flows.update("p1", made.id, named("Two"))
    await house.flows.delete("p1", made.id)
    sql = "SELECT seq, type, data FROM events WHERE stream = ? ORDER BY seq"
    rows = await house.store.read(lambda tx: tx.all(sql, f"flow/{made.id}"))
    kinds = ["flow.created", "flow.updated", "flow.deleted"]
    assert [(row["seq"], row["type"]) for row in rows] == list(enumerate(kinds, 1))
    assert f'"revision_id":"{changed.revision_id}"' in rows[1]["data"]
