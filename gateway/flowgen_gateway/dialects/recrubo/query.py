"""The query of this dialect: `page`, `sort`, `fields`, `filter`, `include` and `sync`."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flowgen_gateway.dialects.recrubo.errors import bad_parameter

Pairs = Sequence[tuple[str, str]]

DEFAULT_SIZE, LARGEST_SIZE, LARGEST_NUMBER = 25, 200, 2**53
_FAMILY = re.compile(r"(page|filter|fields)(?:\[([^\[\]]*)\])?(?:\[([^\[\]]*)\])?|sort|include|sync")
_SNAKE = re.compile(r"_([a-z])")
_TRUTH = {"true": True, "1": True, "false": False, "0": False, "": False}


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: the field in camelCase, the operator, the value, and the parameter as it was sent."""

    field: str
    operator: str
    value: str
    parameter: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What the query of a resource may say: its `type`, and the operators of each field's filter."""

    type: str
    filters: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The query of a list. `number` is the page, from 1; `fields` the attributes to keep, None for all."""

    size: int = DEFAULT_SIZE
    number: int = 1
    oldest_first: bool = False
    fields: frozenset[str] | None = None
    filters: tuple[Filter, ...] = ()


def parse_list(pairs: Pairs, kind: Kind) -> ListQuery:
    """Reads the query of a list. Raises `Refused` (400) at the first parameter that is wrong."""
    given = _known(pairs)
    return ListQuery(
        size=min(_page(given, "size", DEFAULT_SIZE), LARGEST_SIZE),
        number=_page(given, "number", 1),
        oldest_first=_oldest_first(given.get("sort", "")),
        fields=parse_fields(pairs, kind.type),
        filters=tuple(
            _filter(name, value, kind) for name, value in given.items() if name.startswith("filter")
        ),
    )


def parse_fields(pairs: Pairs, type_name: str) -> frozenset[str] | None:
    """Reads the query of a single resource: `fields`, and no `include`. Raises `Refused` (400)."""
    given = _known(pairs)
    if given.get("include"):
        raise bad_parameter("include", "include is not available.", "unknown_include")
    for name, value in given.items():
        if name.startswith("fields[") and camel(name[len("fields[") : -1]) == type_name:
            return frozenset(camel(field.strip()) for field in value.split(","))
    return None


def parse_sync(pairs: Pairs) -> bool:
    """Reads `sync`. Raises `Refused` (400)."""
    value = _known(pairs).get("sync", "").lower()
    if value not in _TRUTH:
        raise bad_parameter("sync", "sync must be true or false")
    return _TRUTH[value]


def camel(name: str) -> str:
    """Writes a name in camelCase."""
    return _SNAKE.sub(lambda match: match[1].upper(), name)


def _known(pairs: Pairs) -> dict[str, str]:
    known = [(name, value) for name, value in pairs if _FAMILY.fullmatch(name)]
    for name, count in Counter(name for name, _ in known).items():
        if count > 1:
            raise bad_parameter(name, f"{name} must be given once")
    return dict(known)


def _page(given: Mapping[str, str], name: str, default: int) -> int:
    for parameter in given:
        if parameter.startswith("page") and parameter not in ("page[size]", "page[number]"):
            raise bad_parameter(parameter, "Use page[size] and page[number].")
    text = given.get(f"page[{name}]")
    if text is None:
        return default
    if not re.fullmatch(r"0*[1-9][0-9]{0,15}", text) or int(text) > LARGEST_NUMBER:
        raise bad_parameter(f"page[{name}]", f"page[{name}] must be a whole number from 1")
    return int(text)


def _oldest_first(sort: str) -> bool:
    if sort and camel(sort) not in ("createdAt", "-createdAt"):
        raise bad_parameter("sort", "sort must be createdAt or -createdAt", "unknown_sort")
    return camel(sort) == "createdAt"


def _filter(parameter: str, value: str, kind: Kind) -> Filter:
    match = _FAMILY.fullmatch(parameter)
    name, operator = (camel(match[2] or ""), match[3]) if match else ("", None)
    operators = kind.filters.get(name)
    if operators is None:
        allowed = _listed(f"filter[{field}]" for field in kind.filters) or "no filter"
        raise bad_parameter(parameter, f"{parameter} is not known; known: {allowed}", "unknown_filter")
    operator = operator if operator is not None else _implied(value, operators)
    if operator not in operators:
        detail = f"filter[{name}] takes the operators {_listed(operators)}"
        raise bad_parameter(parameter, detail, "unknown_filter")
    return Filter(name, operator, value, parameter)


def _implied(value: str, operators: Sequence[str]) -> str:
    """A comma is a list only where lists are served: a flow's name may hold one."""
    return "match" if "," in value and "match" in operators else "eq"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
