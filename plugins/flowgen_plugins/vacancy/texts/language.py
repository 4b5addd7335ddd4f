"""What a vacancy flow can say: the shape of one language's texts."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """The texts of one language; `{job}`, `{value}`, `{label}` … are filled in when a flow is made.

    `openings` turn the beginning of a requirement into a question, in which `{x}` is the rest of it.
    `possessives` stand before labels in a question but not in a list. `weekdays` and `months` are
    one text each, with blanks between.
    """

    code: str
    greeting: str
    knockout: str
    preferred: str
    field: str
    field_other: str
    skip_hint: str
    retry_yes_no: str
    retry_example: str
    retry_name: str
    retry_text: str
    retry_choice: str
    limit_text: str
    appointment: str
    appointment_open: str
    summary: str
    correction: str
    accepted: str
    declined: str
    abandoned: str
    reminder: str
    yes: str
    no: str
    skip: str
    default_name: str
    appointment_title: str
    examples: Mapping[str, str]
    modes: Mapping[str, str]
    openings: Mapping[str, str]
    labels: Mapping[str, str]
    weekdays: str
    months: str
    slot: str
    possessives: tuple[str, ...] = ()
