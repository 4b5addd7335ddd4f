"""Session fields: the variables that keep answers, and what is known about common ones."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count

from flowgen_plugins.vacancy.checks import RESERVED
from flowgen_plugins.vacancy.parameters import Requirement, VacancyParameters

_LONGEST = 40
# Label key → the kind of its answer, and the names that people write for it.
_KNOWN = {
    "first_name": ("name", "firstname voornaam vorname prenom nombre"),
    "last_name": ("name", "lastname surname familyname achternaam nachname apellido apellidos"),
    "name": ("name", "name fullname naam nom nomcomplet nombrecompleto"),
    "email": ("email", "email emailaddress mail emailadres emailadresse courriel correo correoelectronico"),
    "phone": (
        "phone",
        "phone phonenumber mobile mobilenumber tel telephone telefoon telefoonnummer mobiel gsm telefon "
        "telefonnummer handynummer telefono",
    ),
    "linkedin": ("linkedin", "linkedin linkedinurl linkedinprofile"),
    "portfolio": ("url", "portfolio"),
    "website": ("url", "website url site homepage"),
    "birth_date": (
        "date",
        "birthdate dateofbirth birthday geboortedatum geburtsdatum datedenaissance fechadenacimiento",
    ),
    "start_date": ("date", "date startdate availablefrom startdatum beschikbaarvanaf"),
    "address": ("text", "address adres adresse direccion"),
    "postal_code": ("text", "postalcode postcode zip plz codepostal"),
    "city": ("text", "city woonplaats wohnort ville ciudad"),
}
_ROWS = {name: (key, kind) for key, (kind, names) in _KNOWN.items() for name in names.split()}


@dataclass(frozen=True, slots=True)
class SessionFields:
    """The names given to all items, each list in the order of its parameter."""

    knockout: tuple[str, ...]
    preferred: tuple[str, ...]
    required: tuple[str, ...]
    optional: tuple[str, ...]
    appointment: str | None

    @property
    def every(self) -> tuple[str, ...]:
        """All variables that the flow writes an applicant's answers to."""
        talk = (self.appointment, label_of(self.appointment)) if self.appointment else ()
        return (*self.knockout, *self.preferred, *self.required, *self.optional, *talk)


def label_of(appointment: str) -> str:
    """Names the variable with the words for an appointment."""
    return f"{appointment}_label"


def look_up(value: str) -> tuple[str, str] | None:
    """Gives label key and kind of a common field such as `firstName` or `E-mail`."""
    return _ROWS.get(re.sub("[^a-z0-9]", "", _plain(value)))


def in_words(value: str) -> str:
    """Writes a name as a program has it (`noticePeriod`, `notice_period`) as people would."""
    if re.fullmatch(r"[a-z0-9]+(?:[A-Z][a-z0-9]*)+", value):
        return _split_camel(value).lower()
    return " ".join(value.replace("_", " ").split()) or value


def derive(value: str) -> str:
    """Makes a session field's name of what is asked: `Has drivers license B` → `has_drivers_license_b`."""
    name = re.sub("[^a-z0-9]+", "_", _plain(_split_camel(value))).strip("_")
    if len(name) > _LONGEST:
        whole_words = name[: _LONGEST + 1].rpartition("_")[0]
        name = whole_words.rstrip("_") or name[:_LONGEST]
    return (f"f_{name}" if name[:1].isdigit() else name) or "field"


def name_fields(parameters: VacancyParameters) -> SessionFields:
    """Names every item: first those that have a name of their own, then the others; none twice."""
    groups = (
        parameters.knockout_requirements,
        parameters.preferred_requirements,
        parameters.required_fields,
        parameters.optional_fields,
    )
    taken = set(RESERVED)
    items: list[Requirement] = list(chain.from_iterable(groups))
    names = {at: _claim(item.session_field, taken) for at, item in enumerate(items) if item.session_field}
    talk = parameters.appointment
    appointment = _claim(talk.session_field, taken, with_label=True) if talk else None
    names |= {at: _claim(derive(item.value), taken) for at, item in enumerate(items) if at not in names}
    knockout, preferred, required, optional = _cut([names[at] for at in range(len(items))], groups)
    return SessionFields(knockout, preferred, required, optional, appointment)


def _cut(names: list[str], groups: Sequence[Sequence[Requirement]]) -> list[tuple[str, ...]]:
    rest = iter(names)
    return [tuple(next(rest) for _ in group) for group in groups]


def _claim(wanted: str, taken: set[str], *, with_label: bool = False) -> str:
    for number in count(1):
        name = wanted if number == 1 else f"{wanted}_{number}"
        claimed = {name, label_of(name)} if with_label else {name}
        if taken.isdisjoint(claimed):
            taken |= claimed
            return name
    raise AssertionError("counting never ends")


def _split_camel(value: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", _without_accents(value))


def _plain(value: str) -> str:
    return _without_accents(value).casefold()


def _without_accents(value: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", value) if not unicodedata.combining(char))
