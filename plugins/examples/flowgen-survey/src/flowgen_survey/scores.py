"""Reads a score out of what somebody said."""

import re

_NUMBER = re.compile(r"(?<![\d.,-])(\d{1,3})(?![\d.,]*\d)", re.ASCII)
_OUT_OF = re.compile(r"\s*(?:/|out of)\s*\d{1,3}", re.ASCII | re.IGNORECASE)


def read_score(text: str, lowest: int, highest: int) -> int | None:
    """Gives the one score that a text names, such as `4`, `a 4!` or `4/5`; None where that is not clear."""
    found = {int(number) for number in _NUMBER.findall(_OUT_OF.sub("", text))}
    if len(found) != 1:
        return None
    score = found.pop()
    return score if lowest <= score <= highest else None
