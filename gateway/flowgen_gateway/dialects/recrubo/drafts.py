"""A new generation as a client sent it, and all problems of it, the gateway's and the core's, as one list."""

from collections.abc import Iterable, Sequence

import orjson

from flowgen_core.pb.v1.generation_pb2 import Generation
from flowgen_gateway.dialects.recrubo.document import Document, check_names
from flowgen_gateway.dialects.recrubo.errors import Problem, invalid
from flowgen_gateway.dialects.recrubo.pointers import child, pointer, shown
from flowgen_gateway.errors import Violation

WRITABLE = ("flowType", "parameters", "context")
READ_ONLY = ("createdAt", "updatedAt", "flowId", "status", "cost", "error")
_TYPES: dict[str, tuple[type, str]] = {
    "flowType": (str, "must be a string"),
    "parameters": (dict, "must be an object"),
    "context": (dict, "must be an object"),
}
_OTHERS, _INSIDE = len(WRITABLE), len(WRITABLE) + 1


def draft_generation(document: Document) -> tuple[Generation, list[Problem]]:
    """Writes the attributes into a generation; those that are wrong are left out and told as problems."""
    values = document.attributes
    problems = [problem for name in WRITABLE if (problem := _type_problem(document, name))]
    wrong = {problem.source["pointer"] for problem in problems}
    good = {name: values.get(name) for name in WRITABLE if child(document.base, name) not in wrong}
    draft = Generation(flow_type=good.get("flowType") or "")
    if good.get("parameters") is not None:
        draft.parameters_json = orjson.dumps(good["parameters"]).decode()
    if good.get("context") is not None:
        draft.context_json = orjson.dumps(good["context"]).decode()
    return draft, [*problems, *check_names(document, WRITABLE, READ_ONLY)]


def merge(base: str, own: Sequence[Problem], violations: Iterable[Violation]) -> list[Problem]:
    """Puts the gateway's and the core's problems in order: attributes first, then inside `parameters`.

    What the core says about an attribute that the gateway left out is dropped.
    """
    left_out = tuple(problem.source["pointer"] for problem in own)
    found = (
        invalid(each.reason.lower(), pointer(base, each.path), f"{shown(each.path)} {each.message}")
        for each in violations
    )
    theirs = [problem for problem in found if not _within(problem.source["pointer"], left_out)]
    return sorted([*own, *theirs], key=lambda problem: _rank(base, problem.source["pointer"]))


def _type_problem(document: Document, name: str) -> Problem | None:
    value, place = document.attributes.get(name), child(document.base, name)
    kind, expected = _TYPES[name]
    if value is None or (name == "flowType" and value == ""):
        return None if name == "context" else invalid("required", place, f"{name} is required")
    return None if isinstance(value, kind) else invalid("invalid_type", place, f"{name} {expected}")


def _within(place: str, roots: Iterable[str]) -> bool:
    return any(place == root or place.startswith(root + "/") for root in roots)


def _rank(base: str, place: str) -> int:
    if not place.startswith(base + "/"):
        return -1
    name, *inside = place[len(base) + 1 :].split("/")
    if name == "parameters" and inside:
        return _INSIDE
    return WRITABLE.index(name) if name in WRITABLE else _OTHERS
