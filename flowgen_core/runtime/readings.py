"""Which variables the option of an action reads, and where in it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from flowgen_core.engine.text import has_places, places
from flowgen_core.parameters import write_path


# An option is a JSON object with values of any kind, here and below.
def readings(
    raw: Mapping[str, Any], named: Collection[str], elsewhere: Collection[str]
) -> Sequence[tuple[str, str]]:
    """Gives the variables in texts and the `named` ones, each with its path; members `elsewhere` are passed over."""
    own = {key: value for key, value in raw.items() if key not in elsewhere}
    by_name = [(_member(own, name), name) for name in named if name and not has_places(name)]
    return [*_in_texts(own, ()), *by_name]


def _member(raw: Mapping[str, Any], name: str) -> str:
    return next((_path([key]) for key, value in raw.items() if value == name), "")


def _in_texts(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        where = _path(path)
        yield from ((where, name) for name in dict.fromkeys(places(value)) if name)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _in_texts(item, (*path, key))
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from _in_texts(item, (*path, number))


def _path(keys: Sequence[str | int]) -> str:
    return write_path("", keys).lstrip(".")
