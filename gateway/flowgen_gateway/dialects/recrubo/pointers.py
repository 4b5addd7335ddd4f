"""Paths into a body: the core's `parameters.items[0].value`, JSON pointers, and names in a sentence."""

import json
import re

_SEGMENT = re.compile(r'\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?([^.\[\]]+)')
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_LONGEST_NAME = 80
_ATTRIBUTES = {"flow_type": "flowType"}


def shown(path: str) -> str:
    """Writes a path of the core with the attribute's name of this dialect in front."""
    head, *_ = segments(path) or [""]
    return _ATTRIBUTES[head] + path[len(head) :] if head in _ATTRIBUTES else path


def segments(path: str) -> list[str]:
    """Splits a path of the core: names, indexes, and odd keys out of their brackets."""
    return [index or (_unquoted(key) if key else name) for index, key, name in _SEGMENT.findall(path)]


def pointer(base: str, path: str) -> str:
    """Turns a path of the core into a JSON pointer below `base`."""
    return child(base, *segments(shown(path)))


def child(base: str, *names: str) -> str:
    """Extends a JSON pointer."""
    return "".join([base, *("/" + name.replace("~", "~0").replace("/", "~1") for name in names)])


def spoken(name: str) -> str:
    """Writes a member's name as it stands in a sentence: bare, or as JSON text in brackets when it is odd."""
    if _NAME.fullmatch(name):
        return name
    return f"[{json.dumps(name[:_LONGEST_NAME], ensure_ascii=False)}]"


def _unquoted(key: str) -> str:
    try:
        return str(json.loads(key))
    except ValueError:  # a path that some plugin wrote by hand
        return key
