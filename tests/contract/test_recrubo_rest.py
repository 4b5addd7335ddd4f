import re
import uuid

import httpx
import pytest

from flowgen_core.pb.v1 import project_pb2, project_pb2_grpc
from flowgen_core.pb.v1.options_pb2 import Scope

GENERATIONS = "/public/v2/flow-generations"
MEDIA_TYPE = "application/vnd.api+json"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")

SEED = {
    "flowType": "vacancy_application_flow",
    "parameters": {
        "language": "nl",
        "emojiUsage": "3",
        "flowName": "Driver",
        "knockoutRequirements": [
            {"value": "Has drivers license B", "sessionField": "drivers_license"},
            {"value": "Must be communicative", "sessionField": "communicative"},
        ],
        "preferredRequirements": [{"value": "Lives in Amsterdam", "sessionField": "location"}],
        "requiredFields": [
            {"value": "firstName", "sessionField": "first_name"},
            {"value": "email", "sessionField": "email"},
            {"value": "phoneNumber", "sessionField": "phone"},
        ],
        "optionalFields": [
            {"value": "address", "sessionField": "address"},
            {"value": "linkedin", "sessionField": "linkedin"},
            {"value": "portfolio", "sessionField": "portfolio"},
        ],
    },
    "context": {"type": "text", "value": "Example vacancy text here."},
}
COOK = {
    "flowType": "vacancy_application_flow",
    "parameters": {
        "knockoutRequirements": [],
        "preferredRequirements": [],
        "requiredFields": [{"value": "email"}],
    },
    "context": {"type": "text", "value": "Cook in Ghent"},
}


def envelope(attributes, type="flowGenerations"):
    return {"data": {"type": type, "attributes": attributes}}


def client_of(server, key=None):
    headers = {"Authorization": f"Bearer {key or server.api_key}"}
    return httpx.Client(base_url=server.http, headers=headers, timeout=40)


@pytest.fixture(scope="module")
def api(server):
    with client_of(server) as client:
        yield client


@pytest.fixture(scope="module")
def organization(server):
    return {"organization": {"links": {"related": f"/public/v2/organizations/{server.project_id}"}}}


@pytest.fixture(scope="module")
def finished(api):
    """A generation that is done, as POST answered it."""
    answer = api.post("/flow-generations?sync=true", json=COOK)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


@pytest.fixture(scope="module")
def key_with(server):
    """Makes API keys with these scopes only."""

    def make(*scopes):
        asked = project_pb2.CreateApiKeyRequest(
            api_key=project_pb2.ApiKey(name="contract", scopes=[Scope.Value(f"SCOPE_{s}") for s in scopes])
        )
        with server.channel() as channel:
            stub = project_pb2_grpc.ProjectServiceStub(channel)
            return stub.CreateApiKey(asked, metadata=server.metadata, timeout=10).key

    return make


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["data"]]


def test_the_documented_example_is_accepted_and_repeated_unchanged(api, organization):
    answer = api.post(GENERATIONS, json=envelope(SEED), headers={"Content-Type": MEDIA_TYPE})
    assert answer.status_code == 201
    assert answer.headers["content-type"] == MEDIA_TYPE
    document = answer.json()
    assert answer.headers["location"] == f"{GENERATIONS}/{document['data']['id']}"
    assert uuid.UUID(document["data"]["id"])
    attributes = document["data"].pop("attributes")
    assert document == {
        "data": {
            "id": document["data"]["id"],
            "type": "flowGenerations",
            "relationships": document["data"]["relationships"],
        },
        "meta": {},
    }
    assert document["data"]["relationships"].items() >= organization.items()
    assert list(attributes)[:2] == ["createdAt", "updatedAt"]
    assert MOMENT.fullmatch(attributes.pop("createdAt"))
    assert MOMENT.fullmatch(attributes.pop("updatedAt"))
    assert {name: attributes.pop(name) for name in ("flowType", "parameters", "context")} == SEED
    assert attributes.pop("status") in ("queued", "processing", "finished")
    assert set(attributes) == {"flowId", "cost", "error"}
    assert attributes["error"] is None


def test_a_flat_body_with_sync_is_answered_when_the_flow_is_there(api, organization):
    answer = api.post("/flow-generations?sync=true", json=COOK)
    assert answer.status_code == 201
    assert "retry-after" not in answer.headers
    resource = answer.json()["data"]
    attributes = resource["attributes"]
    flow_id = attributes["flowId"]
    assert answer.headers["location"] == f"{GENERATIONS}/{resource['id']}"
    assert (attributes["status"], attributes["cost"], attributes["error"]) == ("finished", 1, None)
    assert {name: attributes[name] for name in COOK} == COOK
    assert resource["relationships"] == {
        **organization,
        "flow": {"links": {"related": f"/public/v2/flows/{flow_id}"}},
    }
    assert api.get(f"{GENERATIONS}/{resource['id']}").json()["data"] == resource


def test_sync_in_a_production_project_is_forbidden_and_creates_nothing(production):
    with client_of(production) as client:
        before = client.get(GENERATIONS).json()["meta"]["total"]
        answer = client.post("/flow-generations?sync=true", json=COOK)
        after = client.get(GENERATIONS).json()["meta"]["total"]
    assert (answer.status_code, before) == (403, after)
    assert answer.json() == {
        "errors": [
            {
                "code": "sync_not_available",
                "status": "403",
                "title": "Forbidden",
                "detail": "Synchronous generation is only available in a sandbox project.",
                "source": {"parameter": "sync"},
            }
        ]
    }


@pytest.mark.parametrize("sync", ["false", "0", ""])
def test_sync_may_be_false_in_a_production_project(production, sync):
    with client_of(production) as client:
        assert client.post(f"/flow-generations?sync={sync}", json=COOK).status_code == 201


def test_several_problems_are_told_at_once(api):
    body = {
        "flowType": "vacancy_application_flow",
        "parameters": {"language": "pl", "preferredRequirements": []},
    }
    answer = api.post(GENERATIONS, json=envelope(body))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json() == {
        "errors": [
            {
                "code": "required",
                "status": "422",
                "title": "Validation Error",
                "detail": "context is required unless parameters.vacancyId is set",
                "source": {"pointer": "/data/attributes/context"},
            },
            {
                "code": "unsupported_language",
                "status": "422",
                "title": "Validation Error",
                "detail": "parameters.language must be one of nl, en, de, fr, es",
                "source": {"pointer": "/data/attributes/parameters/language"},
            },
            {
                "code": "required",
                "status": "422",
                "title": "Validation Error",
                "detail": "parameters.knockoutRequirements is required; use [] for none",
                "source": {"pointer": "/data/attributes/parameters/knockoutRequirements"},
            },
        ]
    }


def test_a_list_can_be_filtered_paged_and_thinned(api, finished, organization):
    query = "filter[status]=finished&page[size]=1&fields[flowGenerations]=status,flowId"
    flow_id = finished["attributes"]["flowId"]
    answer = api.get(f"{GENERATIONS}?{query}&filter[flowId]={flow_id}")
    assert answer.status_code == 200
    document = answer.json()
    assert document["meta"].pop("totalUnfiltered") >= 1
    assert document == {
        "data": [
            {
                "id": finished["id"],
                "type": "flowGenerations",
                "attributes": {"flowId": flow_id, "status": "finished"},
                "relationships": {
                    **organization,
                    "flow": {"links": {"related": f"/public/v2/flows/{flow_id}"}},
                },
            }
        ],
        "meta": {"total": 1, "currentSize": 1, "currentPage": 1, "maxPage": 1},
    }


def test_the_flow_of_a_generation_can_be_read(api, finished, organization):
    flow_id = finished["attributes"]["flowId"]
    answer = api.get(f"/public/v2/flows/{flow_id}")
    assert answer.status_code == 200
    document = answer.json()
    attributes = document["data"]["attributes"]
    for name in ("createdAt", "updatedAt", "publishedAt"):
        assert MOMENT.fullmatch(attributes.pop(name))
    assert document == {
        "data": {
            "id": flow_id,
            "type": "flows",
            "attributes": {
                "name": "Cook in Ghent",
                "reminderInterval": 60,
                "reminderMessage": "Are you still there? Your application is not finished yet.",
                "sessionTimeout": 1440,
                "flowGenerationId": finished["id"],
                "unpublishedChanges": False,
            },
            "relationships": organization,
        },
        "meta": {},
    }


def test_a_deleted_generation_is_gone_and_its_flow_stays(api):
    made = api.post("/flow-generations?sync=true", json=COOK).json()["data"]
    path, flow = f"{GENERATIONS}/{made['id']}", f"/public/v2/flows/{made['attributes']['flowId']}"
    before = api.get(flow).json()
    answer = api.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    gone = {"code": "not_found", "status": "404", "title": "Not Found", "detail": "FlowGeneration not found"}
    for again in (api.get(path), api.delete(path)):
        assert (again.status_code, again.json()) == (404, {"errors": [gone]})
    assert api.get(flow).json() == before


def test_a_flow_made_elsewhere_is_listed_too(api, server):
    flow_id = server.create_flow({"name": f"Elsewhere {uuid.uuid4()}", "actions": [], "steps": []})
    flow = api.get(f"/public/v2/flows/{flow_id}").json()["data"]
    name = flow["attributes"]["name"]
    assert (flow["attributes"]["flowGenerationId"], flow["attributes"]["publishedAt"]) == (None, None)
    assert flow["attributes"]["unpublishedChanges"] is True
    assert ids(api.get("/public/v2/flows", params={"filter[name]": name})) == [flow_id]
    assert ids(api.get("/public/v2/flows", params={"filter[name][eql]": name.upper()})) == [flow_id]
    assert ids(api.get("/public/v2/flows", params={"filter[name][suffix]": name[-36:]})) == [flow_id]
    assert ids(api.get("/public/v2/flows", params={"filter[name][prefix]": name[:-1]})) == [flow_id]
    assert ids(api.get("/public/v2/flows", params={"filter[name]": name.upper()})) == []


@pytest.mark.parametrize("path", ["/flow-generations", "/flow-generations/", GENERATIONS, GENERATIONS + "/"])
def test_the_bare_alias_and_a_trailing_slash_are_answered_the_same(api, finished, path):
    flow_id = finished["attributes"]["flowId"]
    assert ids(api.get(path, params={"filter[flowId]": flow_id})) == [finished["id"]]


@pytest.mark.parametrize("prefix", ["/flow-generations", GENERATIONS])
def test_an_id_is_taken_in_any_case(api, finished, prefix):
    assert api.get(f"{prefix}/{finished['id'].upper()}/").json()["data"] == finished


@pytest.mark.parametrize(
    "media_type",
    [
        MEDIA_TYPE,
        "application/json",
        "application/json; charset=utf-8",
        f'{MEDIA_TYPE}; profile="http://example.com/a;b"',
        "APPLICATION/JSON",
        None,
    ],
)
def test_bodies_come_as_json_api_as_json_or_without_a_type(api, media_type):
    headers = {"Content-Type": media_type} if media_type else {}
    content = b'{"flowType":"vacancy_application_flow","parameters":{}}'
    answer = api.post("/flow-generations", content=content, headers=headers)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == MEDIA_TYPE


def test_accept_is_not_checked(api):
    assert api.get(GENERATIONS, headers={"Accept": "text/html"}).status_code == 200


def test_a_head_is_a_get_without_a_body(api, finished):
    for path in (
        GENERATIONS,
        f"{GENERATIONS}/{finished['id']}",
        "/public/v2/flows",
        "/public/v2/organizations",
    ):
        answer = api.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"] == MEDIA_TYPE
    assert api.head(f"{GENERATIONS}/{uuid.uuid4()}").status_code == 404


def test_every_answer_has_a_request_id(api):
    assert api.get(GENERATIONS, headers={"X-Request-Id": "abc-1"}).headers["x-request-id"] == "abc-1"
    for path in (GENERATIONS, "/public/v2/nothing", f"{GENERATIONS}/x"):
        assert api.get(path).headers["x-request-id"]


def test_numbers_and_texts_come_back_as_they_were_sent(api):
    parameters = COOK["parameters"] | {"emojiUsage": 3, "appointment": {"durationMinutes": 30}}
    attributes = COOK | {"parameters": parameters}
    shown = api.post(GENERATIONS, json=attributes).json()["data"]["attributes"]["parameters"]
    assert shown == parameters
    assert type(shown["emojiUsage"]) is int


def test_read_only_attributes_that_are_null_are_ignored(api):
    extra = {"flowId": None, "status": None, "cost": None, "error": None, "createdAt": None}
    body = {"data": {"type": "flowGenerations", "id": None, "attributes": COOK | extra, "relationships": {}}}
    assert api.post(GENERATIONS, json=body | {"jsonapi": {}, "meta": {}, "other": 1}).status_code == 201


def test_a_repeated_key_gives_the_same_generation(api):
    headers = {"Idempotency-Key": f"key-{uuid.uuid4()}"}
    first = api.post(GENERATIONS, json=COOK, headers=headers)
    again = api.post(f"{GENERATIONS}?sync=true", json=COOK, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert first.json()["data"]["id"] == again.json()["data"]["id"]
    assert again.json()["data"]["attributes"]["status"] == "finished"


def test_a_key_that_was_used_for_another_body_is_a_conflict(api):
    headers = {"Idempotency-Key": f"key-{uuid.uuid4()}"}
    assert api.post(GENERATIONS, json=COOK, headers=headers).status_code == 201
    answer = api.post(GENERATIONS, json=SEED, headers=headers)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"]) == (409, "idempotency_conflict")
    assert error["source"] == {"header": "Idempotency-Key"}


@pytest.mark.parametrize("key", ["", "a b", "x" * 256])
def test_a_key_is_1_to_255_visible_characters(api, key):
    answer = api.post(GENERATIONS, json=COOK, headers={"Idempotency-Key": key})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["source"]) == (400, {"header": "Idempotency-Key"})


def test_pages_follow_each_other_in_the_order_asked_for(api, server):
    tag = uuid.uuid4().hex
    made = [server.create_flow({"name": f"{tag} {n}", "actions": [], "steps": []}) for n in range(5)]
    query = {"filter[name][prefix]": tag, "page[size]": 2}
    pages = [api.get("/public/v2/flows", params=query | {"page[number]": n}) for n in (1, 2, 3, 4)]
    assert [row for page in pages for row in ids(page)] == made[::-1]
    oldest = [
        api.get("/public/v2/flows", params=query | {"sort": "createdAt", "page[number]": n})
        for n in (1, 2, 3)
    ]
    assert [row for page in oldest for row in ids(page)] == made
    meta = pages[3].json()["meta"]
    assert meta.pop("totalUnfiltered") >= 5
    assert meta == {"total": 5, "currentSize": 2, "currentPage": 4, "maxPage": 3}


def test_a_page_of_more_than_200_rows_counts_as_200(api):
    assert api.get(GENERATIONS, params={"page[size]": 500}).json()["meta"]["currentSize"] == 200


def test_an_empty_list_has_one_page(api):
    meta = api.get(GENERATIONS, params={"filter[status]": "odd"}).json()["meta"]
    assert (meta["total"], meta["maxPage"], meta["currentPage"]) == (0, 1, 1)
    assert meta["totalUnfiltered"] >= 0


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"filter[status][eql]": "FINISHED"}, True),
        ({"filter[status][match]": "queued,finished"}, True),
        ({"filter[status]": "queued,processing"}, False),
        ({"filter[flow_type]": "vacancy_application_flow"}, True),
        ({"filter[flowType][eql]": "VACANCY_application_flow"}, True),
        ({"filter[flowType]": "VACANCY_application_flow"}, False),
        ({"filter[createdAt][gte]": "2020-01-01"}, True),
        ({"filter[created_at][lt]": "2020-01-01"}, False),
        ({"filter%5Bstatus%5D": "finished"}, True),
    ],
)
def test_filters_find_what_they_say(api, finished, query, found):
    pairs = "&".join(f"{name}={value}" for name, value in query.items())
    answer = api.get(f"{GENERATIONS}?filter[flowId]={finished['attributes']['flowId']}&{pairs}")
    assert ids(answer) == ([finished["id"]] if found else [])


def test_a_creation_time_finds_its_own_second(api, finished):
    created, flow_id = finished["attributes"]["createdAt"], finished["attributes"]["flowId"]
    for operator, found in (("eq", True), ("gte", True), ("lte", True), ("gt", False), ("lt", False)):
        query = {f"filter[createdAt][{operator}]": created, "filter[flowId]": flow_id}
        assert (ids(api.get(GENERATIONS, params=query)) == [finished["id"]]) is found, operator


def test_flows_are_found_by_their_generation(api, finished):
    query = {"filter[flowGenerationId]": finished["id"], "fields[flows]": "name"}
    answer = api.get("/public/v2/flows", params=query)
    assert ids(answer) == [finished["attributes"]["flowId"]]
    assert answer.json()["data"][0]["attributes"] == {"name": "Cook in Ghent"}


def test_a_single_resource_takes_sparse_fields(api, finished):
    answer = api.get(f"{GENERATIONS}/{finished['id']}", params={"fields[flowGenerations]": "cost"})
    assert answer.json()["data"]["attributes"] == {"cost": 1}


def test_the_organization_is_the_callers_own(api, server):
    listed = api.get("/public/v2/organizations").json()
    assert listed["meta"] == {
        "total": 1,
        "totalUnfiltered": 1,
        "currentSize": 25,
        "currentPage": 1,
        "maxPage": 1,
    }
    (row,) = listed["data"]
    assert (row["id"], row["type"]) == (server.project_id, "organizations")
    assert list(row["attributes"]) == ["createdAt", "updatedAt", "name"]
    assert api.get(f"/public/v2/organizations/{server.project_id}").json()["data"] == row
    assert ids(api.get("/public/v2/organizations", params={"page[number]": 2})) == []


@pytest.mark.parametrize("form", ["flat", "envelope"])
@pytest.mark.parametrize("with_id", [True, False])
def test_an_organization_can_be_renamed(api, server, form, with_id):
    path = f"/public/v2/organizations/{server.project_id}" if with_id else "/public/v2/organizations"
    old = api.get(f"/public/v2/organizations/{server.project_id}").json()["data"]["attributes"]["name"]
    for name in (f"Renamed {uuid.uuid4()}", old):
        body = {"name": name}
        answer = api.patch(path, json=envelope(body, "organizations") if form == "envelope" else body)
        assert (answer.status_code, answer.json()["data"]["attributes"]["name"]) == (200, name)


def test_a_patch_without_attributes_changes_nothing(api, server):
    before = api.get("/public/v2/organizations").json()["data"][0]
    answer = api.patch("/public/v2/organizations", json={})
    assert answer.status_code == 200
    assert answer.json()["data"]["attributes"]["name"] == before["attributes"]["name"]


def test_another_organization_is_not_found(api, production):
    for path in (production.project_id, str(uuid.uuid4()), "mine"):
        answer = api.get(f"/public/v2/organizations/{path}")
        assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (404, "Organization not found")
        assert api.patch(f"/public/v2/organizations/{path}", json={"name": "x"}).status_code == 404


def test_each_method_needs_its_scope(server, key_with, finished):
    one = f"{GENERATIONS}/{finished['id']}"
    with client_of(server, key_with("READ")) as reader, client_of(server, key_with("WRITE")) as writer:
        assert reader.get(one).status_code == 200
        refused = [
            (reader.post(GENERATIONS, json=COOK), "write"),
            (reader.post(GENERATIONS, json={}), "write"),
            (reader.delete(one), "write"),
            (reader.delete(f"{GENERATIONS}/x"), "write"),
            (reader.patch("/public/v2/organizations", json={"name": "x"}), "admin"),
            (reader.patch("/public/v2/organizations", json={"name": 5}), "admin"),
            (writer.get(one), "read"),
            (writer.get(GENERATIONS), "read"),
        ]
        assert writer.post(GENERATIONS, json=COOK).status_code == 201
    for answer, scope in refused:
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["code"]) == (403, "forbidden")
        assert error["detail"] == f"The credential needs the scope {scope}."


def test_the_scheme_of_the_credential_is_taken_in_any_case(server):
    headers = {"Authorization": f"bearer {server.api_key}"}
    assert httpx.get(server.http + GENERATIONS, headers=headers).status_code == 200


def test_the_documentation_names_every_route_with_its_errors(api):
    spec = api.get("/openapi.json").json()
    routes = {
        (path, method)
        for path, operations in spec["paths"].items()
        if path.startswith(("/public/v2", "/flow-generations"))
        for method in operations
    }
    assert routes == {
        *((f"{prefix}/flow-generations", m) for prefix in ("", "/public/v2") for m in ("get", "post")),
        *(
            (f"{prefix}/flow-generations/{{id}}", m)
            for prefix in ("", "/public/v2")
            for m in ("get", "delete")
        ),
        ("/public/v2/flows", "get"),
        ("/public/v2/flows/{id}", "get"),
        *(("/public/v2/organizations", m) for m in ("get", "patch")),
        *(("/public/v2/organizations/{id}", m) for m in ("get", "patch")),
    }
    create = spec["paths"][GENERATIONS]["post"]
    assert {"201", "400", "401", "403", "409", "413", "415", "422", "429", "503"} <= set(create["responses"])
    assert {p["name"] for p in create["parameters"]} == {
        "sync",
        "Idempotency-Key",
        "fields[flowGenerations]",
    }
    assert set(create["requestBody"]["content"]) == {MEDIA_TYPE, "application/json"}
    assert all(set(answer["content"]) == {MEDIA_TYPE} for answer in create["responses"].values())
