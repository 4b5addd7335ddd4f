"""Flows as Mermaid flowcharts."""

import pytest

from flowgen_cli.flow_graph import write_graph
from flowgen_core.model.documents import from_json
from flowgen_core.registry import load

TYPES = load().action_types


def graph(*actions: dict[str, object], **rest: object) -> list[str]:
    document = from_json({"name": "Driver", "actions": list(actions), **rest})
    heading, *lines = write_graph(document, TYPES).splitlines()
    assert heading == "flowchart TD"
    return [line.strip() for line in lines]


def test_actions_are_drawn_with_where_they_lead() -> None:
    option = {"text": "Shall we?", "kind": "yes_no", "targets": {"no": "c"}}
    ask = {"id": "a", "type": "ask", "title": "Start", "option": option}
    assert graph(
        ask, {"id": "b", "type": "say", "option": {"text": "Good."}}, {"id": "c", "type": "stop"}
    ) == [
        'start(["Driver"]) --> a0',
        'a0["ask: Start"]',
        'a0 -->|"no"| a2',
        "a0 --> a1",
        'a1["say: Good."]',
        "a1 --> a2",
        'a2["stop"]',
    ]


def test_steps_are_drawn_after_those_that_must_have_come_before() -> None:
    say = {"id": "x", "type": "say", "option": {"text": "Hi"}}
    steps = [
        {"id": "s", "type": "INTENT", "intent": {"title": "Hello"}, "actions": [say]},
        {"id": "t", "type": "UNKNOWN", "contexts": ["s", "nowhere"], "actions": []},
    ]
    assert graph(steps=steps) == [
        's0{{"INTENT: Hello"}}',
        "s0 --> s0a0",
        's0a0["say: Hi"]',
        's0a0 --> s0aend(["end"])',
        's1{{"UNKNOWN"}}',
        "s0 -.-> s1",
    ]


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ('A "b" <c> #1', "nope: A #quot;b#quot; #lt;c#gt; #35;1"),
        ("two\nlines", "nope: two lines"),
        ("x" * 99, f"nope: {'x' * 53}…"),
    ],
)
def test_a_label_holds_nothing_that_mermaid_would_read(title: str, label: str) -> None:
    _, node, arrow = graph({"id": "a", "type": "nope", "title": title, "next_id": "z"})
    assert (node, arrow) == (f'a0["{label}"]', 'a0 --> aend(["end"])')
