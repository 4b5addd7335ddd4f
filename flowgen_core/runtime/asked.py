"""What a person says by starting a run with an input, and what the run answers."""

from typing import Any

from flowgen_core.engine.talk import DEFAULT, text_property
from flowgen_core.model import jsontext
from flowgen_core.model.flow import Document


def asked_text(document: Document, given: str) -> str:
    """Gives the text in an input (JSON text of an object): its chat property, else all of it as compact JSON."""
    body: dict[str, Any] = jsontext.parse(given)
    if document.input_schema is not None:
        name = text_property(document)
        value = body.get(name) if name else None
        return value if isinstance(value, str) else jsontext.dump(body)
    if isinstance(body.get(DEFAULT), str):
        return str(body[DEFAULT])
    texts = [value for value in body.values() if isinstance(value, str)]
    return texts[0] if len(texts) == 1 else jsontext.dump(body)
