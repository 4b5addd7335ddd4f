"""ProjectService over gRPC, with the store, the credentials and the interceptor that a server has."""

import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from grpc import aio
from grpc_status import rpc_status

from flowgen_core.pb.v1 import options_pb2, project_pb2, project_pb2_grpc
from flowgen_core.runtime.auth import Authenticator
from flowgen_core.runtime.callers import CallerCache
from flowgen_core.runtime.channel_configs import ChannelConfigs
from flowgen_core.runtime.channels import Channels
from flowgen_core.runtime.keys import ApiKeys, KeyFactory
from flowgen_core.runtime.keytext import hasher, key_maker, load_pepper
from flowgen_core.runtime.projects import ProjectDraft, Projects
from flowgen_core.services.interceptors import CallInterceptor
from flowgen_core.services.project import ProjectService
from flowgen_core.store.store import Store

READ, WRITE, ADMIN, OPERATOR = (
    options_pb2.Scope.Value(f"SCOPE_{n}") for n in ("READ", "WRITE", "ADMIN", "OPERATOR")
)


class Client:
    """Calls ProjectService with one credential."""

    def __init__(self, channel: aio.Channel, key: str) -> None:
        self.stub, self.metadata = (
            project_pb2_grpc.ProjectServiceStub(channel),
            (("authorization", f"Bearer {key}"),),
        )

    def call(self, rpc: str, **fields):
        request = getattr(project_pb2, f"{rpc}Request")(**fields)
        return getattr(self.stub, rpc)(request, metadata=self.metadata)

    async def fails(self, rpc: str, **fields) -> tuple[str, str, list[str]]:
        with pytest.raises(aio.AioRpcError) as caught:
            await self.call(rpc, **fields)
        info, bad = ErrorInfo(), BadRequest()
        for packed in rpc_status.from_call(caught.value).details:
            packed.Unpack(info) if packed.Is(ErrorInfo.DESCRIPTOR) else packed.Unpack(bad)
        return caught.value.code().name, info.reason, [field.field for field in bad.field_violations]


def new_id() -> str:
    return str(uuid4())


def clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def operator(tmp_path: Path):
    store = Store(tmp_path)
    store.open()
    hashed, cache = hasher(load_pepper(tmp_path)), CallerCache(time.monotonic)
    factory = KeyFactory(key_maker(secrets.token_bytes), hashed, clock, new_id)
    projects = Projects(store, factory, cache, clock, new_id)
    authenticate = Authenticator(store, hashed, cache).caller
    services = project_pb2.DESCRIPTOR.services_by_name.values()
    server = aio.server(interceptors=[CallInterceptor(authenticate, services, new_id)])
    channels = Channels(store, ChannelConfigs({}), clock, new_id)
    service = ProjectService(projects, ApiKeys(store, factory, cache), channels)
    project_pb2_grpc.add_ProjectServiceServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    _, key = await projects.create_first(ProjectDraft("First"))
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Client(channel, key.key), lambda text: Client(channel, text)
    await server.stop(None)
    store.close()


@pytest.fixture
async def admin(operator):
    client, connect = operator
    made = await client.call("CreateProject", project=project_pb2.Project(name="Shop", account_id="acme"))
    return connect(made.api_key.key), made


def names(message, *fields: str) -> list:
    return [getattr(message, field) for field in fields]


async def test_the_operator_makes_projects_with_a_key_of_their_own(admin):
    client, made = admin
    assert names(made.project, "name", "account_id", "environment") == [
        "Shop",
        "acme",
        project_pb2.ENVIRONMENT_SANDBOX,
    ]
    caller = await client.call("GetCaller")
    assert (caller.project, caller.subject) == (made.project, made.api_key.id)
    assert list(caller.scopes) == [READ, WRITE, ADMIN]


async def test_nobody_else_makes_projects(admin):
    client, _ = admin
    code, reason, _ = await client.fails("CreateProject", project=project_pb2.Project(name="Mine"))
    assert (code, reason) == ("PERMISSION_DENIED", "PERMISSION_DENIED")


async def test_a_production_project_has_live_keys(operator):
    client, _ = operator
    draft = project_pb2.Project(name="Shop", environment=project_pb2.ENVIRONMENT_PRODUCTION)
    made = await client.call("CreateProject", project=draft)
    assert made.api_key.key.startswith("fg_live_")
    assert made.project.account_id == made.project.id


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "x", "environment": 9}, "environment"),
        ({"name": "x", "account_id": "x" * 65}, "account_id"),
        ({"name": "x", "webhook_url": "https://example.com"}, "webhook_url"),
    ],
)
async def test_a_bad_project_is_refused_with_the_field_to_blame(operator, fields, path):
    client, _ = operator
    found = await client.fails("CreateProject", project=project_pb2.Project(**fields))
    assert found == ("INVALID_ARGUMENT", "INVALID_ARGUMENT", [path])


async def test_what_the_server_decides_cannot_be_sent(operator):
    client, _ = operator
    sent = project_pb2.Project(id="chosen", name="Shop")
    sent.create_time.FromSeconds(1)
    made = (await client.call("CreateProject", project=sent)).project
    assert made.id != "chosen"
    assert made.create_time.seconds > 1
    key = await client.call(
        "CreateApiKey", api_key=project_pb2.ApiKey(id="chosen", name="CI", key="fg_test_mine")
    )
    assert (key.id, key.key) != ("chosen", "fg_test_mine")


async def test_a_project_is_read_and_renamed(admin):
    client, made = admin
    assert await client.call("GetProject") == made.project
    assert await client.call("GetProject", id=made.project.id) == made.project
    renamed = await client.call("UpdateProject", project=project_pb2.Project(name="Store"))
    assert names(renamed, "name", "account_id") == ["Store", "acme"]
    assert (await client.call("GetCaller")).project == renamed
    assert await client.call("GetProject") == renamed


@pytest.mark.parametrize(
    ("paths", "name", "account_id"),
    [
        (["name"], "B", "acme"),
        (["account_id"], "Shop", "b"),
        (["*"], "B", "b"),
        (["name", "account_id"], "B", "b"),
    ],
)
async def test_an_update_takes_over_what_its_mask_names(admin, paths, name, account_id):
    client, _ = admin
    sent = project_pb2.Project(name="B", account_id="b")
    changed = await client.call("UpdateProject", project=sent, update_mask=FieldMask(paths=paths))
    assert names(changed, "name", "account_id") == [name, account_id]


@pytest.mark.parametrize("path", ["id", "environment", "webhook_url", "nonsense", "name.x", ""])
async def test_an_update_of_anything_else_is_refused(admin, path):
    client, _ = admin
    mask = FieldMask(paths=["name", path])
    code, _, fields = await client.fails(
        "UpdateProject", project=project_pb2.Project(name="B"), update_mask=mask
    )
    assert (code, fields) == ("INVALID_ARGUMENT", ["update_mask.paths[1]"])


async def test_another_project_is_not_found(operator, admin):
    client, _ = admin
    foreign = (await operator[0].call("GetProject")).id
    for project_id in (foreign, new_id()):
        assert (await client.fails("GetProject", id=project_id))[:2] == ("NOT_FOUND", "PROJECT_NOT_FOUND")
        sent = project_pb2.Project(id=project_id, name="B")
        assert (await client.fails("UpdateProject", project=sent))[1] == "PROJECT_NOT_FOUND"


async def test_a_key_lives_from_its_making_to_its_deletion(operator, admin):
    client, made = admin
    key = await client.call("CreateApiKey", api_key=project_pb2.ApiKey(name="CI", scopes=[READ]))
    assert (list(key.scopes), key.created_by) == ([READ], made.api_key.id)
    reader = operator[1](key.key)
    assert (await reader.call("GetProject")).name == "Shop"
    assert (await reader.fails("ListApiKeys"))[0] == "PERMISSION_DENIED"
    listed = await client.call("ListApiKeys", with_total=True)
    assert listed.total_size == 2
    assert [one.name for one in listed.api_keys] == ["CI", "First key"]
    assert all("…" in one.key for one in listed.api_keys)
    assert (await client.call("DeleteApiKey", id=key.id)) == listed.api_keys[0]
    assert (await reader.fails("GetProject"))[0] == "UNAUTHENTICATED"
    assert (await client.fails("DeleteApiKey", id=key.id))[:2] == ("NOT_FOUND", "API_KEY_NOT_FOUND")


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "x", "scopes": [OPERATOR]}, "scopes[0]"),
        ({"name": "x", "scopes": [READ, 5]}, "scopes[1]"),
        ({"name": "x", "scopes": [0]}, "scopes[0]"),
        ({"name": "x", "scopes": [READ, READ]}, "scopes[1]"),
        ({"name": "x", "channel_id": "c"}, "channel_id"),
    ],
)
async def test_a_bad_key_is_refused_with_the_field_to_blame(operator, fields, path):
    found = await operator[0].fails("CreateApiKey", api_key=project_pb2.ApiKey(**fields))
    assert found == ("INVALID_ARGUMENT", "INVALID_ARGUMENT", [path])


async def test_keys_are_listed_in_pages(admin):
    client, _ = admin
    for number in range(3):
        await client.call("CreateApiKey", api_key=project_pb2.ApiKey(name=f"{number}"))
    first = await client.call("ListApiKeys", page_size=3)
    rest = await client.call("ListApiKeys", page_size=3, page_token=first.next_page_token)
    found = [one.name for one in (*first.api_keys, *rest.api_keys)]
    assert (found, rest.next_page_token) == (["2", "1", "0", "First key"], "")
    assert (await client.fails("ListApiKeys", page_token="junk"))[1] == "INVALID_PAGE_TOKEN"
    assert (await client.fails("ListApiKeys", page_size=-1))[2] == ["page_size"]


async def test_a_token_of_another_project_is_refused(operator, admin):
    client, _ = admin
    await client.call("CreateApiKey", api_key=project_pb2.ApiKey(name="CI"))
    token = (await client.call("ListApiKeys", page_size=1)).next_page_token
    assert (await operator[0].fails("ListApiKeys", page_token=token))[1] == "INVALID_PAGE_TOKEN"


async def test_a_repeated_call_is_marked_and_shows_no_secret(admin):
    client, _ = admin
    fields = {"api_key": project_pb2.ApiKey(name="CI"), "request_id": "r-1"}
    key = await client.call("CreateApiKey", **fields)
    call = client.call("CreateApiKey", **fields)
    again = await call
    assert again.id == key.id
    assert again.key == f"{key.key[:8]}…{key.key[-4:]}"
    assert dict(await call.trailing_metadata())["flowgen-replayed"] == "true"
    fields["api_key"].name = "Other"
    assert (await client.fails("CreateApiKey", **fields))[:2] == ("ALREADY_EXISTS", "REQUEST_ID_REUSED")


async def test_a_repeated_call_makes_one_project(operator):
    client, _ = operator
    fields = {"project": project_pb2.Project(name="Shop"), "request_id": "r-1"}
    made, again = await client.call("CreateProject", **fields), await client.call("CreateProject", **fields)
    assert made.project == again.project
    assert again.api_key.key == f"{made.api_key.key[:8]}…{made.api_key.key[-4:]}"
