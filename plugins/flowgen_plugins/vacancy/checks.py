"""Judges single values of the parameters; each error's type becomes the reason of a violation."""

import re
from datetime import datetime
from typing import Any

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
def language(value: Any) -> Any:
    """Gives the code of a language; case and region are ignored."""
    if not isinstance(value, str):
        return value
    code = re.split("[-_]", value.strip().lower(), maxsplit=1)[0]
    if code not in LANGUAGES:
        raise PydanticCustomError("unsupported_language", f"must be one of {', '.join(LANGUAGES)}")
    return code


def emoji_usage(value: Any) -> int:
    """Gives the level of emoji, 0 to 5."""
    level = int(value) if isinstance(value, str) and value in set("012345") else value
    if not isinstance(level, int) or isinstance(level, bool) or not 0 <= level <= 5:
        raise PydanticCustomError("invalid_emoji_usage", "must be 0, 1, 2, 3, 4 or 5")
    return level


def uuid(value: Any) -> str:
    """Gives a UUID in small letters."""
    if not isinstance(value, str) or not _UUID.fullmatch(value.lower()):
        raise PydanticCustomError("invalid_id", "must be a UUID")
    return value.lower()


def slot(value: Any) -> datetime:
    """Gives the start of a slot, with its offset."""
    try:
        if isinstance(value, str) and _SLOT.fullmatch(value):
            return datetime.fromisoformat(value.upper()).replace(microsecond=0)
    except ValueError:
        pass  # such as the 31st of February
    raise PydanticCustomError("invalid_slot", _SLOT_FORM)


def session_field(value: str) -> str:
    """Gives the name of a variable; empty where a blank one stands for none."""
    if not value.strip():
        return ""
    if not _SESSION_FIELD.fullmatch(value):
        message = "must be letters, digits and _, not starting with a digit, at most 64"
        raise PydanticCustomError("invalid_session_field", message)
    if value in RESERVED:
        raise PydanticCustomError("invalid_session_field", "must not be answers or application")
    return value


def no_template(value: str) -> str:
    """Refuses a text that could read a variable."""
    if "${" in value:
        raise PydanticCustomError("template_not_allowed", "must not contain ${")
    return value


def not_blank(value: str) -> str:
    """Refuses a text of blanks."""
    if not value.strip():
        raise PydanticCustomError("required", "is required")
    return value


def collapse(value: Any) -> Any:
    """Writes runs of white space as one blank."""
    return " ".join(value.split()) if isinstance(value, str) else value


def strip(value: Any) -> Any:
    """Drops the blanks around a text."""
    return value.strip() if isinstance(value, str) else value


def is_text(value: Any) -> Any:
    """Refuses every type of context but `text`."""
    if value != "text":
        raise PydanticCustomError("unsupported_context_type", "must be text")
    return value
