"""How an appointment is shown and offered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flowgen_plugins.vacancy.parameters import Appointment
from flowgen_plugins.vacancy.texts import Language


def slot_label(start: datetime, language: Language) -> str:
    """Writes a start as people say it, in its own offset: `dinsdag 1 december, 09:00`."""
    return language.slot.format(
        weekday=language.weekdays.split()[start.weekday()],
        day=start.day,
        month=language.months.split()[start.month - 1],
        time=f"{start:%H:%M}",
    )


def choices(slots: Sequence[datetime], language: Language) -> list[dict[str, Any]]:
    """Gives the choices of an `ask` (JSON); a slot that has begun is not offered any more."""
    return [
        {"value": slot.isoformat(), "label": slot_label(slot, language), "not_after": slot.isoformat()}
        for slot in slots
    ]


def title(appointment: Appointment, language: Language) -> str:
    """Gives what the appointment is called."""
    return appointment.title or language.appointment_title


def how(appointment: Appointment, language: Language) -> str:
    """Says how and how long: `telefonisch, 30 min`."""
    mode = language.modes[appointment.mode].format(location=appointment.location)
    return f"{mode}, {appointment.duration_minutes} min"
