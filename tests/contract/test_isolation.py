"""Projects know nothing of each other: what is another's answers, to the byte, like what is not there."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from google.protobuf.message import Message
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support.routes import Route, routes_of
from tests.support.rpcs import RPCS, FieldPath, Told, fields_of, name_of, put, request_of
from tests.support.servers import Server
from tests.support.world import World

# Whose id a field holds: a new field that looks like an id must be told here.
OWNERS = {
    "flow_id": "flow",
    "on_complete_flow_id": "flow",
    "revision_id": "revision",
    "release_version": "",
    "generation_id": "generation",
    "generation_ids": "generation",
    "flow_ids": "flow",
    "chat_id": "chat",
    "run_id": "run",
    "root_id": "run",
    "parent_id": "run",
    "evaluation_run_id": "run",
    "user_message_id": "message",
    "message_ids": "message",
    "account_id": "project",
    "channel_id": "channel",
    "page_token": "page_token",
    "request_id": "request_id",
    # Names that are chosen within one request or one flow: there is nobody else's.
    "action_id": "",
    "expected_action_id": "",
    "next_id": "",
    "step_id": "",
    "entity_id": "",
    "session_id": "",
}
OF_MESSAGE = {
    "Flow": "flow",
    "Action": "",
    "Step": "",
    "Intent": "",
    "Chat": "chat",
    "ChatRef": "chat",
    "Run": "run",
    "Generation": "generation",
    "Project": "project",
    "ApiKey": "key",
    "GetFlowRequest": "flow",
    "DeleteFlowRequest": "flow",
    "GetRunRequest": "run",
    "GetGenerationRequest": "generation",
    "DeleteGenerationRequest": "generation",
    "GetProjectRequest": "project",
    "DeleteApiKeyRequest": "key",
    "StartRunRequest": "run",
    "StreamRunRequest": "run",
    "ContinueRunRequest": "run",
    "StopRunRequest": "run",
    "DeleteRunRequest": "run",
    "Channel": "channel",
    "GetChannelRequest": "channel",
    "DeleteChannelRequest": "channel",
}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
CHANGING = re.compile(
    r"(etag|key|version|seconds|nanos|last_seq|last_entry|queued|state|text|account_id): ?[^\n,}]+"
)
CANARY = "belongs-to-bob"
# What makes one more row of every list.
MAKERS = ("CreateFlow", "CreateChat", "CreateGeneration", "CreateApiKey", "CreateRelease", "CreateChannel")
# Lists of what is installed, the same for all.
OF_THE_SERVER = {"ListPlugins", "ListFlowTypes", "ListActionTypes", "ListChannelTypes"}


def has(name: str, field: str) -> bool:
    return field in RPCS[name].input_type.fields_by_name


class Owner(World):
    """A project that has one of everything, and knows the ids."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        flow = self.made("GetFlow")
        key = self.call("CreateApiKey", request_of("CreateApiKey", api_key={"name": CANARY, "scopes": [1]}))
        chat = {"id": self.chat_id}
        message = self.call("SendMessage", request_of("SendMessage", chat=chat, text=CANARY)).answer.message
        self.secret = key.answer.key
        self.ids = {
            "flow": flow.id,
            "revision": flow.revision_id,
            "chat": self.chat_id,
            "run": self.run_id,
            "generation": self.generation_id,
            "message": message.id,
            "project": server.project_id,
            "key": key.answer.id,
            "channel": self.channel_id,
        }

    def everything(self) -> list[Any]:
        """All that there is, as it is now."""
        reads = ["GetFlow", "GetChat", "ListMessages", "GetRun", "GetGeneration", "GetProject", "ListApiKeys"]
        reads += ["GetChannel", "ListChannels"]
        return [self.made(name) for name in reads]


@pytest.fixture(scope="module")
def alice(neighbour: tuple[Server, Server]) -> World:
    return World(neighbour[0])


@pytest.fixture(scope="module")
def bob(neighbour: tuple[Server, Server]) -> Owner:
    return Owner(neighbour[1])


@pytest.fixture
def nothing_of_bobs_changes(bob: Owner) -> Iterator[None]:
    before = bob.everything()
    yield
    assert bob.everything() == before


def owner_of(path: FieldPath) -> str | None:
    """Whose id a field holds: a kind, empty for nobody's, None for a field that is no id."""
    field = path[-1]
    if field.cpp_type != field.CPPTYPE_STRING or field.message_type is not None:
        return None
    if field.name == "id":
        return OF_MESSAGE[field.containing_type.name]
    if field.name in OWNERS:
        return OWNERS[field.name]
    assert not field.name.endswith(("_id", "_ids", "_token")), (
        f"whose is {field.full_name}? Tell it in OWNERS"
    )
    return None


def masked(told: Told, sent: str) -> Any:
    """What a caller was told, with what it sent, and what is new in every answer, made equal."""
    if told.answer is None:
        return tuple(
            re.sub(re.escape(sent), "<sent>", str(part), flags=re.IGNORECASE) for part in told.refusal
        )
    return told.code, CHANGING.sub(r"\1", UUID.sub("<id>", str(told.answer)))


@pytest.mark.usefixtures("nothing_of_bobs_changes")
@pytest.mark.parametrize("name", RPCS)
def test_another_projects_id_is_answered_like_one_that_is_not_there(
    alice: World, bob: Owner, name: str
) -> None:
    for path in fields_of(RPCS[name].input_type):
        kind = owner_of(path)
        if not kind or kind not in bob.ids:
            continue
        foreign, unknown = bob.ids[kind], str(uuid.uuid4())
        tried = (foreign, unknown, foreign.upper())
        if name_of(path) == "id" and name == "StartRun":
            # Run ids are unique on the server. Who finds one taken has guessed 122 random bits, or knew it already.
            continue
        answers = [ask(alice, name, path, id) for id in tried]
        told = [masked(answer, sent) for answer, sent in zip(answers, tried, strict=True)]
        assert all(one == told[0] for one in told), name_of(path)
        assert all(CANARY not in str(answer) for answer in answers)


def ask(alice: World, name: str, path: FieldPath, id: str) -> Told:
    request: Message = alice.request(name)
    put(request, path, [id] if path[-1].is_repeated else id)
    return alice.call(name, request)


@pytest.mark.parametrize(
    "name", [name for name in RPCS if has(name, "page_token") and name not in OF_THE_SERVER]
)
def test_another_projects_page_token_is_no_page_token(alice: World, bob: Owner, name: str) -> None:
    # More than one row each, so that there is a second page.
    for make in MAKERS:
        alice.made(make), bob.made(make)
    for chat in ({"id": bob.chat_id}, {"id": bob.made("CreateChat").id}):
        bob.call("SendMessage", request_of("SendMessage", chat=chat, text="Hello", wait={"seconds": 5}))
    request = bob.request(name)
    request.page_size = 1
    theirs = bob.call(name, request)
    assert theirs.answer.next_page_token
    request = alice.request(name)
    answers = []
    for token in (theirs.answer.next_page_token, "junk"):
        request.page_size, request.page_token = 1, token
        answers.append(alice.call(name, request))
    assert answers[0].reason == "INVALID_PAGE_TOKEN"
    assert answers[0].refusal == answers[1].refusal


@pytest.mark.parametrize(
    "name", [name for name in RPCS if has(name, "request_id") and name != "CreateProject"]
)
def test_another_projects_request_id_is_free(alice: World, bob: Owner, name: str) -> None:
    request_id = f"{name}-{uuid.uuid4()}"
    answers = []
    for world in (bob, alice):
        request = world.request(name)
        request.request_id = request_id
        answers.append(world.call(name, request))
    assert ("flowgen-replayed", "true") not in answers[1].trailing
    assert answers[0].code == answers[1].code and answers[1].reason != "REQUEST_ID_REUSED"
    if answers[0].answer is not None:
        assert UUID.findall(str(answers[0].answer)) and not (
            {m.group() for m in UUID.finditer(str(answers[0].answer))}
            & {m.group() for m in UUID.finditer(str(answers[1].answer))}
        )


def test_lists_and_totals_count_nobody_elses(alice: World, bob: Owner) -> None:
    for name in [name for name in RPCS if has(name, "with_total") and name not in OF_THE_SERVER]:
        request = alice.request(name)
        request.page_size, request.with_total = 1000, True
        before = alice.call(name, request)
        for make in MAKERS:
            bob.made(make)
        after = alice.call(name, request)
        assert before.code == after.code == "OK"
        assert before.answer.total_size == after.answer.total_size
        assert not any(id in str(after.answer) for kind, id in bob.ids.items())


def test_a_flow_that_names_another_projects_flow_knows_no_such_flow(alice: World, bob: Owner) -> None:
    told = []
    for flow_id in (bob.ids["flow"], str(uuid.uuid4())):
        action = {"type": "fetch_flow", "option_json": f'{{"flow_id":"{flow_id}"}}'}
        judged = alice.call("CreateFlow", request_of("CreateFlow", flow={"name": "x", "actions": [action]}))
        # One that is only known when the flow runs.
        option = '{"flow_id":"${text_input}"}'
        flow = {"name": "x", "actions": [{"id": "a", "type": "fetch_flow", "option_json": option}]}
        made = alice.call("CreateFlow", request_of("CreateFlow", flow=flow, lenient=True)).answer
        chat = alice.call("CreateChat", request_of("CreateChat", chat={"flow_id": made.id})).answer
        sent = request_of("SendMessage", chat={"id": chat.id}, text=flow_id, wait={"seconds": 10})
        failure = alice.call("SendMessage", sent).answer.chat.failure
        told.append((masked(judged, flow_id), str(failure).replace(flow_id, "<sent>")))
        assert failure.reason == "FLOW_NOT_FOUND"
    assert told[0] == told[1]


# The same over REST.


class Rest(httpx.Client):
    def __init__(self, server: Server) -> None:
        # One request id for all, because some APIs tell it in their refusals.
        headers = {**server.headers, "X-Request-Id": "isolation"}
        super().__init__(base_url=server.http, headers=headers, timeout=20)

    def told(self, route: Route, id: str, flow_id: str, query: dict[str, str] | None = None) -> Any:
        answer = self.request(route.method, route.at(id), json=route.body(flow_id), params=query)
        headers = {
            name: value for name, value in answer.headers.items() if name not in {"x-request-id", "date"}
        }
        return answer.status_code, headers, answer.text.replace(id, "<sent>").replace(id.lower(), "<sent>")


KIND_OF_PATH = {
    "chats": "chat",
    "api-keys": "key",
    "flow-generations": "generation",
    "flows": "flow",
    "activeflows": "run",
    "flow_requests": "run",
    "eval_jobs": "run",
}


def kind_of(route: Route) -> str:
    resource = route.path.partition("/{")[0].rpartition("/")[2]
    return {**KIND_OF_PATH, "organizations": "project"}[resource]


@pytest.mark.usefixtures("nothing_of_bobs_changes")
def test_every_path_answers_another_projects_id_like_one_that_is_not_there(
    alice: World, bob: Owner, neighbour: tuple[Server, Server]
) -> None:
    routes = [route for route in routes_of(neighbour[0]) if route.id_name]
    assert len(routes) > 15
    with Rest(neighbour[0]) as rest:
        for route in routes:
            foreign = bob.ids[kind_of(route)]
            told = [rest.told(route, id, alice.flow_id) for id in (foreign, str(uuid.uuid4()))]
            assert told[0] == told[1], route.name
            assert told[0][0] == 404, route.name


def test_another_projects_flow_makes_no_chat(bob: Owner, neighbour: tuple[Server, Server]) -> None:
    with Rest(neighbour[0]) as rest:
        for prefix in ("", "/v1"):
            told = []
            for flow_id in (bob.ids["flow"], str(uuid.uuid4())):
                for kind in ("flow", "template"):
                    body = {"name": "x", "from_type": kind, f"from_{kind}": flow_id}
                    answer = rest.post(f"{prefix}/chats", json=body)
                    told.append((answer.status_code, answer.text))
            assert told[:2] == told[2:] and {status for status, _ in told} == {404}


def test_filters_and_page_tokens_of_another_project_find_nothing(
    bob: Owner, neighbour: tuple[Server, Server]
) -> None:
    with Rest(neighbour[0]) as rest, Rest(neighbour[1]) as theirs:
        for path, name, kind in [
            ("/public/v2/flow-generations", "filter[flowId]", "flow"),
            ("/public/v2/flows", "filter[flowGenerationId]", "generation"),
        ]:
            told = [rest.get(path, params={name: id}).text for id in (bob.ids[kind], str(uuid.uuid4()))]
            assert told[0] == told[1]
        for path in ("/chats", "/admin/api-keys"):
            for _ in range(2):
                bob.made("CreateChat"), bob.made("CreateApiKey")
            token = theirs.get(path, params={"limit": 1}).links["next"]["url"].partition("page_token=")[2]
            told = [rest.get(path, params={"limit": 1, "page_token": one}) for one in (token, "junk")]
            assert told[0].status_code == 422 and told[0].text == told[1].text


def test_another_projects_idempotency_key_is_free(
    alice: World, bob: Owner, neighbour: tuple[Server, Server]
) -> None:
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    with Rest(neighbour[0]) as rest, Rest(neighbour[1]) as theirs:
        made = []
        for client, world in ((theirs, bob), (rest, alice)):
            body = {"name": "x", "from_type": "flow", "from_flow": world.flow_id}
            made.append(client.post("/chats", json=body, headers=headers))
    assert [answer.status_code for answer in made] == [201, 201]
    assert made[0].json()["id"] != made[1].json()["id"] and "idempotency-replayed" not in made[1].headers


def test_a_socket_to_another_projects_chat_closes_like_one_to_none(
    bob: Owner, neighbour: tuple[Server, Server]
) -> None:
    closed = []
    for chat_id in (bob.ids["chat"], str(uuid.uuid4())):
        url = f"{neighbour[0].http.replace('http', 'ws')}/chats/{chat_id}/ws"
        with (
            connect(url, additional_headers=neighbour[0].headers) as socket,
            pytest.raises(ConnectionClosed) as end,
        ):
            socket.recv(timeout=5)
        closed.append((end.value.rcvd.code, end.value.rcvd.reason) if end.value.rcvd else None)
    assert closed[0] == closed[1] and closed[0] is not None and closed[0][0] == 4404
