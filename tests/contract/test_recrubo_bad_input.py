import copy
import uuid

import httpx
import pytest

GENERATIONS = "/public/v2/flow-generations"
MEDIA_TYPE = "application/vnd.api+json"
A = "/data/attributes"
P = f"{A}/parameters"
LIMIT = 1_048_576
BASE = {
    "flowType": "vacancy_application_flow",
    "parameters": {"knockoutRequirements": [], "preferredRequirements": []},
    "context": {"type": "text", "value": "Cook in Ghent"},
}
ITEM = {"value": "Has drivers license B"}


@pytest.fixture(scope="module")
def api(server):
    with httpx.Client(base_url=server.http, headers=server.headers, timeout=40) as client:
        yield client


def envelope(attributes):
    return {"data": {"type": "flowGenerations", "attributes": attributes}}


def with_parameters(**parameters):
    return envelope(BASE | {"parameters": BASE["parameters"] | parameters})


def errors_of(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.headers["x-request-id"]
    errors = answer.json()["errors"]
    assert {error["status"] for error in errors} == {str(status)}
    return errors


def told(answer, status=422):
    """The code, the source and the detail of each error."""
    return [
        (e["code"], *e.get("source", {"": None}).values(), e["detail"]) for e in errors_of(answer, status)
    ]


def test_a_body_that_is_no_json_is_refused_where_the_parser_stopped(api):
    (error,) = errors_of(api.post(GENERATIONS, content=b'{"data":'), 400)
    assert error == {
        "code": "invalid_json",
        "status": "400",
        "title": "Bad Request",
        "detail": "The body is not valid JSON (line 1, column 9).",
    }


@pytest.mark.parametrize(
    "body",
    [
        b'{"flowType": NaN}',
        b'{"flowType": 1e999}',
        b'{"flowType": "\\u0000"}',
        b'{"flowType": "\\ud800"}',
        b'{"flowType": 9223372036854775808}',
        b'{"flowType": -9223372036854775809}',
        b'{"flowType": "\xff"}',
    ],
)
def test_json_that_cannot_be_kept_is_refused(api, body):
    (error,) = errors_of(api.post(GENERATIONS, content=body), 400)
    assert error["code"] == "invalid_json"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"[]", ""),
        (b"", ""),
        (b'"x"', ""),
        (b"null", ""),
        (b'{"data":[]}', "/data"),
        (b'{"data":null}', "/data"),
    ],
)
def test_json_that_is_no_document_is_refused(api, body, pointer):
    answer = api.post(GENERATIONS, content=body)
    assert told(answer, 400) == [("invalid_document", pointer, "A JSON object is expected.")]


def test_attributes_that_are_no_object_are_refused(api):
    answer = api.post(GENERATIONS, json={"data": {"type": "flowGenerations", "attributes": []}})
    assert told(answer, 400) == [("invalid_document", A, "A JSON object is expected.")]


def test_a_body_that_is_nested_too_deep_is_refused(api):
    deep = b'{"parameters":' + b"[" * 64 + b"]" * 64 + b"}"
    assert errors_of(api.post(GENERATIONS, content=deep), 400)[0]["code"] == "invalid_document"


def test_a_call_without_a_credential_is_refused(server):
    answer = httpx.post(server.http + GENERATIONS, json=envelope(BASE))
    assert answer.headers["www-authenticate"] == "Bearer"
    assert errors_of(answer, 401) == [
        {"code": "unauthorized", "status": "401", "title": "Unauthorized", "detail": "access denied"}
    ]


@pytest.mark.parametrize(
    "credential", ["Basic abc", "Bearer", "Bearer wrong", "Bearer é", "Bearer fg_test_x"]
)
def test_a_bad_credential_is_refused(server, credential):
    headers = {"Authorization": credential.encode()}
    assert errors_of(httpx.get(server.http + GENERATIONS, headers=headers), 401)[0]["code"] == "unauthorized"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", f"{GENERATIONS}/x", b""),
        ("POST", GENERATIONS, b"{"),
        ("POST", GENERATIONS, b"x" * (LIMIT + 1)),
        ("POST", GENERATIONS, b'{"data":{"id":"x"}}'),
        ("POST", GENERATIONS, b'{"data":{"type":"flows"}}'),
        ("POST", GENERATIONS, b"{}"),
        ("POST", f"{GENERATIONS}?sync=maybe", b"{}"),
        ("GET", f"{GENERATIONS}?sort=cost", b""),
        ("GET", f"{GENERATIONS}/x", b""),
        ("PATCH", "/public/v2/organizations", b'{"name":5}'),
    ],
)
def test_the_credential_is_judged_before_everything_else(server, method, path, body):
    answer = httpx.request(method, server.http + path, content=body, headers={"Content-Type": "text/plain"})
    assert errors_of(answer, 401)[0]["code"] == "unauthorized"


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/xml",
        f"{MEDIA_TYPE}; ext=x",
        "application/json; charset=latin-1",
        "nonsense",
    ],
)
def test_another_media_type_is_refused(api, media_type):
    answer = api.post(GENERATIONS, content=b"{}", headers={"Content-Type": media_type})
    assert told(answer, 415) == [("unsupported_media_type", "Content-Type", "Use application/vnd.api+json.")]


def test_another_type_is_a_conflict(api):
    body = {"data": {"type": "flows", "attributes": BASE}}
    assert told(api.post(GENERATIONS, json=body), 409) == [
        ("type_conflict", "/data/type", "data.type must be flowGenerations")
    ]


def test_a_missing_type_is_refused(api):
    assert told(api.post(GENERATIONS, json={"data": {"attributes": BASE}})) == [
        ("required", "/data/type", "data.type is required")
    ]


def test_a_client_id_is_refused(api):
    body = {"data": {"type": "flowGenerations", "id": str(uuid.uuid4()), "attributes": BASE}}
    assert told(api.post(GENERATIONS, json=body), 403) == [
        ("client_id_not_supported", "/data/id", "Ids are given by the server.")
    ]


@pytest.mark.parametrize(("body", "base"), [(envelope({}), A), ({}, "")])
def test_missing_attributes_are_pointed_at_in_the_form_that_was_sent(api, body, base):
    assert told(api.post(GENERATIONS, json=body)) == [
        ("required", f"{base}/flowType", "flowType is required"),
        ("required", f"{base}/parameters", "parameters is required"),
    ]


def test_an_unknown_flow_type_is_told_the_known_ones(api):
    ((code, pointer, detail),) = told(
        api.post(GENERATIONS, json=envelope(BASE | {"flowType": "vacancy_flow"}))
    )
    assert (code, pointer) == ("unknown_flow_type", f"{A}/flowType")
    assert detail.startswith("flowType is not known; known: ")
    assert "vacancy_application_flow" in detail


def test_parameters_of_an_unknown_flow_type_are_not_judged(api):
    body = envelope({"flowType": "vacancy_flow", "parameters": {"language": "pl"}, "status": "finished"})
    assert [(code, pointer) for code, pointer, _ in told(api.post(GENERATIONS, json=body))] == [
        ("unknown_flow_type", f"{A}/flowType"),
        ("read_only", f"{A}/status"),
    ]


def test_required_parameters_and_a_context_are_asked_for(api):
    body = envelope({"flowType": BASE["flowType"], "parameters": {}})
    assert told(api.post(GENERATIONS, json=body)) == [
        ("required", f"{A}/context", "context is required unless parameters.vacancyId is set"),
        (
            "required",
            f"{P}/knockoutRequirements",
            "parameters.knockoutRequirements is required; use [] for none",
        ),
        (
            "required",
            f"{P}/preferredRequirements",
            "parameters.preferredRequirements is required; use [] for none",
        ),
    ]


def test_an_unknown_language_is_refused(api):
    assert told(api.post(GENERATIONS, json=with_parameters(language="pl"))) == [
        ("unsupported_language", f"{P}/language", "parameters.language must be one of nl, en, de, fr, es")
    ]


@pytest.mark.parametrize("usage", [6, "many", 2.5, True])
def test_an_odd_emoji_usage_is_refused(api, usage):
    assert told(api.post(GENERATIONS, json=with_parameters(emojiUsage=usage))) == [
        ("invalid_emoji_usage", f"{P}/emojiUsage", "parameters.emojiUsage must be 0, 1, 2, 3, 4 or 5")
    ]


def test_parameters_that_are_no_object_are_refused_once(api):
    assert told(api.post(GENERATIONS, json=envelope(BASE | {"parameters": "x"}))) == [
        ("invalid_type", f"{A}/parameters", "parameters must be an object")
    ]


@pytest.mark.parametrize(
    ("name", "value", "detail"),
    [("flowType", 5, "flowType must be a string"), ("context", "x", "context must be an object")],
)
def test_other_attributes_of_a_wrong_type_are_refused_once(api, name, value, detail):
    assert told(api.post(GENERATIONS, json=envelope(BASE | {name: value}))) == [
        ("invalid_type", f"{A}/{name}", detail)
    ]


def test_an_item_that_is_no_object_is_refused(api):
    assert told(api.post(GENERATIONS, json=with_parameters(knockoutRequirements=["B"]))) == [
        (
            "invalid_type",
            f"{P}/knockoutRequirements/0",
            "parameters.knockoutRequirements[0] must be an object",
        )
    ]


def test_an_item_without_a_value_is_refused(api):
    assert told(api.post(GENERATIONS, json=with_parameters(requiredFields=[{"sessionField": "x"}]))) == [
        ("required", f"{P}/requiredFields/0/value", "parameters.requiredFields[0].value is required")
    ]


def test_a_session_field_that_is_no_name_is_refused(api):
    item = ITEM | {"sessionField": "first name"}
    assert told(api.post(GENERATIONS, json=with_parameters(knockoutRequirements=[item]))) == [
        (
            "invalid_session_field",
            f"{P}/knockoutRequirements/0/sessionField",
            "parameters.knockoutRequirements[0].sessionField must be letters, digits and _, "
            "not starting with a digit, at most 64",
        )
    ]


def test_a_misspelt_parameter_is_told_the_nearest_known_one(api):
    assert told(api.post(GENERATIONS, json=with_parameters(knockoutRequirement=[]))) == [
        (
            "unknown_parameter",
            f"{P}/knockoutRequirement",
            "parameters.knockoutRequirement is not known; did you mean knockoutRequirements?",
        )
    ]


def test_a_parameter_with_an_odd_name_is_pointed_at(api):
    ((code, pointer, detail),) = told(api.post(GENERATIONS, json=with_parameters(**{"a/b ~c.d[0]": 1})))
    assert (code, pointer) == ("unknown_parameter", f"{P}/a~1b ~0c.d[0]")
    assert detail.startswith('parameters["a/b ~c.d[0]"] is not known')


@pytest.mark.parametrize(
    ("items", "code", "place", "detail"),
    [
        ([ITEM] * 21, "too_many", "", "must have at most 20 items"),
        ([{"value": "x" * 301}], "too_long", "/0/value", "must have at most 300 characters"),
        ([{"value": "  "}], "required", "/0/value", "is required"),
    ],
)
def test_lists_and_values_have_limits(api, items, code, place, detail):
    path = "parameters.knockoutRequirements" + ("[0].value" if place else "")
    assert told(api.post(GENERATIONS, json=with_parameters(knockoutRequirements=items))) == [
        (code, f"{P}/knockoutRequirements{place}", f"{path} {detail}")
    ]


def test_a_vacancy_id_that_is_no_uuid_is_refused(api):
    assert told(api.post(GENERATIONS, json=with_parameters(vacancyId="12"))) == [
        ("invalid_id", f"{P}/vacancyId", "parameters.vacancyId must be a UUID")
    ]


def test_a_context_of_another_type_is_refused(api):
    body = envelope(BASE | {"context": {"type": "url", "value": "x"}})
    assert told(api.post(GENERATIONS, json=body)) == [
        ("unsupported_context_type", f"{A}/context/type", "context.type must be text")
    ]


def test_a_template_in_a_name_is_refused(api):
    assert told(api.post(GENERATIONS, json=with_parameters(flowName="${x}"))) == [
        ("template_not_allowed", f"{P}/flowName", "parameters.flowName must not contain ${")
    ]


def test_a_read_only_attribute_with_a_value_is_refused(api):
    assert told(api.post(GENERATIONS, json=envelope(BASE | {"status": "finished"}))) == [
        ("read_only", f"{A}/status", "status is set by the server")
    ]


def test_an_unknown_attribute_is_refused(api):
    assert told(api.post(GENERATIONS, json=envelope(BASE | {"colour": None}))) == [
        (
            "unknown_attribute",
            f"{A}/colour",
            "colour is not known; known: flowType, parameters, context",
        )
    ]


def test_a_slot_without_an_offset_is_refused(api):
    body = with_parameters(appointment={"slots": ["2026-12-01 09:00"]})
    assert told(api.post(GENERATIONS, json=body)) == [
        (
            "invalid_slot",
            f"{P}/appointment/slots/0",
            "parameters.appointment.slots[0] must be a date-time with offset, "
            "such as 2026-12-01T09:00:00+01:00",
        )
    ]


def test_problems_of_attributes_and_of_parameters_are_told_together_in_order(api):
    attributes = copy.deepcopy(BASE) | {"status": "finished", "colour": "red"}
    attributes["parameters"]["language"] = "pl"
    attributes["context"]["type"] = "url"
    answer = api.post(GENERATIONS, json={"data": {"attributes": attributes}})
    assert [(code, pointer) for code, pointer, _ in told(answer)] == [
        ("required", "/data/type"),
        ("unsupported_context_type", f"{A}/context/type"),
        ("read_only", f"{A}/status"),
        ("unknown_attribute", f"{A}/colour"),
        ("unsupported_language", f"{P}/language"),
    ]


def test_a_body_with_problems_creates_nothing(api):
    before = api.get(GENERATIONS).json()["meta"]["total"]
    for attributes in (BASE | {"cost": 5}, BASE | {"parameters": {}}):
        assert api.post(GENERATIONS, json=attributes).status_code == 422
    assert api.get(GENERATIONS).json()["meta"]["total"] == before


def test_another_sync_is_refused(api):
    assert told(api.post(f"{GENERATIONS}?sync=maybe", json=envelope(BASE)), 400) == [
        ("invalid_query_parameter", "sync", "sync must be true or false")
    ]


@pytest.mark.parametrize("attributes", [BASE, {}, BASE | {"status": "finished"}, BASE | {"parameters": {}}])
def test_sync_in_production_is_refused_before_the_values(production, attributes):
    url = f"{production.http}{GENERATIONS}?sync=true"
    answer = httpx.post(url, json=envelope(attributes), headers=production.headers)
    assert told(answer, 403) == [
        (
            "sync_not_available",
            "sync",
            "Synchronous generation is only available in a sandbox project.",
        )
    ]


@pytest.mark.parametrize(
    ("query", "code", "parameter", "detail"),
    [
        ("page[size]=x", "invalid_query_parameter", "page[size]", "page[size] must be a whole number from 1"),
        ("page%5Bnumber%5D=0", "invalid_query_parameter", "page[number]", "page[number] must be a whole number from 1"),
        (
            "filter[color]=red",
            "unknown_filter",
            "filter[color]",
            "filter[color] is not known; known: "
            "filter[status], filter[flowType], filter[flowId], filter[createdAt]",
        ),
        ("sort=cost", "unknown_sort", "sort", "sort must be createdAt or -createdAt"),
        ("include=flow", "unknown_include", "include", "include is not available."),
    ],
)  # fmt: skip
def test_a_bad_query_is_refused_with_what_is_allowed(api, query, code, parameter, detail):
    assert told(api.get(f"{GENERATIONS}?{query}"), 400) == [(code, parameter, detail)]


@pytest.mark.parametrize("query", ["%ff%fe", "filter[status]=%00", "filter[name]=%ff", "page[size]=%F0%9F"])
def test_no_query_breaks_the_server(api, query):
    for path in (GENERATIONS, "/public/v2/flows", "/public/v2/organizations"):
        assert api.get(f"{path}?{query}").status_code in (200, 400)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("prefix", ["/flow-generations", GENERATIONS])
def test_an_id_that_leads_nowhere_is_not_found(neighbour, method, prefix):
    owner, caller = neighbour
    foreign = httpx.post(owner.http + GENERATIONS, json=envelope(BASE), headers=owner.headers).json()
    for id in (str(uuid.uuid4()), foreign["data"]["id"], "x", "%00", "1"):
        answer = httpx.request(method, f"{caller.http}{prefix}/{id}", headers=caller.headers)
        (error,) = errors_of(answer, 404)
        assert error == {
            "code": "not_found",
            "status": "404",
            "title": "Not Found",
            "detail": "FlowGeneration not found",
        }


def test_a_flow_that_is_not_there_is_not_found(api):
    for id in (str(uuid.uuid4()), "x"):
        assert told(api.get(f"/public/v2/flows/{id}"), 404) == [("not_found", None, "Flow not found")]


@pytest.mark.parametrize(
    "path", ["/public/v2", "/public/v2/nothing", f"{GENERATIONS}/a/b", "/flow-generations/a/b"]
)
def test_an_unknown_path_is_not_found(api, path):
    assert told(api.get(path), 404) == [("not_found", None, "Route not found")]


@pytest.mark.parametrize(
    ("method", "path", "allow", "detail"),
    [
        ("PATCH", f"{GENERATIONS}/x", "GET, DELETE", "Use GET or DELETE."),
        ("PUT", f"{GENERATIONS}/x", "GET, DELETE", "Use GET or DELETE."),
        ("PATCH", "/flow-generations/x/", "GET, DELETE", "Use GET or DELETE."),
        ("DELETE", GENERATIONS, "GET, POST", "Use GET or POST."),
        ("POST", "/public/v2/flows", "GET", "Use GET."),
        ("DELETE", "/public/v2/flows/x", "GET", "Use GET."),
        ("POST", "/public/v2/organizations", "GET, PATCH", "Use GET or PATCH."),
        ("TRACE", "/public/v2/organizations/x", "GET, PATCH", "Use GET or PATCH."),
    ],
)
def test_another_method_is_told_the_allowed_ones(api, method, path, allow, detail):
    answer = api.request(method, path)
    assert answer.headers["allow"] == allow
    assert told(answer, 405) == [("method_not_allowed", None, detail)]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_body_of_2_mib_is_refused(api, streamed):
    body = b" " * (2 * LIMIT)
    answer = api.post(GENERATIONS, content=iter([body]) if streamed else body)
    assert told(answer, 413) == [("payload_too_large", None, f"The body must be at most {LIMIT} bytes.")]


def test_a_refusal_is_told_in_the_order_of_judgement(api):
    large, other = b"x" * (LIMIT + 1), {"Content-Type": "text/plain"}
    with_id = b'{"data":{"id":"x","type":"flows"}}'
    statuses = [
        api.request("PATCH", f"{GENERATIONS}/x", content=large, headers=other).status_code,
        api.post(GENERATIONS, content=large, headers=other).status_code,
        api.post(f"{GENERATIONS}?sync=maybe", content=large).status_code,
        api.post(f"{GENERATIONS}?sync=maybe", content=with_id).status_code,
        api.post(GENERATIONS, content=with_id).status_code,
        api.post(GENERATIONS, content=b'{"data":{"type":"flows","attributes":{}}}').status_code,
        api.post(GENERATIONS, content=b"{}").status_code,
    ]
    assert statuses == [405, 415, 413, 400, 403, 409, 422]


@pytest.mark.parametrize(
    ("attributes", "problems"),
    [
        ({"name": 5}, [("invalid_type", "/name", "name must be a string")]),
        ({"name": None}, [("invalid_type", "/name", "name must be a string")]),
        ({"name": " "}, [("required", "/name", "name is required")]),
        ({"name": "x" * 256}, [("too_long", "/name", "name must have at most 255 characters")]),
        ({"updatedAt": "now"}, [("read_only", "/updatedAt", "updatedAt is set by the server")]),
        (
            {"environment": "production"},
            [("unknown_attribute", "/environment", "environment is not known; known: name")],
        ),
    ],
)
def test_bad_changes_of_an_organization_are_refused(api, attributes, problems):
    assert told(api.patch("/public/v2/organizations", json=attributes)) == problems


def test_an_organization_is_named_by_path_and_body_alike(api, server):
    path = f"/public/v2/organizations/{server.project_id}"
    body = {"data": {"type": "organizations", "id": str(uuid.uuid4()), "attributes": {}}}
    assert told(api.patch(path, json=body), 409) == [
        ("conflict", "/data/id", "data.id must be the id of the path")
    ]
    assert api.patch("/public/v2/organizations", json=body).status_code == 404
    wrong = {"data": {"type": "flows", "attributes": {}}}
    assert errors_of(api.patch(path, json=wrong), 409)[0]["code"] == "type_conflict"


def test_at_most_100_problems_are_told(api):
    attributes = BASE | {f"unknown{n}": n for n in range(150)}
    assert len(errors_of(api.post(GENERATIONS, json=attributes), 422)) == 100
