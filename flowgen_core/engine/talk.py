"""Whether a flow can hold a conversation, and where a person's text goes in."""

from flowgen_core.model.flow import Document

DEFAULT = "text_input"


def chat_property(document: Document) -> str | None:
    """Names the input property that takes what a person says; None where the flow cannot talk.

    It is `text_input`, else the schema's only string property; nothing else may be required.
    """
    name, schema = text_property(document), document.input_schema
    required = schema.get("required") if schema is not None else None
    return None if isinstance(required, list) and any(item != name for item in required) else name


def text_property(document: Document) -> str | None:
    """Names the input property that holds a text, whatever else may be required."""
    if document.input_schema is None:
        return DEFAULT
    properties = document.input_schema.get("properties")
    strings = _strings(properties) if isinstance(properties, dict) else []
    return DEFAULT if DEFAULT in strings else strings[0] if len(strings) == 1 else None


def _strings(properties: dict[str, object]) -> list[str]:
    return [
        name for name, part in properties.items() if isinstance(part, dict) and part.get("type") == "string"
    ]
