"""A day of the calendar."""

import re
from collections.abc import Iterator
from datetime import date

from flowgen_plugins.conversation.answers.asked import Asked, Taken
from flowgen_plugins.conversation.words import fold

_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", re.ASCII)
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})([-/.]) ?(\d{1,2})\2 ?(\d{4})(?!\d)", re.ASCII)
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|ste|de|e|o)?\.? "
    r"(?:of |de )?([a-z]{3,10})\.?,? (?:de |del )?(\d{4})(?!\d)"
)
_MONTH_FIRST = re.compile(r"(?<![a-z])([a-z]{3,10})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(?!\d)")
_MONTHS = [
    "januari january januar janvier enero",
    "februari february februar fevrier febrero",
    "maart march marz maerz mars marzo",
    "april avril abril",
    "mei may mai mayo",
    "juni june juin junio",
    "juli july juillet julio",
    "augustus august aout agosto",
    "september septembre septiembre setiembre",
    "oktober october octobre octubre",
    "november novembre noviembre",
    "december dezember decembre diciembre",
]


def take(text: str, _asked: Asked) -> Taken | None:
    """Saves the only day in the text as `YYYY-MM-DD`; month first only where the day could not be first."""
    plain = fold(" ".join(text.split()))
    days = {day for year, month, number in _found(plain) if (day := _day(year, month, number))}
    return Taken(days.pop().isoformat()) if len(days) == 1 else None


def _found(text: str) -> Iterator[tuple[int, int, int]]:
    for year, month, day in _ISO.findall(text):
        yield int(year), int(month), int(day)
    for first, _, second, year in _NUMBERS.findall(text):
        day, month = (int(second), int(first)) if int(second) > 12 else (int(first), int(second))
        yield int(year), month, day
    for day, name, year in _DAY_FIRST.findall(text):
        yield int(year), _month(name), int(day)
    for name, day, year in _MONTH_FIRST.findall(text):
        yield int(year), _month(name), int(day)


def _month(name: str) -> int:
    """Gives the number of the only month that begins with `name` in any language, else 0."""
    numbers = {at for at, names in enumerate(_MONTHS, 1) for full in names.split() if full.startswith(name)}
    return numbers.pop() if len(numbers) == 1 else 0


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
