"""The bodies of this API as its documentation shows them; `document` and `drafts` are what judges them."""

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import UUID4, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Attributes = TypeVar("Attributes")
JsonObject = Annotated[dict[str, Any], Field(description="As the flow type demands")]  # its own JSON
Moment = Annotated[AwareDatetime, Field(examples=["2026-11-21T09:30:00+00:00"])]


class Body(BaseModel):
    """What all bodies share: names in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class FlowGenerationDraft(Body):
    """A new generation: bare, or as `attributes` in an envelope."""

    flow_type: str = Field(description="Name of a flow type", examples=["vacancy_application_flow"])
    parameters: JsonObject
    context: JsonObject | None = None


class OrganizationChanges(Body):
    """What may be changed of an organization: bare, or as `attributes` in an envelope."""

    name: str = Field(min_length=1, max_length=255)


class GenerationError(Body):
    """Why a generation failed."""

    code: Literal["generator_error", "invalid_flow", "flow_type_unavailable", "timeout"]
    detail: str


class FlowGeneration(Body):
    """A job that writes a flow."""

    created_at: Moment
    updated_at: Moment
    flow_type: str
    parameters: JsonObject
    context: JsonObject | None
    flow_id: UUID4 | None = Field(description="The flow, once it is there")
    status: Literal["queued", "processing", "finished", "failed"]
    cost: int | None = Field(description="Credits; null until it is done")
    error: GenerationError | None


class Flow(Body):
    """A flow."""

    created_at: Moment
    updated_at: Moment
    name: str
    reminder_interval: int = Field(description="Minutes; 0 is off")
    reminder_message: str
    session_timeout: int = Field(description="Minutes; 0 is none")
    flow_generation_id: UUID4 | None
    published_at: Moment | None
    unpublished_changes: bool


class Organization(Body):
    """What owns generations and flows."""

    created_at: Moment
    updated_at: Moment
    name: str


class RelatedLink(Body):
    """Where a related resource is."""

    related: str


class Relationship(Body):
    """A relationship, as a link only."""

    links: RelatedLink


class Entry(Body, Generic[Attributes]):
    """A resource."""

    id: UUID4
    type: str
    attributes: Attributes
    relationships: dict[str, Relationship]


class Single(Body, Generic[Attributes]):
    """The document of one resource."""

    data: Entry[Attributes]
    meta: JsonObject


class PageFacts(Body):
    """Where in a list a page stands."""

    total: int = Field(description="Rows that fit the filters")
    total_unfiltered: int
    current_size: int = Field(description="Rows that a page may have")
    current_page: int
    max_page: int


class Many(Body, Generic[Attributes]):
    """The document of a page of a list."""

    data: list[Entry[Attributes]]
    meta: PageFacts


class ErrorSource(Body):
    """What an error is about: one of the three."""

    pointer: str | None = Field(None, description="JSON pointer into the body as it was sent")
    parameter: str | None = Field(None, description="Name of the query parameter as it was sent")
    header: str | None = None


class ErrorEntry(Body):
    """One error."""

    code: str
    status: str
    title: str
    detail: str
    source: ErrorSource | None = None


class Errors(Body):
    """The document of an error answer: all its errors, of one status."""

    errors: list[ErrorEntry] = Field(max_length=100)
