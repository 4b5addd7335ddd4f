"""Warnings about flows that would do what nobody means: loops that only a limit ends, variables read too early."""

import time
from itertools import count
from typing import Any

import pytest

from flowgen_core.api import ActionType
from flowgen_core.engine.validate import validate
from flowgen_core.model.documents import from_json
from flowgen_core.model.flow import Severity
from flowgen_core.registry import load
from flowgen_core.runtime.judge import OptionJudge
from tests.support.player import generate
from tests.support.vacancies import TEXT, bare, driver


class Silent(ActionType):
    """Tells nothing about itself."""

    name = "silent"


TYPES = {**load().action_types, "silent": Silent()}
IDS = count()
LOOP, UNSET = "LOOP_WITHOUT_WAIT", "UNSET_VARIABLE"


def act(type: str, id: str = "", next_id: str = "", /, **option: Any) -> dict[str, Any]:
    return {"id": id or f"id{next(IDS)}", "type": type, "option": option, "next_id": next_id}


def say(text: str = "Hello", id: str = "", next_id: str = "") -> dict[str, Any]:
    return act("say", id, next_id, text=text)


def ask(variable: str, id: str = "") -> dict[str, Any]:
    return act("ask", id, text="Who?", variable=variable)


def empty(variable: str, id: str) -> dict[str, Any]:
    return act(
        "condition_variable", variable=variable, condition="==", value_type="string", false_target_id=id
    )


def found(*actions: dict[str, Any], **rest: Any) -> list[tuple[str, str]]:
    document = from_json({"actions": list(actions), **rest})
    problems = validate(document, OptionJudge(TYPES), prefixes=("host.",))
    assert all(one.severity is Severity.WARNING for one in problems if one.code in {LOOP, UNSET})
    return [(one.code, one.path) for one in problems]


@pytest.mark.parametrize(
    ("actions", "path"),
    [
        ([say(id="a", next_id="a")], "actions[0]"),
        ([empty("x", "a") | {"id": "a", "next_id": "a"}], "actions[0]"),
        ([say(), say(id="a"), act("goto", target_id="a")], "actions[2]"),
        ([say(id="a"), act("goto", target_id="a", loop_count=3), act("goto", target_id="a")], "actions[2]"),
        ([say(id="a"), act("branch", default_target_id="a")], "actions[1]"),
        ([say(id="a"), act("sleep", duration=0), act("goto", target_id="a")], "actions[2]"),
    ],
)
def test_a_loop_that_only_a_limit_ends_is_doubtful(actions: list[dict[str, Any]], path: str) -> None:
    assert found(*actions) == [(LOOP, path)]


@pytest.mark.parametrize(
    "actions",
    [
        [say(id="a"), act("goto", target_id="a", loop_count=3)],
        [ask("x", "a"), act("goto", target_id="a")],
        [act("sleep", "a", duration=1), act("goto", target_id="a")],
        [say(id="a"), act("branch", variable="x", target_ids={"1": "b"}, default_target_id="a"), say(id="b")],
        [say(id="a"), act("branch", variable="x", default_target_id="${there}"), say(id="b", next_id="a")],
        [empty("x", "") | {"id": "a", "next_id": "a"}],
        [act("silent", "a"), act("goto", target_id="a")],
        [act("sleep", "a", duration="${long}"), act("goto", target_id="a")],
    ],
)
def test_a_loop_that_waits_or_can_be_left_is_none(actions: list[dict[str, Any]]) -> None:
    assert found(*actions) == []


def test_a_loop_in_a_step_is_found_too() -> None:
    steps = [{"id": "s", "type": "UNKNOWN", "actions": [say(id="a", next_id="a")]}]
    assert found(say(), steps=steps) == [(LOOP, "steps[0].actions[0]")]


def test_a_loop_that_nothing_reaches_is_only_unreachable() -> None:
    assert found(act("stop"), say(id="a", next_id="a")) == [("UNREACHABLE_ACTION", "actions[1]")]


@pytest.mark.parametrize(
    ("actions", "path"),
    [
        ([say("Hi ${name}"), ask("name")], "actions[0].option.text"),
        ([say("${name} ${x}", "a"), ask("x"), act("goto", target_id="a", loop_count=1), ask("name")],
         "actions[0].option.text"),
        ([act("say", text="Hi ${name}", set={"name": "Ann"})], "actions[0].option.text"),
        ([act("branch", variable="plan", target_ids={"1": "a"}), ask("plan", "a")], "actions[0].option.variable"),
        ([act("variable_set", key="a", value=[{"b": "${b}"}]), ask("b")], "actions[0].option.value[0].b"),
        ([say("${plan_label}"), act("ask", text="?", kind="choice", variable="plan",
            choices=[{"value": "1", "label": "One"}])], "actions[0].option.text"),
    ],
)  # fmt: skip
def test_a_variable_that_is_read_before_any_action_sets_it_is_doubtful(
    actions: list[dict[str, Any]], path: str
) -> None:
    assert found(*actions) == [(UNSET, path)]


@pytest.mark.parametrize(
    "actions",
    [
        [ask("name"), say("Hi ${name}")],
        [say("Hi ${name}")],
        [say("${host.name}"), act("variable_set", key="host.name", value="x")],
        [say("Hi ${name}", "a"), ask("name"), act("goto", target_id="a")],
        [act("branch", variable="x", target_ids={"1": "a", "2": "b"}), ask("name", "a"), say("${name}", "b")],
        [act("silent"), say("${name}"), ask("name")],
        [act("variable_set", key="${which}", value=1), say("${name}"), ask("name")],
        [empty("name", "b"), ask("name"), act("stop"), say("Hi ${name}", "b")],
        [act("branch", variable="n", target_ids={"": "a"}), say("${n}"), ask("n", "a")],
        [act("call", destinations=[{"type": "tel", "target": "+1"}], actions=[say("${name}")]), ask("name")],
    ],
)
def test_a_variable_that_may_have_a_value_is_not(actions: list[dict[str, Any]]) -> None:
    assert found(*actions) == []


def test_what_the_input_gives_counts_as_set() -> None:
    read = [say("${name} ${text_input}"), ask("name"), ask("text_input")]
    assert found(*read, input_schema={"properties": {"name": {"type": "string"}}}) == [
        (UNSET, "actions[0].option.text")
    ]
    assert found(say("${name}"), ask("name"), input_schema={"properties": {"name": {}}}) == []
    assert found(say("${text_input}"), ask("text_input")) == []


def test_an_input_that_takes_nothing_else_leaves_no_caller_to_set_a_name() -> None:
    schema = {"properties": {"name": {}}, "additionalProperties": False}
    assert found(say("${name} ${nmae}"), input_schema=schema) == [(UNSET, "actions[0].option.text")]


def test_what_steps_collect_or_set_counts_as_set() -> None:
    step = {
        "id": "s",
        "type": "SLOT",
        "slot": {"label": "city"},
        "actions": [ask("name"), say("${city} ${last}")],
    }
    assert found(say("${city} ${name}"), ask("city"), ask("name"), ask("last"), steps=[step]) == []


def test_a_branch_whose_default_is_no_action_goes_on() -> None:
    problems = found(act("branch", variable="x", default_target_id="z"), say())
    assert problems == [("DANGLING_TARGET", "actions[0].option.default_target_id")]
    problems = found(
        act("branch", variable="x", target_ids={"1": "z"}, default_target_id="b"), say(), say(id="b")
    )
    assert problems == [("DANGLING_TARGET", "actions[0].option.target_ids.1")]


def test_a_goto_whose_target_is_no_action_does_not_go_on() -> None:
    assert ("UNREACHABLE_ACTION", "actions[1]") in found(act("goto", target_id="z"), say())


def test_types_inside_an_option_are_judged() -> None:
    problem = ("NESTED_TYPE", "actions[0].option.actions[1].type")
    assert found(
        act("call", destinations=[{"type": "tel", "target": "+1"}], actions=[say(), act("nope")])
    ) == [problem]


@pytest.mark.parametrize("language", ["nl", "en", "de", "fr", "es"])
async def test_generated_flows_have_no_problem(language: str) -> None:
    talk = {"title": "A talk", "required": True}
    slots = {**talk, "slots": ["2026-12-01T09:00:00+01:00"]}
    for given in (driver(), bare(), driver(appointment=talk), driver(appointment=slots)):
        document = await generate({**given, "language": language}, TEXT)
        problems = {one.code for one in validate(from_json(document), OptionJudge(TYPES))}
        # Without a question that can decline, the goodbye for that is there in vain.
        assert problems <= ({"UNREACHABLE_ACTION"} if not given["knockoutRequirements"] else set())


def test_a_thousand_actions_are_judged_in_no_time() -> None:
    ids = {str(number): f"a{number}" for number in range(0, 1000, 10)}
    actions = [
        act("branch", f"a{number}", variable=f"v{number}", target_ids=ids)
        if number % 2
        else ask(f"v{number + 1}", f"a{number}")
        for number in range(1000)
    ]
    begun = time.perf_counter()
    assert found(*actions) == []
    assert time.perf_counter() - begun < 5


def test_flows_over_the_limit_have_no_warnings_of_this_kind() -> None:
    codes = {code for code, _ in found(*(say(id=str(number), next_id="0") for number in range(1001)))}
    assert LOOP not in codes
