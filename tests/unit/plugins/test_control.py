"""The action types that steer a run."""

from datetime import timedelta

import pytest

from flowgen_core.model.documents import from_json
from flowgen_core.model.flow import Action
from flowgen_core.registry import load
from flowgen_core.runtime.judge import OptionJudge
from flowgen_plugins.control.sleep import LONGEST
from flowgen_plugins.loose import NIL_ID
from tests.support.stage import START, Stage, act, say

TYPES = load().action_types
OTHER = "7c0f2a52-3f0e-4b39-9a55-2f6f0f0f6a01"


def setting(**variables):
    return {"id": "set", "type": "say", "option": {"text": "", "set": variables}}


async def stage(*actions, variables=None, flows=None, chat_id="chat"):
    """Plays a flow once; actions without an id get their number."""
    numbered = [{**action, "id": action["id"] or str(number)} for number, action in enumerate(actions)]
    here = Stage({"actions": [setting(**(variables or {})), *numbered]}, flows, TYPES, chat_id=chat_id)
    await here.hear()
    return here


def heard(here):
    return [said.text for said in here.said]


def failure(here):
    return here.ending.failure.reason if here.ending and here.ending.failure else None


def fate(here, action_id):
    move = [move for move in here.moves.values() if move.action_id == action_id][-1]
    return move.outcome, move.message


def problems(type, **option):
    return {
        (code, path) for code, path, _ in OptionJudge(TYPES).option_problems(Action("a", type, "", option))
    }


# branch


ENDS = [say("next", "next", "end"), say("one", "one", "end"), say("two", "two", "end"), act("stop", "end")]


async def branch(value, **option):
    here = await stage(act("branch", "b", variable="v", **option), *ENDS, variables={"v": value})
    return [*heard(here), failure(here)]


TARGETS = {"1": "one", "2": "two", "": "one", "true": "one", "true ": "two", "7.5": "two", '["a"]': "one"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("1", "one"),
        ("2", "two"),
        (1, "one"),
        (7.5, "two"),
        (True, "one"),
        ("true ", "two"),
        (["a"], "one"),
        ([{"value": "2"}], "two"),
        ("", "one"),
        (None, "one"),
        ("3", "next"),
        (" 1", "next"),
    ],
)
async def test_a_branch_goes_where_the_value_leads(value, said):
    assert await branch(value, target_ids=TARGETS) == [said, None]


async def test_a_branch_goes_to_its_default_for_any_other_value():
    assert await branch("9", target_ids={"1": "one"}, default_target_id="two") == ["two", None]


async def test_a_missing_variable_counts_as_an_empty_text():
    here = await stage(act("branch", "b", variable="ghost", target_ids={"": "one"}), *ENDS)
    assert heard(here) == ["one"]


async def test_a_branch_reads_the_pressed_digits_where_no_variable_is_named():
    digits = {"voipbin.call.digits": "2"}
    for option in ({}, {"variable": ""}, {"variable": None}):
        here = await stage(act("branch", "b", target_ids={"2": "two"}, **option), *ENDS, variables=digits)
        assert heard(here) == ["two"]


async def test_a_branch_leaves_its_variable_as_it_is():
    here = await stage(act("branch", "b", variable="v", target_ids={"1": "one"}), *ENDS, variables={"v": "1"})
    assert here.variables["v"] == "1"


@pytest.mark.parametrize("none", ["", NIL_ID, None])
async def test_a_target_that_names_nothing_is_as_none(none):
    assert await branch("1", target_ids={"1": none}) == ["next", None]
    assert await branch("1", target_ids={"1": none}, default_target_id="two") == ["two", None]
    assert await branch("9", target_ids={"1": "one"}, default_target_id=none) == ["next", None]


async def test_a_target_that_does_not_exist_is_passed_over():
    assert await branch("1", target_ids={"1": "ghost"}) == ["next", None]
    assert await branch("1", target_ids={"1": "ghost"}, default_target_id="two") == ["next", None]
    assert await branch("9", default_target_id="ghost") == ["next", None]


async def test_a_branch_is_done_whether_it_jumped_or_not():
    for value in ("1", "9"):
        here = await stage(
            act("branch", "b", variable="v", target_ids={"1": "one"}), *ENDS, variables={"v": value}
        )
        assert fate(here, "b") == ("DONE", "")


async def test_a_branch_with_an_option_of_another_type_fails_the_run():
    assert (await branch("1", target_ids=["one"]))[-1] == "BAD_OPTION"


# condition_variable


async def condition(value="5", **option):
    option = {"condition": "==", "variable": "v", "value_type": "string", "false_target_id": "no", **option}
    here = await stage(
        act("condition_variable", "c", **{key: item for key, item in option.items() if item != "absent"}),
        say("true", "yes", "end"),
        say("false", "no", "end"),
        act("stop", "end"),
        variables={"v": value},
    )
    return failure(here) or heard(here)[0]


@pytest.mark.parametrize(
    ("sign", "word", "holds"),
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
    ("kind", "values", "side"),
    [
        ("string", ("Ann", "Bob", "bob"), {"value_string": "Bob"}),
        ("number", ("9", "10.0", "1e2"), {"value_number": 10}),
        ("length", ("a", "éé", "ccc"), {"value_length": "2"}),
    ],
)
async def test_each_comparison_holds_for_each_kind_of_value(sign, word, holds, kind, values, side):
    for value, expected in zip(values, holds, strict=True):
        for name in (sign, word):
            assert await condition(value, condition=name, value_type=kind, **side) == (
                "true" if expected == "1" else "false"
            )


async def test_numbers_are_compared_as_numbers_and_texts_as_texts():
    assert await condition("10", condition=">", value_type="number", value_number="9") == "true"
    assert await condition("10", condition=">", value_type="string", value_string="9") == "false"
    assert await condition(10, condition=">", value_type="number", value_number=9.5) == "true"


async def test_the_right_side_is_empty_or_zero_where_it_is_not_given():
    assert await condition("") == "true"
    assert await condition("0", value_type="number") == "true"
    assert await condition("", value_type="length") == "true"


@pytest.mark.parametrize("value", ["", "five", "nan", "inf", "-Infinity", "1e999", None, True, [5]])
@pytest.mark.parametrize("sign", ["==", "!=", "<"])
async def test_what_is_no_finite_number_compares_as_false(value, sign):
    assert await condition(value, condition=sign, value_type="number", value_number=5) == "false"


async def test_a_right_side_that_is_no_finite_number_compares_as_false():
    assert await condition("5", condition="!=", value_type="number", value_number="nan") == "false"
    assert await condition("5", condition="<", value_type="number", value_number="inf") == "false"


async def test_characters_are_counted_and_not_bytes():
    assert await condition("é😀", value_type="length", value_length=2) == "true"


async def test_a_variable_is_a_name_without_a_place_and_a_text_with_one():
    assert await condition("x", variable="v", value_string="x") == "true"
    assert await condition("x", variable="${v}", value_string="x") == "true"
    assert await condition("x", variable="<${v}>", value_string="<x>") == "true"
    assert await condition("v", variable="${v}", value_string="v") == "true"


async def test_both_ways_to_name_a_variable_compare_the_same_text():
    for value, text in ((7, "7"), (True, "true"), ({"a": ["é"]}, '{"a":["é"]}'), ([{"value": 1}], "1")):
        assert await condition(value, variable="v", value_string=text) == "true"
        assert await condition(value, variable="${v}", value_string=text) == "true"


async def test_a_missing_variable_is_an_empty_text():
    assert await condition(variable="ghost", value_string="") == "true"


async def test_the_right_side_may_hold_a_place():
    assert await condition("x", value_string="${v}") == "true"


@pytest.mark.parametrize(
    "option",
    [
        {"condition": "absent"},
        {"condition": "==="},
        {"condition": "EQUAL"},
        {"condition": None},
        {"value_type": "absent"},
        {"value_type": "date"},
        {"value_type": None},
    ],
)
async def test_an_unknown_or_absent_comparison_is_false(option):
    assert await condition("", **option) == "false"


@pytest.mark.parametrize("target", ["absent", "", None, NIL_ID, "ghost"])
async def test_false_without_a_place_to_go_fails_the_run_and_true_does_not(target):
    assert await condition("x", false_target_id=target) == "TARGET_NOT_FOUND"
    assert await condition("", false_target_id=target) == "true"


async def test_without_a_variable_nothing_can_be_compared():
    assert await condition(variable="absent") == "BAD_OPTION"


@pytest.mark.parametrize("option", [{"value_number": "many"}, {"value_length": 2.5}, {"value_string": 5}])
async def test_a_right_side_of_another_type_fails_the_run(option):
    assert await condition(**option) == "BAD_OPTION"


# goto


async def goto(**option):
    jump = act("goto", "g", **option)
    return await stage(say("start", "start"), jump, say("after", "after", "end"), act("stop", "end"))


async def test_a_jump_without_a_count_is_always_made():
    here = await goto(target_id="start")
    assert failure(here) == "EXECUTION_LIMIT"


@pytest.mark.parametrize(("count", "times"), [(1, 1), (3, 3), ("2", 2), (0, 0), (-1, 0)])
async def test_a_jump_with_a_count_is_made_so_many_times(count, times):
    here = await goto(target_id="start", loop_count=count)
    assert heard(here) == ["start"] * (times + 1) + ["after"]
    assert {outcome for _, outcome in here.trace} == {"DONE"}


@pytest.mark.parametrize("option", [{}, {"target_id": ""}, {"target_id": NIL_ID}, {"target_id": "ghost"}])
async def test_a_jump_to_nowhere_fails_the_run_unless_it_is_never_made(option):
    assert failure(await goto(**option)) == "TARGET_NOT_FOUND"
    assert failure(await goto(**option, loop_count=2)) == "TARGET_NOT_FOUND"
    assert heard(await goto(**option, loop_count=0)) == ["start", "after"]


async def test_a_count_that_is_no_whole_number_fails_the_run():
    for count in ("many", 1.5, []):
        assert failure(await goto(target_id="start", loop_count=count)) == "BAD_OPTION"


async def test_a_target_may_be_a_variable():
    here = await stage(act("goto", "g", target_id="${v}"), say("no"), say("yes", "y"), variables={"v": "y"})
    assert heard(here) == ["yes"]


# stop


async def test_stop_ends_the_run():
    here = await stage(say("a"), act("stop", "s", whatever=1), say("b"))
    assert (heard(here), here.ending.state, here.ending.reason) == (["a"], "COMPLETED", "stop_action")


async def test_stop_ends_the_run_from_within_another_flow():
    here = await stage(
        act("fetch_flow", "f", flow_id=OTHER), say("after"), flows={OTHER: {"actions": [act("stop", "s")]}}
    )
    assert (heard(here), here.ending.reason) == ([], "stop_action")


# fetch_flow


async def test_another_flow_is_run_and_then_this_one_goes_on():
    here = await stage(
        act("fetch_flow", "f", flow_id=OTHER), say("after"), flows={OTHER: {"actions": [say("inside", "i")]}}
    )
    assert heard(here) == ["inside", "after"]
    assert here.trace == [("set", "DONE"), ("f", "DONE"), ("i", "DONE"), ("1", "DONE")]


async def test_another_flow_shares_the_variables():
    other = {"actions": [act("variable_set", "v", key="x", value="${given}!")]}
    here = await stage(
        act("fetch_flow", "f", flow_id=OTHER), say("${x}"), flows={OTHER: other}, variables={"given": "yes"}
    )
    assert heard(here) == ["yes!"]


async def test_a_flow_without_actions_is_passed():
    here = await stage(act("fetch_flow", "f", flow_id=OTHER), say("after"), flows={OTHER: {}})
    assert heard(here) == ["after"]


@pytest.mark.parametrize("id", [OTHER, "ghost", "", None, NIL_ID, "${ghost}"])
async def test_an_unknown_flow_fails_the_run(id):
    here = await stage(act("fetch_flow", "f", flow_id=id), say("after"))
    assert (heard(here), failure(here), fate(here, "f")[0]) == ([], "FLOW_NOT_FOUND", "FAILED")


async def test_a_flow_must_be_named():
    assert failure(await stage(act("fetch_flow", "f"))) == "BAD_OPTION"


async def test_a_flow_that_calls_itself_for_ever_fails():
    here = await stage(
        act("fetch_flow", "f", flow_id=OTHER),
        flows={OTHER: {"actions": [act("fetch_flow", "g", flow_id=OTHER)]}},
    )
    assert failure(here) in {"NESTING_LIMIT", "EXECUTION_LIMIT"}


# sleep


@pytest.mark.parametrize("duration", [1, "250", LONGEST])
async def test_sleep_waits_so_many_milliseconds(duration):
    here = await stage(act("sleep", "s", duration=duration), say("awake"))
    assert here.pending.until == START + timedelta(milliseconds=int(duration))
    assert (heard(here), await here.time_pass()) == ([], ["awake"])
    assert fate(here, "s") == ("DONE", "")


@pytest.mark.parametrize("duration", [0, -5, "0"])
async def test_no_time_is_no_wait(duration):
    assert heard(await stage(act("sleep", "s", duration=duration), say("awake"))) == ["awake"]


async def test_sleep_waits_without_a_chat_too():
    here = await stage(act("sleep", "s", duration=5), chat_id="")
    assert here.pending.action_id == "s"


@pytest.mark.parametrize("option", [{}, {"duration": "long"}, {"duration": LONGEST + 1}, {"duration": 1.5}])
async def test_a_sleep_that_cannot_be_is_noted_and_passed(option):
    here = await stage(act("sleep", "s", **option), say("awake"))
    outcome, message = fate(here, "s")
    assert (heard(here), outcome, failure(here)) == (["awake"], "FAILED", None)
    assert "duration" in message


# variable_set


@pytest.mark.parametrize("value", ["text", "", 7, 7.0, True, None, ["a"], {"a": 1}])
async def test_a_variable_is_set_to_any_value(value):
    here = await stage(act("variable_set", "v", key="x", value=value))
    assert here.variables["x"] == value
    assert type(here.variables["x"]) is type(value)


async def test_a_value_is_empty_where_it_is_not_given_and_may_hold_a_place():
    assert (await stage(act("variable_set", "v", key="x"))).variables["x"] == ""
    here = await stage(act("variable_set", "v", key="x${n}", value="<${n}>"), variables={"n": 1})
    assert here.variables["x1"] == "<1>"


async def test_variables_of_the_system_may_be_overwritten():
    here = await stage(act("variable_set", "v", key="voipbin.call.digits", value="9"))
    assert here.variables["voipbin.call.digits"] == "9"


@pytest.mark.parametrize("option", [{}, {"key": ""}, {"key": None}, {"key": "k" * 256}, {"key": 5}])
async def test_a_name_that_is_none_is_noted_and_passed(option):
    here = await stage(act("variable_set", "v", value="x", **option), say("on"))
    assert (heard(here), fate(here, "v")[0], failure(here)) == (["on"], "FAILED", None)


# What is said of an option when a flow is made.


@pytest.mark.parametrize(
    ("type", "option", "found"),
    [
        (
            "condition_variable",
            {},
            {("MISSING_OPTION", name) for name in ("condition", "variable", "value_type", "false_target_id")},
        ),
        (
            "condition_variable",
            {"condition": "===", "variable": "v", "value_type": "date", "false_target_id": "a"},
            {("BAD_OPTION", "condition"), ("BAD_OPTION", "value_type")},
        ),
        (
            "condition_variable",
            {"condition": "${c}", "variable": "v", "value_type": "${t}", "false_target_id": "${f}"},
            set(),
        ),
        ("goto", {}, {("MISSING_OPTION", "target_id")}),
        ("goto", {"target_id": "a", "loop_count": "x"}, {("BAD_OPTION", "loop_count")}),
        ("goto", {"target_id": "a", "color": 1}, {("UNKNOWN_OPTION", "color")}),
        ("fetch_flow", {}, {("MISSING_OPTION", "flow_id")}),
        ("sleep", {}, {("MISSING_OPTION", "duration")}),
        ("sleep", {"duration": LONGEST + 1}, {("BAD_OPTION", "duration")}),
        ("sleep", {"duration": "${n}"}, set()),
        ("variable_set", {"value": "x"}, {("MISSING_OPTION", "key")}),
        ("variable_set", {"key": ""}, {("BAD_OPTION", "key")}),
        ("branch", {}, set()),
        ("branch", {"target_ids": ["a"]}, {("BAD_OPTION", "target_ids")}),
        ("stop", {}, set()),
    ],
)  # fmt: skip
def test_an_option_is_judged_before_it_runs(type, option, found):
    assert problems(type, **option) == found


def test_the_targets_of_all_jumps_are_named():
    flow = from_json(
        {
            "actions": [
                act("branch", target_ids={"1": "a", "2": "b"}, default_target_id="c"),
                act("goto", target_id="a"),
                act("goto", target_id="a", loop_count=1),
                act(
                    "condition_variable",
                    condition="==",
                    variable="v",
                    value_type="string",
                    false_target_id="a",
                ),
                act("stop"),
            ]
        }
    )
    judge = OptionJudge(TYPES)
    assert [dict(judge.targets(action)) for action in flow.actions] == [
        {"target_ids.1": "a", "target_ids.2": "b", "default_target_id": "c"},
        {"target_id": "a"},
        {"target_id": "a"},
        {"false_target_id": "a"},
        {},
    ]
    assert [judge.always_leaves(action) for action in flow.actions] == [True, True, False, False, True]


def test_the_flow_that_is_called_is_named():
    assert OptionJudge(TYPES).flows(Action("a", "fetch_flow", "", {"flow_id": OTHER})) == {"flow_id": OTHER}
