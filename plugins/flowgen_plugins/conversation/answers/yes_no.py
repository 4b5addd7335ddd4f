"""Yes, no or unclear: an answer that could be both is never taken for a no."""

import re
from typing import Literal

from flowgen_plugins.conversation.answers.asked import Asked, Taken
from flowgen_plugins.conversation.words import FILLERS, WORDS, Words, normalise

Verdict = Literal["yes", "no", "unclear"]
# Who writes a page has more to say than yes or no.
_LONGEST = 1000
_LONG_LETTER = re.compile(r"(\w)\1{2,}")


def take(text: str, asked: Asked) -> Taken | None:
    """Saves `yes` or `no`, which are its outcomes too."""
    verdict = judge(text, asked.language)
    return None if verdict == "unclear" else Taken(verdict, outcome=verdict)


def judge(text: str, language: str) -> Verdict:
    """Judges an answer by the words of its language; by the other languages' when it holds none of them."""
    if len(text) > _LONGEST:
        return "unclear"
    plain, is_question = normalise(text), text.rstrip().endswith("?")
    for words in (WORDS[language], *(other for code, other in WORDS.items() if code != language)):
        verdict = _judge(_shorten(plain, words), words, is_question)
        if verdict is not None:
            return verdict
    return "unclear"


def _judge(text: str, words: Words, is_question: bool) -> Verdict | None:
    if _holds(text, words.unsure):
        return "unclear"
    rest = re.sub(rf"\b(?:{'|'.join(sorted(words.fine))})\b", " ", text)
    said = rest.split()
    yes = rest != text or not words.yes.isdisjoint(said)
    no = not (words.no | words.nots).isdisjoint(said)
    first = next((word for word in said if word not in FILLERS), "")
    if first in words.yes:
        return "unclear" if no else "yes"
    if first in words.no:
        return "unclear" if yes else "no"
    return _weigh(yes, no, _holds(rest, words.affirm), is_question)


def _weigh(yes: bool, no: bool, affirmed: bool, is_question: bool) -> Verdict | None:
    if not (yes or no or affirmed):
        return None
    if is_question or (yes and no):
        return "unclear"
    return "no" if no else "yes"


def _holds(text: str, phrases: frozenset[str]) -> bool:
    padded = f" {' '.join(text.split())} "
    return any(f" {phrase} " in padded for phrase in phrases)


def _shorten(text: str, words: Words) -> str:
    """Writes a letter that somebody held down (`jaaa`) once, or twice where only that gives a known word."""
    if not _LONG_LETTER.search(text):
        return text
    known = _vocabulary(words)
    once = _LONG_LETTER.sub(r"\1", text).split()
    twice = _LONG_LETTER.sub(r"\1\1", text).split()
    pairs = zip(once, twice, strict=True)
    return " ".join(double if double in known and single not in known else single for single, double in pairs)


def _vocabulary(words: Words) -> set[str]:
    lists = (FILLERS, words.yes, words.no, words.nots, words.affirm, words.fine, words.unsure)
    return {word for phrases in lists for phrase in phrases for word in phrase.split()}
