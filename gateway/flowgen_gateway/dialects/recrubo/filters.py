"""Filters of a query, written into the list requests of the core."""

from collections.abc import Iterable, Iterator, MutableSequence, Sequence
from itertools import chain

from flowgen_core.pb.v1.flow_pb2 import ListFlowsRequest
from flowgen_core.pb.v1.generation_pb2 import ListGenerationsRequest
from flowgen_gateway.dialects.recrubo.errors import bad_parameter
from flowgen_gateway.dialects.recrubo.moments import narrow_times
from flowgen_gateway.dialects.recrubo.query import Filter, Kind
from flowgen_gateway.dialects.recrubo.translate import STATUSES, canonical_id

MOST_VALUES = 100
_TIMES = ("eq", "gt", "gte", "lt", "lte")

GENERATIONS = Kind(
    "flowGenerations",
    {
        "status": ("eq", "eql", "match"),
        "flowType": ("eq", "eql", "match"),
        "flowId": ("eq", "match"),
        "createdAt": _TIMES,
    },
)
FLOWS = Kind(
    "flows",
    {"name": ("eq", "eql", "prefix", "suffix"), "flowGenerationId": ("eq", "match"), "createdAt": _TIMES},
)
ORGANIZATIONS = Kind("organizations", {})


def narrow_generations(request: ListGenerationsRequest, filters: Sequence[Filter]) -> bool:
    """Writes filters into a request; False when nothing can fit. Raises `Refused` (400) for a bad value."""
    found = [
        _narrow_states(request, _of("status", filters)),
        _narrow_flow_types(request, _of("flowType", filters)),
        _narrow_ids(request.flow_ids, _of("flowId", filters)),
        narrow_times(request, _of("createdAt", filters)),
    ]
    return all(found) and _storable(filters)


def narrow_flows(request: ListFlowsRequest, filters: Sequence[Filter]) -> bool:
    """Writes filters into a request; False when nothing can fit. Raises `Refused` (400) for a bad value."""
    found = [
        _narrow_name(request, _of("name", filters)),
        _narrow_ids(request.generation_ids, _of("flowGenerationId", filters)),
        narrow_times(request, _of("createdAt", filters)),
    ]
    return all(found) and _storable(filters)


def _of(field: str, filters: Iterable[Filter]) -> list[Filter]:
    return [each for each in filters if each.field == field]


def _storable(filters: Iterable[Filter]) -> bool:
    return not any("\0" in each.value for each in filters)


def _values(each: Filter) -> list[str]:
    """The values of which one has to fit."""
    values = [part.strip() for part in each.value.split(",")] if each.operator == "match" else [each.value]
    if len(values) > MOST_VALUES:
        raise bad_parameter(each.parameter, f"{each.parameter} takes at most {MOST_VALUES} values")
    return [value for value in values if value]


def _fits(value: str, each: Filter) -> bool:
    match each.operator:
        case "eql":
            return value.casefold() == each.value.casefold()
        case "prefix":
            return value.startswith(each.value)
        case "suffix":
            return value.endswith(each.value)
        case _:
            return value in _values(each)


def _fitting(candidates: Iterable[str], filters: Sequence[Filter]) -> list[str]:
    unique = dict.fromkeys(candidates)
    return [value for value in unique if all(_fits(value, each) for each in filters)]


def _exact(filters: Iterable[Filter]) -> Iterator[str]:
    return chain.from_iterable(_values(each) for each in filters if each.operator in ("eq", "match"))


def _narrow_states(request: ListGenerationsRequest, filters: Sequence[Filter]) -> bool:
    fitting = _fitting(STATUSES.values(), filters)
    if filters:
        request.states.extend(state for state, status in STATUSES.items() if status in fitting)
    return bool(fitting)


def _narrow_flow_types(request: ListGenerationsRequest, filters: Sequence[Filter]) -> bool:
    if not filters:
        return True
    # Without an exact name the first of those that ignore case stands for all: they must be the same name.
    request.ignore_case = all(each.operator == "eql" for each in filters)
    candidates = [filters[0].value] if request.ignore_case else _exact(filters)
    request.flow_types.extend(_fitting(filter(None, candidates), filters))
    return bool(request.flow_types)


def _narrow_ids(ids: MutableSequence[str], filters: Sequence[Filter]) -> bool:
    wanted = [{canonical_id(value) for value in _values(each)} for each in filters]
    ids.extend(sorted(filter(None, set.intersection(*wanted) if wanted else ())))
    return bool(ids) or not filters


def _narrow_name(request: ListFlowsRequest, filters: Sequence[Filter]) -> bool:
    by_operator = {each.operator: each for each in filters}
    exact = by_operator.get("eq") or by_operator.get("eql")
    if exact is None:
        return _narrow_name_ends(request, by_operator.values())
    if not exact.value:
        raise bad_parameter(exact.parameter, f"{exact.parameter} must not be empty")
    if exact.operator == "eql" and len(by_operator) > 1:
        detail = "filter[name][eql] goes with no other filter of the name"
        raise bad_parameter(exact.parameter, detail)
    request.name, request.ignore_case = exact.value, exact.operator == "eql"
    return bool(_fitting([exact.value], filters))


def _narrow_name_ends(request: ListFlowsRequest, filters: Iterable[Filter]) -> bool:
    for each in filters:
        setattr(request, f"name_{each.operator}", each.value)
    return True
