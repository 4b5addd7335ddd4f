"""A telephone number."""

import re

from flowgen_plugins.conversation.answers.asked import Asked, Taken

_FEWEST, _MOST = 7, 15
# Each plus begins a number of its own.
_NUMBER = re.compile(r"\+?[0-9\s().\-/‐‑–]+")
_OTHERS = re.compile(r"[^0-9]+")


def take(text: str, _asked: Asked) -> Taken | None:
    """Saves the digits of the only number in the text, after a `+` where it is international."""
    numbers = {number for number in map(_clean, _NUMBER.findall(text)) if number}
    return Taken(numbers.pop()) if len(numbers) == 1 else None


def _clean(written: str) -> str | None:
    is_international = written.startswith("+")
    digits = _OTHERS.sub("", written.replace("(0)", "") if is_international else written)
    if not is_international and digits.startswith("00"):
        is_international, digits = True, digits[2:]
    if not _FEWEST <= len(digits) <= _MOST:
        return None
    return f"+{digits}" if is_international else digits
