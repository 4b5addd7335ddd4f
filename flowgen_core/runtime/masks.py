"""Hides the secrets of a configuration, and puts them back where their mask is sent.

What is secret the configuration's model says: every value of the type `SecretStr`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, SecretStr

MASK = "…"
Path = tuple[str | int, ...]


# `value` is the JSON that `config` was read from.
def hidden(value: Any, config: BaseModel) -> Any:
    """Gives a JSON value with every secret replaced by the mask; an empty one stays empty."""
    return _hidden(value, config.model_dump(by_alias=True))


def restored(sent: Any, stored: Any, config: BaseModel) -> Any:
    """Gives the JSON that was sent, with the stored secrets where it holds their masks.

    `config` is the model of what is stored.
    """
    return _restored(sent, stored, config.model_dump(by_alias=True))


def masks_in(config: BaseModel) -> list[Path]:
    """Finds secrets that are nothing but the mask."""
    return list(_masks(config.model_dump(by_alias=True), ()))


def _hidden(value: Any, read: Any) -> Any:
    if isinstance(read, SecretStr):
        return MASK if value else value
    if isinstance(value, dict) and isinstance(read, Mapping):
        return {key: _hidden(item, read.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(read, Sequence):
        return [_hidden(item, part) for item, part in zip(value, read, strict=False)]
    return value


def _restored(sent: Any, stored: Any, read: Any) -> Any:
    if isinstance(read, SecretStr):
        return stored if sent == MASK else sent
    if isinstance(sent, dict) and isinstance(stored, dict) and isinstance(read, Mapping):
        return {key: _restored(item, stored.get(key), read.get(key)) for key, item in sent.items()}
    if isinstance(sent, list) and isinstance(stored, list) and isinstance(read, Sequence):
        # A mask in a list stands for its secret only where all around it is as it was: else which one is meant?
        known = zip(stored, read, strict=False)
        kept = [old for item, (old, part) in zip(sent, known, strict=False) if item == _hidden(old, part)]
        return kept if len(kept) == len(sent) else sent
    return sent


def _masks(read: Any, path: Path) -> Iterator[Path]:
    if isinstance(read, SecretStr):
        if read.get_secret_value() == MASK:
            yield path
    elif isinstance(read, Mapping):
        for key, item in read.items():
            yield from _masks(item, (*path, key))
    elif isinstance(read, (list, tuple)):
        for index, item in enumerate(read):
            yield from _masks(item, (*path, index))
