"""What the kinds of answers share: the question that was asked, and what was taken from the answer."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offered:
    """A choice that was offered: the value to save and the label that people see."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question. `strict` means that a word which only skips or refuses is no answer to it."""

    language: str = "en"
    choices: Sequence[Offered] = ()
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """An answer that was understood: the value to save, and for a choice its label."""

    value: str
    outcome: str = "answered"
    label: str = ""
