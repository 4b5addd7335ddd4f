"""What actions emit, as channels can send it."""

import pytest

from flowgen_core.api import Address, OutboundMessage
from flowgen_core.runtime.outgoing import outgoing, part_in, parts_of

ME, YOU, HER = ({"type": "tel", "target": number} for number in ("+1", "+2", "+3"))


def test_each_destination_is_a_part():
    message = outgoing({"id": "m", "source": ME, "destinations": [YOU, HER], "text": "Hi", "more": 1})
    assert message is not None
    assert [part_in(part) for part in parts_of(message)] == [
        OutboundMessage("m", Address("tel", "+1"), Address("tel", number), "Hi") for number in ("+2", "+3")
    ]


def test_destinations_may_stand_among_targets():
    targets = [{"destination": {**YOU, "name": "You"}, "status": "queued"}]
    assert outgoing({"source": ME, "targets": targets, "text": "Hi"}) == {
        "id": "",
        "source": ME,
        "destinations": [YOU],
        "text": "Hi",
    }


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"source": ME, "text": "Hi"},
        {"source": ME, "destinations": [], "text": "Hi"},
        {"source": ME, "destinations": [{"type": "tel", "target": ""}], "text": "Hi"},
        {"source": ME, "destinations": "all", "targets": [7, None, {}], "text": "Hi"},
        {"source": ME, "destinations": [YOU], "text": 7},
        {"source": {"type": "", "target": ""}, "destinations": [YOU], "text": "Hi"},
        {"source": "+1", "destinations": [YOU], "text": "Hi"},
        {"destinations": [YOU], "text": "Hi"},
    ],
)
def test_what_does_not_say_from_whom_to_whom_or_what_is_not_sent(data):
    assert outgoing(data) is None
