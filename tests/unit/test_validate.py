"""What is wrong in a flow: the engine's rules, the option's model, the schemas and the sizes, all at once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support_flows import TYPES, House, document, say

from flowgen_core.model.flow import NIL_ID, Action, Document, Example, Intent, Problem, Severity, Slot, Step
from flowgen_core.runtime import options
from flowgen_core.runtime.judge import OptionJudge


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.store.close()


async def problems(house: House, flow: Document, **how: Any) -> list[Problem]:
    return list(await house.flows.validate("p1", flow, **how))


async def found(house: House, flow: Document, **how: Any) -> list[tuple[str, str]]:
    return [(one.code, one.path) for one in await problems(house, flow, **how)]


def talk(**option: Any) -> Document:
    return document("A", Action("a", "talk", option=option))


async def test_a_good_flow_has_no_problems(house: House) -> None:
    steps = (Step("s", "INTENT", intent=Intent("", "", (Example("hi"),)), actions=(say(id="x"),)),)
    flow = document("A", say(id="a"), Action("b", "go", option={"target_id": "a"}), steps=steps)
    assert await problems(house, replace(flow, input_schema={"type": "object"})) == []


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ({}, [("MISSING_OPTION", "actions[0].option.text")]),
        ({"text": 1}, [("BAD_OPTION", "actions[0].option.text")]),
        ({"text": "x", "colour": 1}, [("UNKNOWN_OPTION", "actions[0].option.colour")]),
        ({"text": "x", "a key": 1}, [("UNKNOWN_OPTION", 'actions[0].option["a key"]')]),
        ({"text": "x", "times": "${n}"}, []),
        ({"text": "${x}", "times": "many"}, [("BAD_OPTION", "actions[0].option.times")]),
        ({"times": "${n}"}, [("MISSING_OPTION", "actions[0].option.text")]),
        (
            {"text": "x", "choices": [{"value": "one"}, {}]},
            [
                ("BAD_OPTION", "actions[0].option.choices[0].value"),
                ("MISSING_OPTION", "actions[0].option.choices[1].value"),
            ],
        ),
    ],
)
async def test_options_are_judged_by_their_model(
    house: House, option: dict[str, Any], expected: list[Any]
) -> None:
    assert await found(house, talk(**option)) == expected


async def test_an_unknown_option_is_a_warning_even_where_the_model_forbids_it(house: House) -> None:
    (problem,) = await problems(house, talk(text="x", colour=1))
    assert problem.severity is Severity.WARNING


def test_an_option_with_an_unknown_key_still_fits() -> None:
    raw = {"text": "x", "colour": 1}
    model, _ = options.read(TYPES["talk"], raw)
    assert model is not None and options.known(TYPES["talk"], raw) == {"text": "x"}


async def test_a_model_without_fields_takes_any_object(house: House) -> None:
    assert await problems(house, document("A", Action("a", "anything", option={"x": 1}))) == []


async def test_an_action_type_that_raises_breaks_only_its_own_option(house: House) -> None:
    flow = document("A", Action("a", "broken", option={"fail": True}), Action("b", "broken"), say(id="c"))
    assert await found(house, flow) == [("BAD_OPTION", "actions[0].option")]


def test_targets_of_an_option_that_does_not_fit_are_none() -> None:
    judge = OptionJudge(TYPES)
    assert judge.targets(Action("a", "go", option={})) == {}
    assert not judge.always_leaves(Action("a", "go", option={}))
    assert judge.targets(Action("a", "go", option={"target_id": "b"})) == {"target_id": "b"}
    assert judge.flows(Action("a", "nope")) == {}


async def test_jumps_need_a_target_and_cut_off_what_nothing_leads_to(house: House) -> None:
    flow = document(
        "A",
        Action("a", "go", option={"target_id": "z"}),
        say(id="b"),
        Action("c", "talk", option={"text": ""}, next_id="y"),
    )
    assert await found(house, flow) == [
        ("DANGLING_TARGET", "actions[0].option.target_id"),
        ("UNREACHABLE_ACTION", "actions[1]"),
        ("DANGLING_TARGET", "actions[2].next_id"),
        ("UNREACHABLE_ACTION", "actions[2]"),
    ]


@pytest.mark.parametrize("target", [NIL_ID, "${there}"])
async def test_no_target_and_a_variable_target_are_judged_when_they_run(house: House, target: str) -> None:
    assert await found(house, document("A", Action("a", "go", option={"target_id": target}))) == []


async def test_ids_are_unique(house: House) -> None:
    flow = document("A", say(id="a"), say(id="a"), steps=(Step("s", "UNKNOWN"), Step("s", "NOTHING")))
    assert await found(house, flow) == [("DUPLICATE_ID", "actions[1].id"), ("DUPLICATE_ID", "steps[1].id")]


async def test_ids_that_are_left_out_are_no_duplicates(house: House) -> None:
    assert (
        await found(house, document("A", say(), say(), steps=(Step("", "UNKNOWN"), Step("", "NOTHING"))))
        == []
    )


async def test_steps_need_a_known_type_an_intent_and_known_contexts(house: House) -> None:
    steps = (Step("a", "NOPE"), Step("b", "INTENT"), Step("c", "UNKNOWN", contexts=("z",)))
    assert await found(house, document("A", steps=steps)) == [
        ("INVALID_STEP_TYPE", "steps[0].type"),
        ("MISSING_INTENT", "steps[1].intent"),
        ("UNKNOWN_CONTEXT", "steps[2].contexts[0]"),
    ]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "objekt"},
        {"$ref": "https://example.com/schema.json"},
        {"$ref": "#/nowhere"},
        {"pattern": "(?=a)b"},
        {"pattern": "("},
    ],
)
async def test_schemas_must_be_schemas_of_their_own(house: House, schema: dict[str, Any]) -> None:
    assert await found(house, document("A", input_schema=schema)) == [("BAD_OPTION", "input_schema")]
    assert await found(house, document("A", output_schema=schema)) == [("BAD_OPTION", "output_schema")]


@pytest.mark.parametrize(
    ("flow", "path"),
    [
        (document("A" * 256), "name"),
        (document("A", session_timeout=-1), "session_timeout"),
        (document("A", say(id="x" * 256)), "actions[0].id"),
        (document("A", replace(say(), title="x" * 256)), "actions[0].title"),
        (document("A", steps=(Step("s" * 65, "UNKNOWN"),)), "steps[0].id"),
        (document("A", steps=(Step("s", "EVENT", "x" * 256),)), "steps[0].title"),
        (document("A", steps=(Step("s", "NOTHING", timeout=86401),)), "steps[0].timeout"),
        (document("A", steps=(Step("s", "SLOT", slot=Slot(label="x" * 256)),)), "steps[0].slot.label"),
        (
            document("A", steps=(Step("s", "INTENT", intent=Intent("", "", (Example("x" * 256),))),)),
            "steps[0].intent.examples[0].query",
        ),
        (document("A", say("x" * 1024 * 1024)), ""),
    ],
)
async def test_sizes_are_held(house: House, flow: Document, path: str) -> None:
    assert await found(house, flow) == [("TOO_LARGE", path)]
    assert await found(house, flow, lenient=True) == [("TOO_LARGE", path)]


async def test_flows_that_are_called_must_exist(house: House) -> None:
    flow = document(
        "A", Action("a", "go", option={"target_id": "a", "flow_id": "f"}), on_complete_flow_id="g"
    )
    assert await found(house, flow) == [
        ("UNKNOWN_FLOW", "actions[0].option.flow_id"),
        ("UNKNOWN_ON_COMPLETE_FLOW", "on_complete_flow_id"),
    ]


async def test_lenient_takes_what_may_never_be_reached(house: House) -> None:
    flow = document(
        "A",
        Action("a", "talk"),
        Action("a", "nope"),
        Action("b", "go", option={"target_id": "z", "flow_id": "f"}),
        input_schema={"type": "objekt"},
    )
    errors = [one.code for one in await problems(house, flow, lenient=True) if one.severity is Severity.ERROR]
    assert errors == ["INVALID_ACTION_TYPE"]
    assert len(await problems(house, flow, lenient=True)) == len(await problems(house, flow))
