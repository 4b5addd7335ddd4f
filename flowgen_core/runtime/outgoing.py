"""Messages that actions ask for, as channels can send them."""

from collections.abc import Iterator, Mapping
from typing import Any

from flowgen_core.model.channel import Address, OutboundMessage

Json = Mapping[str, Any]


# JSON in and out: what an action may emit is anything.
def outgoing(data: Json) -> dict[str, Any] | None:
    """Gives what sending needs of an event's data; None where it does not say from whom, to whom or what.

    Destinations stand in `destinations`, or each in one of `targets` beside what became of it.
    """
    source, text = _address(data.get("source")), data.get("text")
    destinations = list(_destinations(data))
    if source is None or not destinations or not isinstance(text, str):
        return None
    return {"id": str(data.get("id") or ""), "source": source, "destinations": destinations, "text": text}


def parts_of(message: Json) -> list[dict[str, Any]]:
    """Splits what `outgoing` gave: one part for each destination."""
    shared = {key: value for key, value in message.items() if key != "destinations"}
    return [{**shared, "destination": destination} for destination in message["destinations"]]


def part_in(part: Json) -> OutboundMessage:
    """Reads a part."""
    return OutboundMessage(
        part["id"], Address(**part["source"]), Address(**part["destination"]), part["text"]
    )


def _destinations(data: Json) -> Iterator[dict[str, str]]:
    targets = [target.get("destination") for target in _items(data, "targets") if isinstance(target, dict)]
    for one in _items(data, "destinations") or targets:
        address = _address(one)
        if address is not None:
            yield address


def _items(data: Json, name: str) -> list[Any]:
    found = data.get(name)
    return found if isinstance(found, list) else []


def _address(value: Any) -> dict[str, str] | None:
    if not isinstance(value, Mapping):
        return None
    type, target = value.get("type"), value.get("target")
    if not isinstance(type, str) or not isinstance(target, str) or not target:
        return None
    return {"type": type, "target": target}
