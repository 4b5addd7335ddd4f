"""Which flows a list holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flowgen_core.model.times import to_micros
from flowgen_core.store.tx import marks

# A condition, and what its placeholders stand for.
Condition = tuple[str, tuple[str | int, ...]]


@dataclass(frozen=True, slots=True)
class FlowFilter:
    """What flows must fit; empty fits all. `ignore_case` compares names so, the letters A to Z only."""

    name: str = ""
    name_prefix: str = ""
    name_suffix: str = ""
    ignore_case: bool = False
    generation_ids: tuple[str, ...] = ()
    create_time_from: datetime | None = None
    create_time_to: datetime | None = None
    oldest_first: bool = False


def where(fits: FlowFilter) -> Condition:
    """Writes a filter as conditions that go on after a WHERE clause, with their arguments."""
    conditions = [*_names(fits), *_origin(fits)]
    return (
        "".join(f" AND {sql}" for sql, _ in conditions),
        tuple(arg for _, args in conditions for arg in args),
    )


def _names(fits: FlowFilter) -> Iterator[Condition]:
    name, mark = ("LOWER(name)", "LOWER(?)") if fits.ignore_case else ("name", "?")
    if fits.name:
        yield f"{name} = {mark}", (fits.name,)
    # SUBSTR compares literally: LIKE would need its wildcards escaped, and in SQLite it never minds case.
    if fits.name_prefix:
        yield f"SUBSTR({name}, 1, ?) = {mark}", (len(fits.name_prefix), fits.name_prefix)
    if fits.name_suffix:
        length = len(fits.name_suffix)
        yield (
            f"(LENGTH(name) >= ? AND SUBSTR({name}, LENGTH(name) - ? + 1) = {mark})",
            (length, length, fits.name_suffix),
        )


def _origin(fits: FlowFilter) -> Iterator[Condition]:
    if fits.generation_ids:
        yield f"generation_id IN ({marks(len(fits.generation_ids))})", fits.generation_ids
    if fits.create_time_from is not None:
        yield "create_time >= ?", (to_micros(fits.create_time_from),)
    if fits.create_time_to is not None:
        yield "create_time < ?", (to_micros(fits.create_time_to),)
