"""Turns requirements and fields into questions."""

from flowgen_plugins.conversation.words import WORDS, normalise
from flowgen_plugins.vacancy.fields import in_words, look_up
from flowgen_plugins.vacancy.texts import Language

_WITHOUT = frozenset({"without", "zonder", "ohne", "sans", "sin"})


def requirement_question(value: str, language: Language, quoting: str) -> str:
    """Asks for a requirement; yes always means that it is met. `quoting` asks where no opening fits."""
    said = value.rstrip(" .!;") or value
    if said.endswith("?"):
        return said
    opening = _opening(said, language)
    if opening and not _is_negative(said, language):
        return language.openings[opening].format(x=said[len(opening) :].strip())
    return quoting.format(value=said)


def field_question(value: str, language: Language) -> str:
    """Asks for a field."""
    known = look_up(value)
    if known:
        return language.field.format(label=language.labels[known[0]])
    return value if value.endswith("?") else language.field_other.format(label=in_words(value))


def field_line(value: str, name: str, language: Language) -> str:
    """Writes the line of a summary that shows a field: its label and its variable."""
    known = look_up(value)
    label = language.labels[known[0]] if known else value if value.endswith("?") else in_words(value)
    for possessive in language.possessives if known else ():
        label = label.removeprefix(possessive)
    return summary_line(label, name)


def summary_line(label: str, name: str) -> str:
    """Writes a line of a summary; a label that is a question needs no colon."""
    colon = "" if label.endswith("?") else ":"
    return f"- {label[:1].upper()}{label[1:]}{colon} ${{{name}}}"


def _opening(value: str, language: Language) -> str | None:
    folded = value.casefold()
    fitting = [opening for opening in language.openings if folded.startswith(f"{opening} ")]
    return max(fitting, key=len, default=None)


def _is_negative(value: str, language: Language) -> bool:
    words = WORDS[language.code]
    return not (words.no | words.nots | _WITHOUT).isdisjoint(normalise(value).split())
