"""Goes on or jumps, by the time of day and the calendar."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from flowgen_core.api import ActionError, ActionType, Context, Next, Outcome
from flowgen_plugins import loose
from flowgen_plugins.control.comparing import COMPARE, Word
from flowgen_plugins.jumps import jump_when_false

Weekday = Annotated[int, Field(ge=0, le=6)]


class Calendar(loose.Sparse):
    """The parts of a date and time that count; the others are wildcards."""

    condition: Word = Field(description="How now is compared with each part: now, then this, then the part.")
    minute: int = Field(-1, ge=-1, le=59, description="Minute; -1 is any.")
    hour: int = Field(
        -1, ge=-1, le=23, description="Hour; -1 is any. With a minute both are one time of day."
    )
    day: int = Field(-1, ge=-1, le=31, description="Day of the month; -1 and 0 are any.")
    month: int = Field(-1, ge=-1, le=12, description="Month; -1 and 0 are any.")
    weekdays: list[Weekday] = Field([], description="Days of the week, 0 is Sunday; empty is any.")
    timezone: str = Field("UTC", description="IANA name of the time zone in which now is read.")


class ConditionDatetime(ActionType):
    """Goes on when the present time compares as wanted, else jumps to `false_target_id`.

    Month, day and time of day must all compare; `weekdays` must hold today. An unknown time zone is an error.
    """

    name = "condition_datetime"

    class Option(Calendar):
        """What now is compared with."""

        false_target_id: loose.Text = Field(description="Action to jump to when the comparison is false.")

    class Lenient(Calendar):
        """Without a comparison that is false no target is needed."""

        false_target_id: loose.Text = ""

    async def run(self, ctx: Context, option: Lenient) -> Outcome:
        """Compares, then goes on or jumps."""
        now = ctx.now.astimezone(_zone(option.timezone))
        return Next() if _holds(now, option) else jump_when_false(option.false_target_id)

    def targets(self, option: Option) -> Mapping[str, str]:
        """Names the action for false."""
        return {"false_target_id": option.false_target_id}


def _zone(name: str) -> tzinfo:
    if name in ("", "UTC"):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a folder of the time zone database raises OSError
        raise ActionError(f"`timezone`: there is no time zone `{name[:80]}`.", reason="BAD_OPTION") from None


def _holds(now: datetime, option: Calendar) -> bool:
    if option.weekdays and now.isoweekday() % 7 not in option.weekdays:
        return False
    compare = COMPARE[option.condition]
    return all(compare(present, part) for present, part in _parts(now, option))


def _parts(now: datetime, option: Calendar) -> Iterator[tuple[int, int]]:
    """Gives each part that is not a wildcard beside what it is now."""
    if option.month > 0:
        yield now.month, option.month
    if option.day > 0:
        yield now.day, option.day
    if option.hour >= 0 and option.minute >= 0:
        yield now.hour * 60 + now.minute, option.hour * 60 + option.minute
    elif option.hour >= 0:
        yield now.hour, option.hour
    elif option.minute >= 0:
        yield now.minute, option.minute
