"""What a vacancy flow is written from, and all that can be wrong with it."""

import re
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

from flowgen_plugins.vacancy.texts import LANGUAGES

RESERVED = frozenset({"answers", "application"})
_SESSION_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Years of four digits, so that an appointment's end can be reckoned.
_SLOT = re.compile(
    r"[12]\d{3}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_SLOT_FORM = "must be a date-time with offset, such as 2026-12-01T09:00:00+01:00"


# The checks that follow run before pydantic's own and so see JSON values of any kind.
def _language(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    code = re.split("[-_]", value.strip().lower(), maxsplit=1)[0]
    if code not in LANGUAGES:
        raise PydanticCustomError("unsupported_language", f"must be one of {', '.join(LANGUAGES)}")
    return code


def _emoji_usage(value: Any) -> int:
    level = int(value) if isinstance(value, str) and value in set("012345") else value
    if not isinstance(level, int) or isinstance(level, bool) or not 0 <= level <= 5:
        raise PydanticCustomError("invalid_emoji_usage", "must be 0, 1, 2, 3, 4 or 5")
    return level


def _uuid(value: Any) -> str:
    if not isinstance(value, str) or not _UUID.fullmatch(value.lower()):
        raise PydanticCustomError("invalid_id", "must be a UUID")
    return value.lower()


def _slot(value: Any) -> datetime:
    try:
        if isinstance(value, str) and _SLOT.fullmatch(value):
            return datetime.fromisoformat(value.upper()).replace(microsecond=0)
    except ValueError:
        pass  # such as the 31st of February
    raise PydanticCustomError("invalid_slot", _SLOT_FORM)


def _session_field(value: str) -> str:
    if not value.strip():
        return ""
    if not _SESSION_FIELD.fullmatch(value):
        message = "must be letters, digits and _, not starting with a digit, at most 64"
        raise PydanticCustomError("invalid_session_field", message)
    if value in RESERVED:
        raise PydanticCustomError("invalid_session_field", "must not be answers or application")
    return value


def _no_template(value: str) -> str:
    if "${" in value:
        raise PydanticCustomError("template_not_allowed", "must not contain ${")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("required", "is required")
    return value


def _collapse(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


def _strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _is_text(value: Any) -> Any:
    if value != "text":
        raise PydanticCustomError("unsupported_context_type", "must be text")
    return value


def _take_null(schema: dict[str, Any]) -> None:
    for name, member in schema.get("properties", {}).items():
        if name not in schema.get("required", []) and "anyOf" not in member:
            facts = {key: member.pop(key) for key in ("title", "description", "default") if key in member}
            schema["properties"][name] = {"anyOf": [member, {"type": "null"}], **facts}


class _Strict(BaseModel):
    """A JSON object whose members have exact types and no others; null is the same as absent."""

    model_config = ConfigDict(
        extra="forbid", strict=True, alias_generator=to_camel, json_schema_extra=_take_null
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        known = {field.alias for field in cls.model_fields.values()}
        return {key: item for key, item in value.items() if item is not None or key not in known}


_SessionField = Annotated[str, AfterValidator(_session_field)]
_ShortText = Annotated[str, BeforeValidator(_collapse), AfterValidator(_no_template)]
_EmojiUsage = Annotated[
    int,
    BeforeValidator(_emoji_usage),
    WithJsonSchema({"enum": ["0", "1", "2", "3", "4", "5", 0, 1, 2, 3, 4, 5]}),
]
_Slot = Annotated[
    datetime, BeforeValidator(_slot), WithJsonSchema({"type": "string", "format": "date-time"})
]  # fmt: skip


class Requirement(_Strict):
    """Something that an applicant must or should meet; `session_field` names the variable of the answer."""

    value: Annotated[_ShortText, Field(min_length=1, max_length=300)]
    session_field: _SessionField = ""


class FieldItem(Requirement):
    """Something that an applicant is asked for; `kind` overrules what `value` says about it."""

    kind: Literal["name", "email", "phone", "url", "linkedin", "date", "text"] | None = None


class Appointment(_Strict):
    """A talk that an applicant may wish for, at one of `slots` or at a time of their own."""

    title: Annotated[_ShortText, Field(max_length=120)] = ""
    mode: Literal["phone", "video", "on_site"] = "phone"
    location: Annotated[_ShortText, Field(max_length=200, validate_default=True)] = ""
    duration_minutes: Annotated[int, Field(ge=5, le=480)] = 30
    slots: Annotated[list[_Slot], Field(max_length=10)] = []
    required: bool = False
    session_field: _SessionField = "appointment"

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

    language: Annotated[str, BeforeValidator(_language)] = "en"
    emoji_usage: _EmojiUsage = 0
    flow_name: Annotated[
        str, BeforeValidator(_strip), Field(max_length=120), AfterValidator(_no_template)
    ] = ""  # fmt: skip
    vacancy_id: Annotated[str, BeforeValidator(_uuid)] | None = None
    knockout_requirements: _Requirements
    preferred_requirements: _Requirements
    required_fields: _Fields = []
    optional_fields: _Fields = []
    appointment: Appointment | None = None


class VacancyContext(_Strict):
    """The text of the vacancy; only its first line is used, as the name of a flow that has none."""

    type: Annotated[Literal["text"], BeforeValidator(_is_text)]
    value: Annotated[str, Field(min_length=1, max_length=50_000), AfterValidator(_not_blank)]
