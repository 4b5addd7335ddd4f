"""Judges queries, headers and bodies by their schemas."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from flowgen_gateway.dialects.flowgen.schemas import ResumeHeader
from flowgen_gateway.errors import BadFields

Model = TypeVar("Model", bound=BaseModel)


def read_query(model: type[Model], query: Mapping[str, str]) -> Model:
    """Judges a query. Raises BadFields."""
    return _read(model, dict(query), "query")


def read_resume_header(value: str | None) -> int | None:
    """Judges `Last-Event-ID`. Raises BadFields."""
    return _read(ResumeHeader, {"last-event-id": value or None}, "header").last_event_id


def read_fields(model: type[Model], body: Any) -> Model:  # Any: whatever JSON was sent
    """Judges a body. Raises BadFields."""
    return _read(model, body, "body")


def _read(model: type[Model], value: Any, place: str) -> Model:  # Any: whatever was sent
    try:
        # FastAPI judges bodies in this way too, which its clients see in the type of an error.
        return model.model_validate(value, from_attributes=True)
    except ValidationError as error:
        raise BadFields(entries_of(error, place)) from None


def entries_of(error: ValidationError, place: str) -> list[dict[str, object]]:
    """Draws what pydantic found as entries with `type`, `loc` and `msg`."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [{"type": each["type"], "loc": [place, *each["loc"]], "msg": each["msg"]} for each in found]
