import orjson
import pytest

from flowgen_gateway.dialects.recrubo.document import Document, check_type, open_document, reject_client_id
from flowgen_gateway.dialects.recrubo.drafts import draft_generation, merge
from flowgen_gateway.dialects.recrubo.errors import Refused, error_document, invalid
from flowgen_gateway.dialects.recrubo.pointers import pointer, segments, shown
from flowgen_gateway.errors import Violation

A = "/data/attributes"
GOOD = {"flowType": "t", "parameters": {}}


def listed(problems):
    return [(problem.code, problem.source["pointer"], problem.detail) for problem in problems]


def drafted(attributes, base=""):
    return draft_generation(Document(base, attributes))


def test_bare_attributes_and_an_envelope_are_opened():
    assert open_document(GOOD) == Document("", GOOD)
    data = {"type": "flowGenerations", "attributes": GOOD}
    assert open_document({"data": data, "flowType": "other"}) == Document(A, GOOD, data)
    assert open_document({"data": {"type": "x"}}).attributes == {}


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ([], ""),
        (None, ""),
        ("x", ""),
        ({"data": []}, "/data"),
        ({"data": None}, "/data"),
        ({"data": {"attributes": []}}, A),
        ({"data": {"attributes": None}}, A),
    ],
)
def test_what_is_no_document_is_refused_where_the_object_is_missing(body, place):
    with pytest.raises(Refused) as caught:
        open_document(body)
    (problem,) = caught.value.problems
    assert (problem.status, problem.code, problem.source) == (400, "invalid_document", {"pointer": place})


def test_a_client_id_is_refused_unless_it_is_null():
    reject_client_id(open_document({"data": {"id": None}}))
    reject_client_id(open_document(GOOD))
    with pytest.raises(Refused) as caught:
        reject_client_id(open_document({"data": {"id": "x"}}))
    assert caught.value.problems[0].code == "client_id_not_supported"


@pytest.mark.parametrize("given", ["flows", "FlowGenerations", 5, []])
def test_another_type_is_a_conflict(given):
    with pytest.raises(Refused) as caught:
        check_type(open_document({"data": {"type": given}}), "flowGenerations")
    (problem,) = caught.value.problems
    assert (problem.status, problem.code) == (409, "type_conflict")


def test_a_missing_type_is_one_problem_of_the_body():
    assert listed(check_type(open_document({"data": {}}), "flowGenerations")) == [
        ("required", "/data/type", "data.type is required")
    ]
    assert check_type(open_document(GOOD), "flowGenerations") == []


def test_attributes_become_a_generation_with_numbers_as_they_were():
    parameters = {"b": 3.0, "a": [3, "3", 2**63 - 1, None]}
    draft, problems = drafted({"flowType": "t", "parameters": parameters, "context": None, "status": None})
    assert problems == []
    assert draft.parameters_json == '{"b":3.0,"a":[3,"3",9223372036854775807,null]}'
    assert orjson.loads(draft.parameters_json) == parameters
    assert not draft.HasField("context_json")


def test_missing_attributes_are_pointed_at_where_they_should_be():
    assert listed(drafted({}, A)[1]) == [
        ("required", f"{A}/flowType", "flowType is required"),
        ("required", f"{A}/parameters", "parameters is required"),
    ]


def test_attributes_of_a_wrong_type_are_left_out_and_told():
    draft, problems = drafted({"flowType": 5, "parameters": "x", "context": []})
    assert (draft.flow_type, draft.parameters_json, draft.HasField("context_json")) == ("", "", False)
    assert listed(problems) == [
        ("invalid_type", "/flowType", "flowType must be a string"),
        ("invalid_type", "/parameters", "parameters must be an object"),
        ("invalid_type", "/context", "context must be an object"),
    ]


def test_read_only_and_unknown_attributes_are_told():
    _, problems = drafted({**GOOD, "cost": 0, "flowId": None, "a/b~c d": 1, "colour": None})
    assert listed(problems) == [
        ("read_only", "/cost", "cost is set by the server"),
        ("unknown_attribute", "/a~1b~0c d", '["a/b~c d"] is not known; known: flowType, parameters, context'),
        ("unknown_attribute", "/colour", "colour is not known; known: flowType, parameters, context"),
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("flow_type", "/flowType"),
        ("context.type", "/context/type"),
        ("parameters.list[0].value", "/parameters/list/0/value"),
        ("parameters.list[12]", "/parameters/list/12"),
        ('parameters["a b"]', "/parameters/a b"),
        ('parameters["a.b/c~d[0]"].x', "/parameters/a.b~1c~0d[0]/x"),
        (r'parameters["say \"hi\" é"][3]', '/parameters/say "hi" é/3'),
        ('parameters[""]', "/parameters/"),
    ],
)
def test_a_path_of_the_core_becomes_a_pointer(path, expected):
    assert pointer("", path) == expected
    assert pointer(A, path) == A + expected


def test_a_path_is_shown_with_the_attribute_name_of_the_api():
    assert shown("flow_type") == "flowType"
    assert shown('parameters["flow_type"]') == 'parameters["flow_type"]'
    assert segments("a.b[0]") == ["a", "b", "0"]


def test_problems_of_gateway_and_core_are_one_list_in_order():
    own = [
        invalid("required", "/data/type", "data.type is required"),
        invalid("read_only", f"{A}/status", "status is set by the server"),
    ]
    found = [
        Violation("parameters.language", "UNSUPPORTED_LANGUAGE", "must be one of nl, en"),
        Violation("parameters.list[0]", "INVALID_TYPE", "must be an object"),
        Violation("context.type", "UNSUPPORTED_CONTEXT_TYPE", "must be text"),
        Violation("flow_type", "UNKNOWN_FLOW_TYPE", "is not known; known: t"),
    ]
    assert listed(merge(A, own, found)) == [
        ("required", "/data/type", "data.type is required"),
        ("unknown_flow_type", f"{A}/flowType", "flowType is not known; known: t"),
        ("unsupported_context_type", f"{A}/context/type", "context.type must be text"),
        ("read_only", f"{A}/status", "status is set by the server"),
        ("unsupported_language", f"{A}/parameters/language", "parameters.language must be one of nl, en"),
        ("invalid_type", f"{A}/parameters/list/0", "parameters.list[0] must be an object"),
    ]


def test_what_the_core_says_about_attributes_that_were_left_out_is_dropped():
    _, own = drafted({"flowType": "t", "parameters": "x", "context": 5})
    found = [
        Violation("parameters", "REQUIRED", "is required"),
        Violation("parameters.list", "REQUIRED", "is required"),
        Violation("context", "REQUIRED", "is required unless parameters.vacancyId is set"),
    ]
    assert [problem.code for problem in merge("", own, found)] == ["invalid_type", "invalid_type"]


def test_an_answer_tells_at_most_100_problems():
    document = error_document([invalid("unknown_attribute", f"/{n}", "x") for n in range(150)])
    assert len(document["errors"]) == 100
