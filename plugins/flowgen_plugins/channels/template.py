"""Bodies of requests: a text with `${…}` in it, replaced once and written as the content type demands."""

import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote_plus

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
PLACE = re.compile(r"\$\{([^}\n]*)\}")
Encode = Callable[[str], str]
# No JSON but a string can hold it, and no escape in a string can begin with it.
_SAMPLE = "x"


def filled(template: str, content_type: str, values: Mapping[str, str]) -> bytes:
    """Writes a body. The names in the template must be among those of `values`."""
    encode = _encoder(content_type)
    return PLACE.sub(lambda place: encode(values[place[1]]), template).encode()


def judge(template: str, content_type: str, names: frozenset[str]) -> None:
    """Raises ValueError, with what is wrong, for a template that would not always make a proper body."""
    for place in PLACE.finditer(template):
        if place[1] not in names:
            raise ValueError(f"must hold no ${{…}} but those of {', '.join(sorted(names))}")
    if _media_type(content_type) == JSON:
        _judge_json(PLACE.sub(_SAMPLE, template))


def _judge_json(text: str) -> None:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("must be JSON, with each ${…} inside of a string") from None


def _encoder(content_type: str) -> Encode:
    encoders: dict[str, Encode] = {JSON: _in_json, FORM: quote_plus}
    return encoders.get(_media_type(content_type), str)


def _media_type(content_type: str) -> str:
    media_type = content_type.partition(";")[0].strip().lower()
    return JSON if media_type.endswith("+json") else media_type


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
