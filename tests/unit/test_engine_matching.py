"""Which step a text or an event triggers."""

import pytest

from flowgen_core.engine.matching import EARLIER, fold, match_event, match_text, moved_to
from flowgen_core.model.flow import Document, Example, Intent, Step, StepType
from flowgen_core.model.run import Cursor


def intent(id: str, *queries: str, after: tuple[str, ...] = ()) -> Step:
    return Step(id, StepType.INTENT, contexts=after, intent=Intent(examples=tuple(map(Example, queries))))


def step(id: str, type: StepType, after: tuple[str, ...] = (), title: str = "") -> Step:
    return Step(id, type, title, after)


def at(step_id: str = "", *earlier: str) -> Cursor:
    return Cursor((), step_id=step_id, earlier=earlier)


def found(steps: list[Step], text: str, cursor: Cursor) -> str:
    match = match_text(Document(steps=tuple(steps)), cursor, text)
    return match.id if match else ""


def found_event(steps: list[Step], name: str, cursor: Cursor) -> str:
    match = match_event(Document(steps=tuple(steps)), cursor, name)
    return match.id if match else ""


NEAR, FAR, ROOT = (
    intent("near", "yes", after=("now",)),
    intent("far", "yes", after=("old",)),
    intent("root", "yes"),
)


def test_a_text_finds_the_step_with_such_an_example():
    steps = [intent("hello", "hello", "hi"), intent("bye", "bye")]
    assert [found(steps, text, at()) for text in ("hi", "bye", "what?")] == ["hello", "bye", ""]


def test_children_of_the_present_step_come_before_those_of_earlier_ones_and_roots_come_last():
    steps = [ROOT, FAR, NEAR]
    assert found(steps, "yes", at("now", "old")) == "near"
    assert found(steps, "yes", at("other", "old")) == "far"
    assert found(steps, "yes", at("other")) == "root"


def test_of_earlier_steps_the_latest_comes_first():
    steps = [intent("older", "yes", after=("one",)), intent("newer", "yes", after=("two",))]
    assert found(steps, "yes", at("now", "two", "one")) == "newer"
    assert found(steps, "yes", at("now", "one", "two")) == "older"


def test_a_step_with_contexts_is_not_found_before_one_of_them_has_come():
    assert found([NEAR], "yes", at()) == ""
    assert found([intent("both", "yes", after=("one", "two"))], "yes", at("two")) == "both"


def test_equal_steps_tie_by_their_order():
    assert found([intent("first", "yes"), intent("second", "yes")], "yes", at()) == "first"


def test_a_capture_of_the_present_step_comes_before_all_but_its_intents():
    capture = step("capture", StepType.ANYTHING, ("now",))
    assert found([ROOT, FAR, capture], "yes", at("now", "old")) == "capture"
    assert found([capture, NEAR], "yes", at("now")) == "near"


def test_an_earlier_capture_does_not_swallow_everything():
    assert found([step("capture", StepType.ANYTHING, ("old",)), ROOT], "yes", at("now", "old")) == "root"
    assert found([step("capture", StepType.ANYTHING, ("old",))], "yes", at("now", "old")) == ""


def test_a_root_capture_takes_what_no_intent_takes():
    steps = [step("anything", StepType.ANYTHING), step("slot", StepType.SLOT), ROOT]
    assert found(steps, "yes", at()) == "root"
    assert found(steps, "maybe", at()) == "anything"


def test_unknown_in_context_comes_before_a_root_unknown():
    steps = [
        step("root", StepType.UNKNOWN),
        step("far", StepType.UNKNOWN, ("old",)),
        step("near", StepType.UNKNOWN, ("now",)),
    ]
    assert found(steps, "what?", at("now", "old")) == "near"
    assert found(steps, "what?", at("other", "old")) == "far"
    assert found(steps, "what?", at()) == "root"


def test_unknown_never_hides_a_root_intent_or_capture():
    unknown = step("unknown", StepType.UNKNOWN, ("now",))
    assert found([unknown, ROOT], "yes", at("now")) == "root"
    assert found([unknown, step("anything", StepType.ANYTHING)], "what?", at("now")) == "anything"


@pytest.mark.parametrize("type", [StepType.EVENT, StepType.NOTHING])
def test_steps_for_other_things_never_take_a_text(type):
    assert found([step("other", type, title="yes")], "yes", at()) == ""


def test_an_intent_without_examples_takes_nothing():
    assert found([Step("bare", StepType.INTENT), intent("empty")], "yes", at()) == ""


# Events.


def test_an_event_is_found_by_its_exact_title():
    steps = [step("start", StepType.EVENT, title="START"), step("intro", StepType.EVENT, title="INTRO")]
    assert [found_event(steps, name, at()) for name in ("INTRO", "intro", "INTRO ", "")] == [
        "intro",
        "",
        "",
        "",
    ]


def test_an_event_in_context_comes_first_but_events_match_anywhere():
    steps = [
        step("elsewhere", StepType.EVENT, ("other",), "GO"),
        step("root", StepType.EVENT, title="GO"),
        step("near", StepType.EVENT, ("now",), "GO"),
    ]
    assert found_event(steps, "GO", at("now")) == "near"
    assert found_event(steps, "GO", at()) == "root"
    assert found_event(steps[:1], "GO", at()) == "elsewhere"


def test_an_event_without_a_step_finds_no_unknown():
    assert found_event([step("unknown", StepType.UNKNOWN, title="GO")], "GO", at()) == ""


# Folding.


@pytest.mark.parametrize(
    "said",
    ["Hello there!", "  hello   THERE ", "HÉLLO, thére", "hello-there", "ｈｅｌｌｏ there", "hello\nthere…"],
)
def test_case_accents_blanks_and_punctuation_make_no_difference(said):
    assert fold(said) == "hello there"


@pytest.mark.parametrize(
    ("one", "other"), [("Straße", "STRASSE"), ("ΑΣ", "ας"), ("½", "1⁄2"), ("é", "e\u0301")]
)
def test_letters_that_are_written_in_two_ways_are_one(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize("said", ["?", "👍", "…", " ?! "])
def test_a_text_without_letters_stays_what_it_is(said):
    assert fold(said) == said.strip()


def test_texts_without_letters_can_be_examples():
    assert found([intent("thumb", "👍"), intent("why", "?")], "?", at()) == "why"


def test_different_words_stay_different():
    assert fold("cancel order") != fold("cancelorder")


# The step that is current.


STEPS = Document(
    steps=(
        intent("a", "a"),
        intent("b", "b"),
        step("lost", StepType.UNKNOWN),
        step("asked", StepType.UNKNOWN),
        intent("child", "c", after=("asked",)),
    )
)


def move(cursor: Cursor, *ids: str) -> Cursor:
    for id in ids:
        cursor = moved_to(cursor, STEPS, next(step for step in STEPS.steps if step.id == id))
    return cursor


def test_a_matched_step_becomes_current_and_the_one_before_the_latest_earlier_one():
    assert (move(at(), "a", "b").step_id, move(at(), "a", "b").earlier) == ("b", ("a",))


def test_a_step_is_remembered_once():
    cursor = move(at(), "a", "b", "a", "b")
    assert (cursor.step_id, cursor.earlier) == ("b", ("a",))


def test_an_unknown_becomes_current_only_where_a_step_follows_it():
    assert move(at("a"), "lost") == at("a")
    assert move(at("a"), "asked").step_id == "asked"


def test_only_the_latest_earlier_steps_are_kept():
    cursor = at("0", *(f"s{number}" for number in range(EARLIER)))
    moved = move(cursor, "a")
    assert moved.earlier == ("0", *(f"s{number}" for number in range(EARLIER - 1)))
