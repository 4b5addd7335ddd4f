"""What a vacancy flow is written from, and all that can be wrong with it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from flowgen_plugins.vacancy import checks


def _take_null(schema: dict[str, Any]) -> None:
    for name, member in schema.get("properties", {}).items():
        if name not in schema.get("required", []) and "anyOf" not in member:
            facts = {key: member.pop(key) for key in ("title", "description", "default") if key in member}
            schema["properties"][name] = {"anyOf": [member, {"type": "null"}], **facts}


class _Strict(BaseModel):
    """A JSON object whose members have exact types and no others; null is the same as absent."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        json_schema_extra=_take_null,
        use_attribute_docstrings=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        known = {field.alias for field in cls.model_fields.values()}
        return {key: item for key, item in value.items() if item is not None or key not in known}


_SessionField = Annotated[str, AfterValidator(checks.session_field)]
_ShortText = Annotated[str, BeforeValidator(checks.collapse), AfterValidator(checks.no_template)]
_FlowName = Annotated[
    str, BeforeValidator(checks.strip), Field(max_length=120), AfterValidator(checks.no_template)
]
_EmojiUsage = Annotated[
    int,
    BeforeValidator(checks.emoji_usage),
    WithJsonSchema({"enum": ["0", "1", "2", "3", "4", "5", 0, 1, 2, 3, 4, 5]}),
]
_Slot = Annotated[
    datetime, BeforeValidator(checks.slot), WithJsonSchema({"type": "string", "format": "date-time"})
]


class Requirement(_Strict):
    """Something that an applicant must or should meet; `session_field` names the variable of the answer."""

    value: Annotated[_ShortText, Field(min_length=1, max_length=300)]
    """What is asked; a common field such as `firstName` or `email` is known by its name."""
    session_field: _SessionField = ""
    """The variable that keeps the answer; without one its name is derived from `value`."""


class FieldItem(Requirement):
    """Something that an applicant is asked for; `kind` overrules what `value` says about it."""

    kind: Literal["name", "email", "phone", "url", "linkedin", "date", "text"] | None = None
    """What counts as an answer; without one it is told by `value`."""


class Appointment(_Strict):
    """A talk that an applicant may wish for, at one of `slots` or at a time of their own."""

    title: Annotated[_ShortText, Field(max_length=120)] = ""
    """What the appointment is called; without one, in the flow's language, an introductory call."""
    mode: Literal["phone", "video", "on_site"] = "phone"
    """How people meet."""
    location: Annotated[_ShortText, Field(max_length=200, validate_default=True)] = ""
    """Where people meet, required for `on_site`."""
    duration_minutes: Annotated[int, Field(ge=5, le=480)] = 30
    """How long it lasts, in minutes."""
    slots: Annotated[list[_Slot], Field(max_length=10)] = []
    """Times to choose from, with their offset; without any, people are asked when they could."""
    required: bool = False
    """Whether the question cannot be skipped."""
    session_field: _SessionField = "appointment"
    """The variable that keeps the chosen start; `<it>_label` keeps it in words."""

    @field_validator("location")
    @classmethod
    def _somewhere(cls, location: str, info: ValidationInfo) -> str:
        if info.data.get("mode") == "on_site" and not location:
            raise PydanticCustomError("required", "is required for on_site")
        return location

    @field_validator("slots")
    @classmethod
    def _once_each(cls, slots: list[datetime]) -> list[datetime]:
        return list(dict.fromkeys(sorted(slots)))

    @field_validator("session_field")
    @classmethod
    def _named(cls, name: str) -> str:
        return name or "appointment"


_Requirements = Annotated[list[Requirement], Field(max_length=20)]
_Fields = Annotated[list[FieldItem], Field(max_length=20)]


class VacancyParameters(_Strict):
    """What the conversation asks, in which language and tone."""

    language: Annotated[str, BeforeValidator(checks.language)] = "en"
    """`nl`, `en`, `de`, `fr` or `es`; case and region are ignored."""
    emoji_usage: _EmojiUsage = 0
    """From 0, no emoji, to 5, one in every question."""
    flow_name: _FlowName = ""
    """Names flow and job; without it, the first line of the context does."""
    vacancy_id: Annotated[str, BeforeValidator(checks.uuid)] | None = None
    """The vacancy's id in the caller's system, kept in the output."""
    knockout_requirements: _Requirements
    """What an applicant must meet: one no ends the conversation."""
    preferred_requirements: _Requirements
    """What an applicant should meet; counts for the score."""
    required_fields: _Fields = []
    """What an applicant is asked for."""
    optional_fields: _Fields = []
    """What an applicant is asked for and may skip."""
    appointment: Appointment | None = None
    """A talk to ask for at the end."""


class VacancyContext(_Strict):
    """The text of the vacancy; only its first line is used, as the name of a flow that has none."""

    type: Annotated[Literal["text"], BeforeValidator(checks.is_text)]
    """Always `text`."""
    value: Annotated[str, Field(min_length=1, max_length=50_000), AfterValidator(checks.not_blank)]
    """The text itself."""
