import pytest

from flowgen_gateway.dialects.recrubo.errors import Refused
from flowgen_gateway.dialects.recrubo.filters import FLOWS, GENERATIONS, ORGANIZATIONS
from flowgen_gateway.dialects.recrubo.query import Filter, ListQuery, parse_fields, parse_list, parse_sync


def refusal(pairs, kind=GENERATIONS):
    with pytest.raises(Refused) as caught:
        parse_list(pairs, kind)
    (problem,) = caught.value.problems
    assert problem.status == 400
    return problem


def test_without_parameters_the_first_25_rows_are_meant_newest_first():
    assert parse_list([], GENERATIONS) == ListQuery(25, 1, False, None, ())


def test_parameters_outside_the_families_are_ignored():
    assert parse_list([("color", "red"), ("locale", "nl")], GENERATIONS) == ListQuery()


@pytest.mark.parametrize(
    ("given", "size"), [("1", 1), ("200", 200), ("201", 200), ("007", 7), ("9" * 15, 200)]
)
def test_a_page_size_above_200_counts_as_200(given, size):
    assert parse_list([("page[size]", given)], GENERATIONS).size == size


@pytest.mark.parametrize("given", ["x", "", "0", "-1", "1.5", "1e3", " 1", "+1", "٣", "9" * 5000])
def test_a_page_size_that_is_no_whole_number_from_1_is_refused(given):
    problem = refusal([("page[size]", given)])
    assert problem.code == "invalid_query_parameter"
    assert problem.source == {"parameter": "page[size]"}
    assert problem.detail == "page[size] must be a whole number from 1"


def test_a_page_number_follows_the_same_rules():
    assert parse_list([("page[number]", "3")], GENERATIONS).number == 3
    assert refusal([("page[number]", "0")]).source == {"parameter": "page[number]"}


@pytest.mark.parametrize("name", ["page", "page[offset]", "page[size][x]"])
def test_an_unknown_member_of_page_is_refused(name):
    assert refusal([(name, "1")]).source == {"parameter": name}


@pytest.mark.parametrize(
    ("given", "oldest_first"),
    [("createdAt", True), ("created_at", True), ("-createdAt", False), ("-created_at", False), ("", False)],
)
def test_sort_names_are_taken_in_both_spellings(given, oldest_first):
    assert parse_list([("sort", given)], GENERATIONS).oldest_first is oldest_first


@pytest.mark.parametrize("given", ["cost", "createdAt,status", "--createdAt"])
def test_another_sort_is_refused_with_the_allowed_ones(given):
    problem = refusal([("sort", given)])
    assert (problem.code, problem.source) == ("unknown_sort", {"parameter": "sort"})
    assert problem.detail == "sort must be createdAt or -createdAt"


def test_an_include_is_refused_unless_it_is_empty():
    assert refusal([("include", "flow")]).code == "unknown_include"
    assert parse_list([("include", "")], GENERATIONS) == ListQuery()


def test_sparse_fields_count_for_their_own_type_only():
    pairs = [("fields[flows]", "name"), ("fields[flowGenerations]", "status,flow_id, cost")]
    assert parse_fields(pairs, "flowGenerations") == {"status", "flowId", "cost"}
    assert parse_fields(pairs, "organizations") is None


@pytest.mark.parametrize(
    ("given", "sync"),
    [("true", True), ("TRUE", True), ("1", True), ("False", False), ("0", False), ("", False)],
)
def test_sync_is_true_or_false_in_any_case(given, sync):
    assert parse_sync([("sync", given)]) is sync


def test_another_sync_is_refused():
    with pytest.raises(Refused) as caught:
        parse_sync([("sync", "maybe")])
    (problem,) = caught.value.problems
    assert (problem.status, problem.code) == (400, "invalid_query_parameter")
    assert (problem.detail, problem.source) == ("sync must be true or false", {"parameter": "sync"})


def test_a_filter_has_a_field_an_operator_and_a_value():
    pairs = [("filter[flow_type][eql]", "X"), ("filter[status]", "queued")]
    assert parse_list(pairs, GENERATIONS).filters == (
        Filter("flowType", "eql", "X", "filter[flow_type][eql]"),
        Filter("status", "eq", "queued", "filter[status]"),
    )


def test_a_comma_list_without_operator_means_match_where_match_is_served():
    (matched,) = parse_list([("filter[status]", "queued,failed")], GENERATIONS).filters
    (equal,) = parse_list([("filter[name]", "Driver, Ghent")], FLOWS).filters
    assert (matched.operator, equal.operator) == ("match", "eq")


@pytest.mark.parametrize(
    "name", ["filter[color]", "filter", "filter[]", "filter[status][gt]", "filter[status][]", "filter[cost]"]
)
def test_another_field_or_operator_is_an_unknown_filter(name):
    problem = refusal([(name, "red")])
    assert (problem.code, problem.source) == ("unknown_filter", {"parameter": name})


def test_an_unknown_filter_names_the_allowed_ones():
    known = "filter[status], filter[flowType], filter[flowId], filter[createdAt]"
    assert refusal([("filter[color]", "red")]).detail == f"filter[color] is not known; known: {known}"
    assert refusal([("filter[flowId][prefix]", "x")]).detail == "filter[flowId] takes the operators eq, match"
    assert refusal([("filter[name]", "x")], ORGANIZATIONS).detail.endswith("known: no filter")


def test_a_parameter_that_is_given_twice_is_refused():
    assert refusal([("page[size]", "1"), ("page[size]", "2")]).detail == "page[size] must be given once"
