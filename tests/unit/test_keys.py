"""API keys: their text, what is kept of it, and who may make and delete them."""

import re
import stat
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.model.project import Caller, Environment, Scope
from flowgen_core.runtime.auth import Authenticator
from flowgen_core.runtime.callers import CallerCache
from flowgen_core.runtime.keys import ApiKeys, KeyDraft, KeyFactory
from flowgen_core.runtime.keytext import hasher, is_key, key_maker, load_pepper, masked
from flowgen_core.runtime.projects import ProjectChange, ProjectDraft, Projects
from flowgen_core.store.paging import Page
from flowgen_core.store.requests import Once
from flowgen_core.store.store import Store

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
PEPPER = b"a pepper for tests"


class House:
    """The runtime of projects and keys over a real store, with a clock that stands still."""

    def __init__(self, folder: Path) -> None:
        numbers = count(1)
        self.store = Store(folder)
        self.store.open()
        self.time = 0.0
        self.cache = CallerCache(lambda: self.time)
        new_id = lambda: f"00000000-0000-4000-8000-{next(numbers):012}"  # noqa: E731
        factory = KeyFactory(key_maker(), hasher(PEPPER), lambda: NOW, new_id)
        self.keys = ApiKeys(self.store, factory, self.cache)
        self.projects = Projects(self.store, factory, self.cache, lambda: NOW, new_id)
        self.auth = Authenticator(self.store, hasher(PEPPER), self.cache)

    async def caller(self, text: str) -> Caller:
        return await self.auth.caller(f"Bearer {text}")


@pytest.fixture
async def house(tmp_path: Path):
    house = House(tmp_path)
    yield house
    house.store.close()


@pytest.fixture
async def admin(house: House) -> Caller:
    _, key = await house.projects.create(ProjectDraft("Test"))
    return await house.caller(key.key)


@pytest.mark.parametrize(
    ("environment", "prefix"), [(Environment.SANDBOX, "fg_test_"), (Environment.PRODUCTION, "fg_live_")]
)
def test_a_key_has_its_environments_prefix_and_a_checksum(environment, prefix):
    text = key_maker()(environment)
    assert re.fullmatch(prefix + "[0-9A-Za-z]{36}", text)
    assert is_key(text)


def test_keys_differ():
    make = key_maker()
    assert len({make(Environment.SANDBOX) for _ in range(100)}) == 100


def test_a_key_of_no_randomness_still_has_its_length():
    assert is_key(key_maker(lambda length: b"\0" * length)(Environment.SANDBOX))


def test_any_changed_character_spoils_the_checksum():
    text = key_maker(lambda length: b"\x5a" * length)(Environment.SANDBOX)
    for index in range(len(text)):
        changed = text[:index] + ("x" if text[index] != "x" else "y") + text[index + 1 :]
        assert not is_key(changed)


@pytest.mark.parametrize(
    "text", ["", "fg_test_", "fg_test_" + "a" * 36, "x" * 44, "fg_test_" + "é" * 36, "fg_" * 9999]
)
def test_inventions_are_no_keys(text):
    assert not is_key(text)


def test_a_masked_key_shows_its_prefix_and_four_characters():
    assert masked("fg_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1B2") == "fg_test_…a1B2"


def test_the_pepper_is_made_once_and_is_its_owners_only(tmp_path):
    first = load_pepper(tmp_path)
    assert load_pepper(tmp_path) == first
    assert len(first) == 64
    assert stat.S_IMODE((tmp_path / "pepper").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["pepper"]


def test_a_damaged_pepper_stops_the_start(tmp_path):
    (tmp_path / "pepper").write_text("")
    with pytest.raises(ValueError, match="is damaged"):
        load_pepper(tmp_path)


def test_the_same_key_has_another_hash_with_another_pepper():
    assert hasher(b"one")("key") != hasher(b"two")("key")


async def test_a_new_project_comes_with_a_key_for_everything_but_making_projects(house):
    project, key = await house.projects.create(ProjectDraft("Test"))
    assert key.scopes == (Scope.READ, Scope.WRITE, Scope.ADMIN)
    assert (key.created_by, project.account_id) == ("", project.id)
    caller = await house.caller(key.key)
    assert (caller.project, caller.subject) == (project, key.id)


async def test_only_the_servers_first_project_gets_the_operators_key(house):
    made = await house.projects.create_first(ProjectDraft("First", Environment.PRODUCTION))
    assert made is not None
    assert made[1].scopes == tuple(Scope)
    assert made[1].key.startswith("fg_live_")
    assert await house.projects.create_first(ProjectDraft("Second")) is None


async def test_a_key_is_whole_once_and_masked_ever_after(house, admin):
    made = (await house.keys.create(admin, KeyDraft("CI"))).resource
    listed = (await house.keys.list(admin, Page())).rows
    assert replace(made, key=masked(made.key)) in listed
    deleted = await house.keys.delete(admin, made.id)
    assert deleted.key == masked(made.key)


async def test_the_text_of_a_key_is_nowhere_on_disk(house, admin, tmp_path):
    made = (await house.keys.create(admin, KeyDraft("CI"))).resource
    for path in tmp_path.iterdir():
        assert made.key.encode() not in path.read_bytes(), path


async def test_a_key_without_scopes_reads_and_writes(house, admin):
    made = (await house.keys.create(admin, KeyDraft("CI"))).resource
    assert made.scopes == (Scope.READ, Scope.WRITE)
    assert made.created_by == admin.subject


@pytest.mark.parametrize(
    ("draft", "path", "reason"),
    [
        (KeyDraft(""), "name", "REQUIRED"),
        (KeyDraft("  "), "name", "REQUIRED"),
        (KeyDraft("x" * 101), "name", "TOO_LONG"),
        (KeyDraft("CI", (Scope.READ, Scope.OPERATOR)), "scopes[1]", "NOT_ALLOWED"),
        (KeyDraft("CI", (Scope.READ, Scope.WRITE, Scope.READ)), "scopes[2]", "DUPLICATE"),
    ],
)
async def test_a_bad_draft_is_refused_with_the_field_to_blame(house, admin, draft, path, reason):
    with pytest.raises(FlowGenError) as caught:
        await house.keys.create(admin, draft)
    assert [(one.path, one.reason) for one in caught.value.violations] == [(path, reason)]


async def test_the_longest_name_is_taken(house, admin):
    assert (await house.keys.create(admin, KeyDraft("é" * 100))).resource.name == "é" * 100


async def test_keys_are_listed_in_pages_of_the_own_project_only(house, admin):
    await house.projects.create(ProjectDraft("Another"))
    for number in range(4):
        await house.keys.create(admin, KeyDraft(f"{number}"))
    first = await house.keys.list(admin, Page.of(3), with_total=True)
    rest = await house.keys.list(admin, Page.of(3, first.next_token))
    assert first.total == 5
    assert [key.name for key in (*first.rows, *rest.rows)] == ["3", "2", "1", "0", "First key"]


async def test_a_deleted_key_is_refused_at_once(house, admin):
    made = (await house.keys.create(admin, KeyDraft("CI"))).resource
    await house.caller(made.key)
    await house.keys.delete(admin, made.id.upper())
    with pytest.raises(FlowGenError) as caught:
        await house.caller(made.key)
    assert caught.value.metadata == {"credential": "invalid"}


async def test_a_key_deleted_elsewhere_is_refused_within_a_second(house, admin):
    made = (await house.keys.create(admin, KeyDraft("CI"))).resource
    await house.caller(made.key)
    await house.store.write(lambda tx: tx.run("DELETE FROM api_keys WHERE id = ?", made.id))
    assert await house.caller(made.key)
    house.time += 1
    with pytest.raises(FlowGenError):
        await house.caller(made.key)


async def test_a_caller_may_delete_its_own_key(house, admin):
    assert (await house.keys.delete(admin, admin.subject)).id == admin.subject


async def test_only_an_operator_deletes_the_operators_key(house):
    _, operator_key = await house.projects.create_first(ProjectDraft("First"))
    operator = await house.caller(operator_key.key)
    limited = (await house.keys.create(operator, KeyDraft("Admin", (Scope.ADMIN,)))).resource
    with pytest.raises(FlowGenError) as caught:
        await house.keys.delete(await house.caller(limited.key), operator_key.id)
    assert caught.value.metadata == {"scope": "operator"}
    assert await house.keys.delete(operator, operator_key.id)


async def test_another_projects_key_is_as_unknown_as_no_key(house, admin):
    _, foreign = await house.projects.create(ProjectDraft("Another"))
    errors = []
    for key_id in (foreign.id, "00000000-0000-4000-8000-999999999999"):
        with pytest.raises(FlowGenError) as caught:
            await house.keys.delete(admin, key_id)
        errors.append((caught.value.reason, caught.value.message))
    assert errors[0] == errors[1]
    assert errors[0][0] is Reason.API_KEY_NOT_FOUND
    assert await house.caller(foreign.key)


async def test_a_project_is_read_by_its_own_callers_only(house, admin):
    other, _ = await house.projects.create(ProjectDraft("Another"))
    assert await house.projects.get(admin) == admin.project
    assert await house.projects.get(admin, admin.project.id.upper()) == admin.project
    for project_id in (other.id, "nonsense"):
        with pytest.raises(FlowGenError) as caught:
            await house.projects.get(admin, project_id)
        assert caught.value.reason is Reason.PROJECT_NOT_FOUND


async def test_a_changed_name_is_what_the_next_call_sees(house):
    _, key = await house.projects.create(ProjectDraft("Old", account_id="acme"))
    changed = await house.projects.update(await house.caller(key.key), "", ProjectChange(name="New"))
    assert (changed.name, changed.account_id) == ("New", "acme")
    assert (await house.caller(key.key)).project == changed


@pytest.mark.parametrize("change", [ProjectChange(name=""), ProjectChange(account_id="x" * 65)])
async def test_a_bad_change_leaves_the_project_as_it_was(house, admin, change):
    with pytest.raises(FlowGenError):
        await house.projects.update(admin, "", change)
    assert await house.projects.get(admin) == admin.project


def once(request_id: str, rpc: str = "CreateApiKeyRequest", fingerprint: str = "f") -> Once:
    return Once("p", request_id, rpc, fingerprint)


async def test_a_repeated_call_makes_one_key_and_shows_it_masked(house, admin):
    first = await house.keys.create(admin, KeyDraft("CI"), once("r"))
    again = await house.keys.create(admin, KeyDraft("CI"), once("r"))
    assert (first.replayed, again.replayed) == (False, True)
    assert again.resource == replace(first.resource, key=masked(first.resource.key))
    assert (await house.keys.list(admin, Page(), with_total=True)).total == 2


async def test_a_request_id_of_another_request_is_refused(house, admin):
    await house.keys.create(admin, KeyDraft("CI"), once("r"))
    with pytest.raises(FlowGenError) as caught:
        await house.keys.create(admin, KeyDraft("Other"), once("r", fingerprint="g"))
    assert caught.value.reason is Reason.REQUEST_ID_REUSED


async def test_a_repeated_call_for_a_deleted_key_finds_none(house, admin):
    made = await house.keys.create(admin, KeyDraft("CI"), once("r"))
    await house.keys.delete(admin, made.resource.id)
    with pytest.raises(FlowGenError) as caught:
        await house.keys.create(admin, KeyDraft("CI"), once("r"))
    assert caught.value.reason is Reason.API_KEY_NOT_FOUND


async def test_a_repeated_call_makes_one_project_and_masks_its_key(house):
    mark = once("r", "CreateProjectRequest")
    first = await house.projects.create_once(ProjectDraft("Test"), mark)
    again = await house.projects.create_once(ProjectDraft("Test"), mark)
    project, key = first.resource
    assert key is not None
    assert again.resource == (project, replace(key, key=masked(key.key)))
    await house.keys.delete(await house.caller(key.key), key.id)
    assert (await house.projects.create_once(ProjectDraft("Test"), mark)).resource == (project, None)
