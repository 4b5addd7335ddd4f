"""Call flows as their guides print them, walked with and without a chat."""

from datetime import datetime

import pytest

from flowgen_core.registry import load
from tests.support.stage import Stage, act

TYPES = load().action_types


def walk(here):
    """The places of the walk by id; `s` is skipped, `f` failed."""
    marks = {"SKIPPED": "s", "FAILED": "f"}
    return " ".join(f"{id}{marks.get(outcome, '')}" for id, outcome in here.trace)


def support_queue():
    """A menu of three queues that says `invalid` twice before it gives up."""
    ids = {"1": "4", "2": "7", "3": "10"}
    queues = [
        action
        for start, name in ((4, "sales"), (7, "support"), (10, "billing"))
        for action in (
            act("talk", str(start), text=f"To {name}."),
            act("queue_join", str(start + 1), queue_id=name),
            act("hangup", str(start + 2)),
        )
    ]
    return [
        act("talk", "1", text="Press 1, 2 or 3."),
        act("digits_receive", "2", duration=5000, length=1),
        act("branch", "3", target_ids=ids, default_target_id="13"),
        *queues,
        act("talk", "13", text="Invalid."),
        act("goto", "14", target_id="1", loop_count=2),
        act("talk", "15", text="Goodbye."),
        act("hangup", "16"),
    ]


SAMPLE = [
    act("answer", "1"),
    act("talk", "2", text="Welcome to VoIPBIN", language="en-US"),
    act("digits_receive", "3", duration=5000, length=1),
    act("branch", "4", variable="voipbin.call.digits", target_ids={"1": "2"}),
]


async def test_without_a_chat_a_menu_is_passed_over_until_it_gives_up():
    here = Stage({"actions": support_queue()}, types=TYPES, chat_id="")
    await here.hear()
    assert walk(here) == "1s 2s 3 13s 14 1s 2s 3 13s 14 1s 2s 3 13s 14 15s 16s"
    assert (here.ending.reason, len(here.moves)) == ("completed", 17)
    assert "voipbin.call.digits" not in here.variables


async def test_in_a_chat_digits_lead_through_a_flow_made_for_calls():
    here = Stage({"actions": SAMPLE}, types=TYPES)
    assert await here.hear() == ["Welcome to VoIPBIN"]
    assert await here.hear("12") == ["Welcome to VoIPBIN"]
    assert walk(here) == "1 2 3 4 2 3"
    assert await here.hear("9") == []
    assert (walk(here), here.ending.reason) == ("1 2 3 4 2 3 4", "completed")


async def test_in_a_chat_nothing_typed_in_time_is_no_digit():
    here = Stage({"actions": SAMPLE}, types=TYPES)
    await here.hear()
    assert await here.time_pass() == []
    assert (walk(here), here.variables["voipbin.call.digits"]) == ("1 2 3 4", "")


@pytest.mark.parametrize(
    ("now", "walked"),
    [
        ("2026-01-14T10:00", "1s 2 3 4s 5s 6s 7s"),
        ("2026-01-14T18:00", "1s 2 3 6s 7s"),
        ("2026-01-18T10:00", "1s 2 6s 7s"),
    ],
)
async def test_business_hours_are_those_of_the_week_and_the_day(now, walked):
    hours = {"minute": 0, "day": -1, "month": 0, "weekdays": [1, 2, 3, 4, 5], "false_target_id": "6"}
    actions = [
        act("answer", "1"),
        act("condition_datetime", "2", condition=">=", hour=9, **hours),
        act("condition_datetime", "3", condition="<", hour=17, **hours),
        act("talk", "4", text="Connecting you."),
        act("queue_join", "5", queue_id="q"),
        act("talk", "6", text="We are closed."),
        act("hangup", "7"),
    ]
    here = Stage({"actions": actions}, types=TYPES, chat_id="")
    here.now = datetime.fromisoformat(f"{now}+00:00")
    await here.hear()
    assert walk(here) == walked
