"""An e-mail address."""

import re

from flowgen_plugins.conversation.answers.asked import Asked, Taken

_LONGEST, _LONGEST_NAME = 254, 64
_BETWEEN = re.compile(r"[\s<>()\[\],;:\"]+")
_ATOM = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+")
_LABEL = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")


def take(text: str, _asked: Asked) -> Taken | None:
    """Saves the only address in the text, its domain in small letters."""
    found = {word.rstrip(".!?'").lstrip("'") for word in _BETWEEN.split(text) if "@" in word}
    if len(found) != 1:
        return None
    name, _, domain = found.pop().partition("@")
    address = f"{name}@{domain.lower()}"
    fits = len(name) <= _LONGEST_NAME and len(address) <= _LONGEST
    return Taken(address) if fits and _is_name(name) and _is_domain(domain) else None


def _is_name(name: str) -> bool:
    return all(map(_ATOM.fullmatch, name.split(".")))


def _is_domain(domain: str) -> bool:
    labels = domain.split(".")
    is_host = len(labels) > 1 and all(len(label) <= 63 and _LABEL.fullmatch(label) for label in labels)
    return is_host and "_" not in domain and len(labels[-1]) > 1 and not labels[-1].isdigit()
