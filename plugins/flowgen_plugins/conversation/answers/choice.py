"""One of the choices that were offered."""

import re
from collections.abc import Sequence

from flowgen_plugins.conversation.answers.asked import Asked, Offered, Taken
from flowgen_plugins.conversation.answers.yes_no import judge
from flowgen_plugins.conversation.words import normalise

_NUMBER = re.compile(r"\W*(\d{1,3})\W*", re.ASCII)
_TIME = re.compile(r"(?<!\d)(\d{1,2}):(\d{2})(?!\d)", re.ASCII)


def take(text: str, asked: Asked) -> Taken | None:
    """Saves the choice whose number, label or words were sent; a no that names none is the outcome `none`."""
    chosen = _chosen(text, asked.choices)
    if chosen:
        return Taken(chosen.value, label=chosen.label)
    if judge(text, asked.language) == "no" and not _names_one(text, asked.choices):
        return Taken("", outcome="none")
    return None


def _chosen(text: str, choices: Sequence[Offered]) -> Offered | None:
    number = _NUMBER.fullmatch(text)
    if number and 1 <= int(number[1]) <= len(choices):
        return choices[int(number[1]) - 1]
    words = _words(text)
    same = [choice for choice in choices if _words(choice.label) == words]
    holding = [choice for choice in choices if words and set(words) <= set(_words(choice.label))]
    for matches in (same, holding):
        if len(matches) == 1:
            return matches[0]
    return None


def _names_one(text: str, choices: Sequence[Offered]) -> bool:
    """Tells whether a no speaks of a choice (`not on Tuesday`): then it does not refuse them all."""
    named = {word for choice in choices for word in _words(choice.label) if len(word) > 3}
    return not named.isdisjoint(_words(text))


def _words(text: str) -> list[str]:
    # A time stays one word, so that `9:00` does not match the ninth of a month.
    timed = _TIME.sub(lambda time: f" {int(time[1])}h{time[2]} ", text)
    return [word.lstrip("0") or "0" for word in normalise(timed).split()]
