"""The two forms of a request body: the envelope of JSON:API, and bare attributes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flowgen_gateway.dialects.recrubo.errors import Problem, Refused, bad_document, invalid
from flowgen_gateway.dialects.recrubo.pointers import child, spoken


@dataclass(frozen=True, slots=True)
class Document:
    """A request body, opened: its attributes, and where they stood as a JSON pointer."""

    base: str
    attributes: Mapping[str, Any]  # JSON
    data: Mapping[str, Any] | None = None  # JSON; None when the body is bare attributes


def open_document(body: object) -> Document:
    """Finds the attributes in a body that was parsed. Raises `Refused` when it is no document."""
    if not isinstance(body, dict):
        raise bad_document("")
    if "data" not in body:
        return Document("", body)
    data = body["data"]
    if not isinstance(data, dict):
        raise bad_document("/data")
    attributes = data.get("attributes", {})
    if not isinstance(attributes, dict):
        raise bad_document("/data/attributes")
    return Document("/data/attributes", attributes, data)


def reject_client_id(document: Document) -> None:
    """Refuses a new resource that brings its id along. Raises `Refused`."""
    if document.data is not None and document.data.get("id") is not None:
        problem = Problem(
            403, "client_id_not_supported", "Ids are given by the server.", {"pointer": "/data/id"}
        )
        raise Refused(problem)


def check_type(document: Document, expected: str) -> list[Problem]:
    """Judges `data.type`: gives the problem of a missing one. Raises `Refused` for another one."""
    if document.data is None:
        return []
    given = document.data.get("type")
    if given is None:
        return [invalid("required", "/data/type", "data.type is required")]
    if given != expected:
        detail = f"data.type must be {expected}"
        raise Refused(Problem(409, "type_conflict", detail, {"pointer": "/data/type"}))
    return []


def check_names(document: Document, writable: Iterable[str], read_only: Iterable[str]) -> list[Problem]:
    """Gives the problems of attributes that a client may not set, in the order in which they stand."""
    known, frozen = list(writable), frozenset(read_only)
    problems = []
    for name, value in document.attributes.items():
        if name in frozen and value is not None:
            problems.append(invalid("read_only", child(document.base, name), f"{name} is set by the server"))
        elif name not in frozen and name not in known:
            detail = f"{spoken(name)} is not known; known: {', '.join(known)}"
            problems.append(invalid("unknown_attribute", child(document.base, name), detail))
    return problems
