from datetime import UTC, datetime

import pytest

from flowgen_core.pb.v1.flow_pb2 import ListFlowsRequest
from flowgen_core.pb.v1.generation_pb2 import GenerationState, ListGenerationsRequest
from flowgen_gateway.dialects.recrubo.errors import Refused
from flowgen_gateway.dialects.recrubo.filters import FLOWS, GENERATIONS, narrow_flows, narrow_generations
from flowgen_gateway.dialects.recrubo.query import parse_list

ONE, TWO = "8d328918-2622-4de5-a41c-9a8749fedeb0", "5f0b1c9e-7a64-4e0f-8a55-0a1d0f3e9b21"


def generations(**filters):
    request = ListGenerationsRequest()
    return request, narrow_generations(request, _parsed(filters, GENERATIONS))


def flows(**filters):
    request = ListFlowsRequest()
    return request, narrow_flows(request, _parsed(filters, FLOWS))


def _parsed(filters, kind):
    """`name__op=value` is `filter[name][op]=value`."""
    pairs = []
    for key, value in filters.items():
        name, _, operator = key.partition("__")
        pairs.append((f"filter[{name}]" + (f"[{operator}]" if operator else ""), value))
    return parse_list(pairs, kind).filters


def moment(timestamp):
    return timestamp.ToDatetime(UTC)


def test_without_filters_a_request_stays_as_it_is():
    assert generations() == (ListGenerationsRequest(), True)
    assert flows() == (ListFlowsRequest(), True)


def test_statuses_become_states():
    request, fits = generations(status="queued,failed,odd")
    assert fits
    assert list(request.states) == [
        GenerationState.GENERATION_STATE_QUEUED,
        GenerationState.GENERATION_STATE_FAILED,
    ]


@pytest.mark.parametrize("filters", [{"status": "done"}, {"status": "Queued"}, {"status": ""}])
def test_an_unknown_status_finds_nothing(filters):
    assert generations(**filters)[1] is False


def test_filters_of_one_field_must_all_fit():
    request, fits = generations(status__eql="QUEUED", status__match="queued,failed")
    assert fits
    assert list(request.states) == [GenerationState.GENERATION_STATE_QUEUED]
    assert generations(status__eq="queued", status__match="failed")[1] is False


def test_flow_types_are_compared_exactly_or_without_regard_to_case():
    exact, _ = generations(flowType="a,b")
    assert (list(exact.flow_types), exact.ignore_case) == (["a", "b"], False)
    loose, _ = generations(flowType__eql="Vacancy")
    assert (list(loose.flow_types), loose.ignore_case) == (["Vacancy"], True)
    both, _ = generations(flowType__match="a,B", flowType__eql="b")
    assert (list(both.flow_types), both.ignore_case) == (["B"], False)
    assert generations(flowType__eq="a", flowType__eql="b")[1] is False


def test_ids_are_taken_in_any_case_and_what_is_no_id_finds_nothing():
    request, fits = generations(flowId=f"{ONE.upper()},{TWO},x")
    assert fits
    assert set(request.flow_ids) == {ONE, TWO}
    assert generations(flowId="x")[1] is False
    assert list(flows(flowGenerationId=ONE)[0].generation_ids) == [ONE]


def test_more_values_than_the_core_takes_are_refused():
    with pytest.raises(Refused, match="at most 100 values"):
        generations(flowId__match=",".join([ONE] * 101))


def test_names_are_found_whole_or_by_their_ends():
    assert flows(name="Driver")[0].name == "Driver"
    ends, _ = flows(name__prefix="Dri", name__suffix="ver")
    assert (ends.name_prefix, ends.name_suffix, ends.ignore_case) == ("Dri", "ver", False)
    loose, _ = flows(name__eql="DRIVER")
    assert (loose.name, loose.ignore_case) == ("DRIVER", True)
    assert flows(name="Driver", name__prefix="Cook")[1] is False
    assert flows(name="Driver", name__eql="dRIVER")[0].ignore_case is False


@pytest.mark.parametrize("filters", [{"name": ""}, {"name__eql": "x", "name__prefix": "X"}])
def test_names_that_cannot_be_asked_for_are_refused(filters):
    with pytest.raises(Refused) as caught:
        flows(**filters)
    assert caught.value.status == 400


def test_a_nul_finds_nothing():
    assert flows(name="Dri\0ver")[1] is False


SECOND, NEXT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC), datetime(2026, 11, 21, 9, 30, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("operator", "first", "last"),
    [
        ("eq", SECOND, NEXT),
        ("gt", NEXT, None),
        ("gte", SECOND, None),
        ("lt", None, SECOND),
        ("lte", None, NEXT),
    ],
)
@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T09:30:00+00:00",
        "2026-11-21T09:30:00Z",
        "2026-11-21T09:30:00",
        "2026-11-21 09:30",
        "2026-11-21T10:30:00 01:00",
        "2026-11-21T10:30:00+0100",
    ],
)
def test_times_are_compared_by_the_whole_seconds_that_clients_see(operator, first, last, text):
    request, fits = generations(**{f"createdAt__{operator}": text})
    assert fits
    assert request.HasField("create_time_from") == (first is not None)
    assert request.HasField("create_time_to") == (last is not None)
    assert first is None or moment(request.create_time_from) == first
    assert last is None or moment(request.create_time_to) == last


def test_a_date_means_its_midnight_in_utc():
    request, _ = flows(createdAt__gte="2026-11-21")
    assert moment(request.create_time_from) == datetime(2026, 11, 21, tzinfo=UTC)


def test_parts_of_a_second_are_between_two_seconds():
    text = "2026-11-21T09:30:00.5Z"
    assert generations(createdAt=text)[1] is False
    assert moment(generations(createdAt__gte=text)[0].create_time_from) == NEXT
    assert moment(generations(createdAt__lt=text)[0].create_time_to) == NEXT


def test_several_times_leave_the_shortest_span():
    request, fits = generations(
        createdAt__gte="2026-01-01", createdAt__lt="2026-02-01", createdAt__lte="2027-01-01"
    )
    assert fits
    assert moment(request.create_time_from) == datetime(2026, 1, 1, tzinfo=UTC)
    assert moment(request.create_time_to) == datetime(2026, 2, 1, tzinfo=UTC)
    assert generations(createdAt__gte="2026-02-01", createdAt__lt="2026-01-01")[1] is False


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-13-01",
        "2026-11-21T25:00",
        "20261121",
        "9999-12-31T23:59:59",
        "0001-01-01T00:00+05:00",
    ],
)
def test_what_is_no_time_is_refused_even_when_nothing_could_fit(text):
    with pytest.raises(Refused) as caught:
        generations(createdAt__lte=text, status="odd")
    (problem,) = caught.value.problems
    assert (problem.status, problem.code) == (400, "invalid_query_parameter")
    assert problem.source == {"parameter": "filter[createdAt][lte]"}
