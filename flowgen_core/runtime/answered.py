"""What a run answered: its output, else what it said."""

from collections.abc import Sequence
from typing import Any

from flowgen_core.model import jsontext
from flowgen_core.model.chat import Message
from flowgen_core.model.flow import Document
from flowgen_core.model.run import Run


def answered(document: Document, run: Run, said: Sequence[Message]) -> tuple[dict[str, Any], str]:
    """Gives the response (a JSON object) and the text of a run; talk between agents is left out."""
    text = "\n".join(message.text for message in said if not message.internal)
    if run.output:
        output: dict[str, Any] = jsontext.parse(run.output)
        return output, text or _text_in(output)
    return dict.fromkeys(_text_properties(document), text), text


def _text_in(output: dict[str, Any]) -> str:
    for name in ("text_output", "text"):
        if isinstance(output.get(name), str):
            return str(output[name])
    texts = [value for value in output.values() if isinstance(value, str)]
    return texts[0] if len(texts) == 1 else ""


def _text_properties(document: Document) -> Sequence[str]:
    if document.output_schema is None:
        return ("text", "text_output")
    properties = document.output_schema.get("properties")
    strings = [
        name
        for name, part in (properties.items() if isinstance(properties, dict) else ())
        if isinstance(part, dict) and part.get("type") == "string"
    ]
    if "text_output" in strings:
        return ("text_output",)
    return strings if len(strings) == 1 else ()
