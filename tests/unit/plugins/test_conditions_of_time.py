"""`condition_datetime` and `block`."""

from datetime import datetime, timedelta

import pytest

from flowgen_core.api import Continued, Jump, Medium, Next, Wait, WaitKind
from flowgen_plugins import control
from tests.support.action_rows import kinds, problems
from tests.support.fake_context import FakeContext, reason, resume, run

TYPES = kinds(control)
CLOCK, BLOCK = TYPES["condition_datetime"], TYPES["block"]
NIL = "00000000-0000-0000-0000-000000000000"


async def holds(now="2026-01-14T10:00", **option):
    """Tells whether the time compares as wanted; 14 January 2026 is a Wednesday."""
    ctx = FakeContext()
    ctx.now = datetime.fromisoformat(f"{now}+00:00")
    outcome = await run(CLOCK, ctx, **{"condition": "==", "false_target_id": "no", **option})
    assert outcome in (Next(), Jump("no"))
    return outcome == Next()


async def test_without_parts_it_always_holds():
    assert await holds()
    assert await holds(minute=-1, hour="-1", day=0, month=0, weekdays=[], timezone="")
    assert await holds(minute=None, weekdays=None, condition="<")


@pytest.mark.parametrize(
    ("sign", "word", "expected"),
    [
        ("==", "equal", "010"),
        ("!=", "not_equal", "101"),
        (">", "greater", "001"),
        (">=", "greater_equal", "011"),
        ("<", "less", "100"),
        ("<=", "less_equal", "110"),
    ],
)
@pytest.mark.parametrize(
    ("times", "part"),
    [
        (("2026-01-14T08:59", "2026-01-14T09:59", "2026-01-14T10:00"), {"hour": 9}),
        (("2026-01-14T11:29", "2026-01-14T08:30", "2026-01-14T10:31"), {"minute": "30"}),
        (("2026-01-14T09:29", "2026-01-14T09:30", "2026-01-14T10:00"), {"hour": 9, "minute": 30}),
        (("2026-02-13T10:00", "2026-01-14T10:00", "2026-01-15T10:00"), {"day": 14}),
        (("2026-01-31T10:00", "2026-02-01T10:00", "2027-03-01T10:00"), {"month": 2}),
    ],
)
async def test_now_is_compared_with_each_part(sign, word, expected, times, part):
    for now, digit in zip(times, expected, strict=True):
        for condition in (sign, word):
            assert await holds(now, condition=condition, **part) == (digit == "1")


async def test_all_parts_must_hold():
    assert await holds(condition=">=", month=1, day=14, hour=10)
    assert not await holds(condition=">=", month=1, day=15, hour=10)
    assert not await holds(condition=">=", month=1, day=14, hour=11)


@pytest.mark.parametrize(
    ("now", "weekdays", "expected"),
    [
        ("2026-01-14T10:00", [1, 2, 3, 4, 5], True),
        ("2026-01-18T10:00", [1, 2, 3, 4, 5], False),
        ("2026-01-18T10:00", ["0"], True),
        ("2026-01-17T10:00", [6], True),
    ],
)
async def test_today_must_be_one_of_the_days_of_the_week(now, weekdays, expected):
    assert await holds(now, weekdays=weekdays) == expected


async def test_the_days_of_the_week_do_not_take_part_in_the_comparison():
    assert await holds(condition="!=", weekdays=[3], hour=9)
    assert not await holds(condition="!=", weekdays=[4], hour=9)


async def test_now_is_read_in_the_time_zone():
    assert await holds(
        "2026-01-14T23:30", timezone="Europe/Amsterdam", hour=0, minute=30, day=15, weekdays=[4]
    )
    assert await holds("2026-07-14T10:00", timezone="America/New_York", hour=6)


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "America", "../etc/passwd", "a\x00b", "/etc/localtime", "é" * 300]
)
async def test_an_unknown_time_zone_is_an_error(name):
    assert await reason(CLOCK, condition="==", false_target_id="a", timezone=name) == "BAD_OPTION"


@pytest.mark.parametrize(
    "option",
    [
        {"condition": None},
        {"condition": "==="},
        {"minute": 60},
        {"minute": -2},
        {"hour": 24},
        {"day": 32},
        {"month": 13},
        {"hour": "noon"},
        {"weekdays": [7]},
        {"weekdays": 1},
        {"hour": 1.5},
    ],
)
async def test_a_part_that_cannot_be_is_an_error(option):
    assert await reason(CLOCK, **{"condition": "==", "false_target_id": "a", **option}) == "BAD_OPTION"


@pytest.mark.parametrize("target", ["", None, NIL])
async def test_false_without_a_place_to_go_is_an_error_and_true_is_not(target):
    assert await reason(CLOCK, condition="==", hour=3, false_target_id=target) == "TARGET_NOT_FOUND"
    assert await reason(CLOCK, condition="==", hour=9, false_target_id=target) == "no failure"
    assert await reason(CLOCK, condition="==", hour=3) == "TARGET_NOT_FOUND"


def test_its_option_is_judged_before_it_runs():
    assert problems(TYPES, "condition_datetime") == {
        ("MISSING_OPTION", "condition"),
        ("MISSING_OPTION", "false_target_id"),
    }
    good = {"condition": "<", "false_target_id": "a", "hour": "${h}", "weekdays": [0, "6"]}
    assert problems(TYPES, "condition_datetime", **good) == set()
    assert problems(TYPES, "condition_datetime", **good | {"day": 32}) == {("BAD_OPTION", "day")}
    assert CLOCK.targets(CLOCK.Option.model_validate({**good, "hour": 1})) == {"false_target_id": "a"}
    assert (CLOCK.fatal, CLOCK.media) == (True, frozenset(Medium))


async def test_a_block_waits_until_the_run_is_continued():
    ctx = FakeContext()
    wait = await run(BLOCK, ctx)
    assert wait == Wait(WaitKind.CONTINUE)
    assert await resume(BLOCK, ctx, wait, Continued()) == Next()


def test_a_block_is_for_runs_without_a_call():
    assert BLOCK.media == {Medium.NONE, Medium.CHAT}
    assert problems(TYPES, "block") == set()


async def test_time_goes_on_over_midnight():
    ctx = FakeContext()
    ctx.now = datetime.fromisoformat("2026-12-31T23:59+00:00") + timedelta(minutes=1)
    assert (
        await run(CLOCK, ctx, condition="==", month=1, day=1, hour=0, minute=0, false_target_id="a") == Next()
    )
