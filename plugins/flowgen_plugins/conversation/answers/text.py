"""Free text."""

from flowgen_plugins.conversation.answers.asked import Asked, Taken
from flowgen_plugins.conversation.words import WORDS, normalise

_LONGEST = 1000


def take(text: str, asked: Asked) -> Taken | None:
    """Saves the text without the blanks around it; a strict question wants a letter or a digit in it."""
    value = text.strip()
    if not 1 <= len(value) <= _LONGEST:
        return None
    if asked.strict and (not any(map(str.isalnum, value)) or only_skips(value, asked.language)):
        return None
    return Taken(value)


def only_skips(text: str, language: str) -> bool:
    """Tells whether the whole text is a word that skips a question."""
    return len(text) < 100 and normalise(text) in WORDS[language].skip
