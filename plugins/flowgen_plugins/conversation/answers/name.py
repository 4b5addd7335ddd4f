"""A person's name."""

import re

from flowgen_plugins.conversation.answers.asked import Asked, Taken
from flowgen_plugins.conversation.answers.text import only_skips
from flowgen_plugins.conversation.words import WORDS, normalise

_LONGEST = 100
_LEAD_IN = re.compile(
    r"(?:ik heet|mijn naam is|ik ben|my name is|i am|i['’]?m|ich heiße|ich heisse|mein name ist|ich bin|"
    r"je m['’]appelle|mon nom est|je suis|me llamo|mi nombre es|soy)(?: |$)",
    re.IGNORECASE,
)
_LINK = re.compile(r"://|www\.|\w\.(?:com|org|net|info|io|eu|nl|be|de|at|ch|fr|es|uk)\b", re.IGNORECASE)


def take(text: str, asked: Asked) -> Taken | None:
    """Saves the name without a lead-in: `Ik heet Sanne` → `Sanne`."""
    value = _LEAD_IN.sub("", " ".join(text.split()), count=1) if _leads_in(text) else " ".join(text.split())
    value = value.strip(" .,;:!")
    if len(value) > _LONGEST or not _looks_like_a_name(value):
        return None
    if normalise(value) in WORDS[asked.language].no or (asked.strict and only_skips(value, asked.language)):
        return None
    return Taken(value)


def _leads_in(text: str) -> bool:
    return _LEAD_IN.match(" ".join(text.split())) is not None


def _looks_like_a_name(value: str) -> bool:
    letters = any(map(str.isalpha, value))
    return letters and "@" not in value and not any(map(str.isdigit, value)) and not _LINK.search(value)
