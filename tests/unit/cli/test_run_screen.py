"""How a run reads when it is piped."""

import pytest

from flowgen_cli.run_screen import RunScreen
from flowgen_core.pb.v1.common_pb2 import Token
from flowgen_core.pb.v1.run_pb2 import LogLine, Phase, Progress, Run, RunEvent, RunState, ToolCall, Waiting

ENDED = Run(state=RunState.RUN_STATE_COMPLETED, end_reason="stop_action", output_json='{"a":1}')
EVENTS = [
    RunEvent(started=Run()),
    RunEvent(progress=Progress(action_id="x", title="Think [x]", phase=Phase.PHASE_STARTED)),
    RunEvent(tool=ToolCall(name="find", phase=Phase.PHASE_STARTED, arguments_json='{"q":1}')),
    RunEvent(tool=ToolCall(name="find", phase=Phase.PHASE_ENDED, result_json='["r"]')),
    RunEvent(token=Token(text="Hel\x1b")),
    RunEvent(token=Token(text="lo")),
    RunEvent(log=LogLine(level="info", text="done")),
    RunEvent(progress=Progress(action_id="x", title="Think [x]", phase=Phase.PHASE_ENDED)),
    RunEvent(token=Token(text="\nBye")),
    RunEvent(progress=Progress(action_id="y", phase=Phase.PHASE_SKIPPED, text="no chat")),
    RunEvent(ended=ENDED),
]


def shown(capsys: pytest.CaptureFixture[str], *events: RunEvent, live: bool = True) -> list[str]:
    screen = RunScreen(live=live)
    for event in events:
        screen.show(event)
    return capsys.readouterr().out.splitlines()


def test_a_run_is_told_as_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, *EVENTS) == [
        "› Think [x]",
        '  › tool find {"q":1}',
        '  ✓ tool find ["r"]',
        "Hello",
        "  info: done",
        "Bye",
        "- y no chat",
        "completed (stop_action)",
        "{",
        '  "a": 1',
        "}",
    ]


def test_a_run_that_is_not_followed_shows_its_text_and_end(capsys: pytest.CaptureFixture[str]) -> None:
    told = ["Hello", "Bye", "completed (stop_action)", "{", '  "a": 1', "}"]
    assert shown(capsys, *EVENTS, live=False) == told


def test_a_run_that_begins_again_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    again = RunEvent(started=Run())
    assert shown(capsys, again, RunEvent(token=Token(text="Hel")), again) == [
        "Hel",
        "The run begins again; what it said so far does not count.",
    ]


def test_a_run_that_waits_says_for_what(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(state=RunState.RUN_STATE_WAITING, waiting=Waiting(prompt="Who?"))
    assert shown(capsys, RunEvent(ended=run)) == ["waiting: Who?"]


def test_what_is_not_known_is_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, RunEvent()) == []
