"""Which texts of a flow request are what was asked and what was said: pure functions."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from flowgen_core.pb.v1.chat_pb2 import Message

Object = Mapping[str, Any]  # JSON
INPUT, OUTPUT, SHORT = "text_input", "text_output", "text"


def chat_property(schema: Object, preferred: str) -> str | None:
    """Names the property that holds the text: the preferred one, else the only one that is a string."""
    properties = schema.get("properties")
    strings = [
        name
        for name, part in (properties.items() if isinstance(properties, dict) else ())
        if isinstance(part, dict) and part.get("type") == "string"
    ]
    if preferred in strings:
        return preferred
    return strings[0] if len(strings) == 1 else None


def asked_text(body: Object, schema: Object | None) -> str:
    """Gives what the user said by a body: the text in it, else all of it as compact JSON."""
    if schema is None:
        found = _text_in(body, (INPUT,))
    else:
        name = chat_property(schema, INPUT)
        found = body.get(name) if name else None
    return found if isinstance(found, str) else orjson.dumps(body).decode()


def said_text(messages: Sequence[Message]) -> str:
    """Joins what the user was told."""
    return "\n".join(message.text or message.fallback for message in messages)


def output_text(output: Object) -> str:
    """Gives the text in what a flow ended with; empty if there is none."""
    return _text_in(output, (OUTPUT, SHORT)) or ""


def response_of(said: str, schema: Object | None) -> dict[str, str]:
    """Makes the response of a flow that ended without an output of its own."""
    if schema is None:
        return {SHORT: said, OUTPUT: said}
    name = chat_property(schema, OUTPUT)
    return {name: said} if name else {}


def _text_in(value: Object, preferred: Sequence[str]) -> str | None:
    texts = [part for part in value.values() if isinstance(part, str)]
    named = [value[name] for name in preferred if isinstance(value.get(name), str)]
    return str(named[0]) if named else texts[0] if len(texts) == 1 else None
