from datetime import timedelta

import pytest
from pydantic import ValidationError

from flowgen_core.api import Continued
from flowgen_plugins.conversation.ask import Ask
from tests.support.player import START, Player, play


def flow(*, said="Done", **option):
    """One question, an end that says something, and an end that outcomes may jump to."""
    asked = {"text": "What is your name?", "variable": "name", **option}
    return {
        "actions": [
            {"id": "q", "type": "ask", "title": "q", "option": asked, "next_id": "end"},
            {
                "id": "other",
                "type": "say",
                "title": "other",
                "option": {"text": "Elsewhere"},
                "next_id": "end",
            },
            {"id": "end", "type": "say", "title": "end", "option": {"text": said}},
        ]
    }


async def test_a_question_needs_a_text_and_a_variable_only():
    player, heard = await play(flow(said="Hello ${name}!"), ["Ana"])
    assert heard == [["What is your name?"], ["Hello Ana!"]]
    assert player.ctx.variables == {"name": "Ana"}


async def test_it_waits_as_long_as_it_takes_when_no_timeout_is_set():
    player, _ = await play(flow(), [])
    assert player.wait.until is None
    assert player.wait.prompt == "What is your name?"


@pytest.mark.parametrize("said", ["stop", "skip", "no", "👍", "-"])
async def test_no_word_has_a_hidden_meaning_in_a_plain_question(said):
    player, _ = await play(flow(), [said])
    assert player.ctx.variables == {"name": said}


async def test_a_stop_word_of_any_language_jumps_to_the_stopped_target():
    player, heard = await play(flow(targets={"stopped": "other"}), ["Annuleren!"])
    assert heard[-1] == ["Elsewhere", "Done"]
    assert player.ctx.variables == {}


@pytest.mark.parametrize("said", ["skip", "Next.", "-", "N/A", "nvt", "no thanks", "nope"])
async def test_a_skippable_question_is_skipped(said):
    player, heard = await play(flow(skippable=True, targets={"skipped": "other"}), [said])
    assert heard[-1] == ["Elsewhere", "Done"]
    assert player.ctx.variables == {"name": ""}


async def test_a_no_with_more_to_it_does_not_skip():
    player, _ = await play(flow(skippable=True), ["no street 4"])
    assert player.ctx.variables == {"name": "no street 4"}


async def test_a_no_answers_a_skippable_question_of_kind_yes_no():
    player, _ = await play(flow(kind="yes_no", skippable=True), ["no"])
    assert player.ctx.variables == {"name": "no"}


async def test_what_is_not_understood_is_asked_again_in_the_language_of_the_flow():
    _, heard = await play(flow(kind="email", language="nl"), ["x"])
    assert heard[-1] == ["Sorry, dat begreep ik niet.\nWhat is your name?"]


async def test_after_all_tries_the_run_goes_on():
    player, heard = await play(flow(kind="email", limit_text="Never mind.", max_retries=1), ["x", ""])
    assert heard[-1] == ["Never mind.", "Done"]
    assert player.ctx.variables == {"name": ""}


async def test_an_unclear_yes_or_no_never_counts_as_no():
    player, heard = await play(flow(kind="yes_no", targets={"no": "other"}), ["maybe"] * 3)
    assert heard[-1] == ["Done"]
    assert player.ctx.variables == {"name": "unclear"}


async def test_it_reminds_once_and_then_times_out():
    reminder = {"after_seconds": 60, "text": "Still there?"}
    player, _ = await play(flow(reminder=reminder, timeout_seconds=100, targets={"timeout": "other"}), [])
    assert player.wait.until == START + timedelta(seconds=60)
    assert await player.time_pass() == ["Still there?"]
    assert player.wait.until == START + timedelta(seconds=100)
    assert await player.time_pass() == ["Elsewhere", "Done"]


async def test_each_answer_starts_the_silence_anew():
    player, _ = await play(flow(kind="email", timeout_seconds=100), [])
    player.ctx.now = START + timedelta(seconds=90)
    await player.hear("x")
    assert player.wait.until == START + timedelta(seconds=190)


async def test_a_wake_that_comes_too_late_for_a_reminder_times_out():
    player, _ = await play(flow(reminder={"after_seconds": 60, "text": "?"}, timeout_seconds=100), [])
    player.ctx.now = START + timedelta(days=1)
    player.wait = type(player.wait)(until=player.ctx.now)
    assert await player.time_pass() == ["Done"]


async def test_whatever_else_wakes_it_changes_nothing():
    player, _ = await play(flow(timeout_seconds=100), [])
    before = player.wait
    assert await player._turn(Continued()) == []
    assert player.wait == before


def slot(day):
    return {"value": f"d{day}", "label": f"day {day}", "not_after": f"2026-12-0{day}T09:00:00+00:00"}


CHOICE = {"kind": "choice", "choices": [slot(1), slot(2)], "quick_replies": ["day 1", "day 2", "Skip"]}


async def test_choices_are_numbered_and_saved_with_their_label():
    player, heard = await play(flow(**CHOICE), ["2"])
    assert heard[0] == ["What is your name?\n1. day 1\n2. day 2"]
    assert player.ctx.variables == {"name": "d2", "name_label": "day 2"}


async def test_a_choice_of_the_past_is_not_offered():
    player = Player(flow(**CHOICE), now=START + timedelta(days=10))
    assert await player.start() == ["What is your name?\n1. day 2"]
    assert player.ctx.offered == [["day 2", "Skip"]]
    await player.hear("1")
    assert player.ctx.variables["name"] == "d2"


async def test_a_number_means_the_list_that_people_saw():
    player, _ = await play(flow(**CHOICE), [])
    player.ctx.now = START + timedelta(days=10)
    again = await player.hear("1")
    assert again == ["Sorry, I did not understand that.\nWhat is your name?\n1. day 2"]
    await player.hear("1")
    assert player.ctx.variables["name"] == "d2"


@pytest.mark.parametrize("asked_before", [True, False])
async def test_without_a_choice_left_the_question_is_unavailable(asked_before):
    player = Player(flow(**CHOICE, targets={"unavailable": "other"}))
    player.ctx.now = START if asked_before else START + timedelta(days=30)
    said = await player.start()
    if asked_before:
        player.ctx.now = START + timedelta(days=30)
        said = await player.hear("1")
    assert said == ["Elsewhere", "Done"]
    assert player.ctx.variables == {"name": "", "name_label": ""}


async def test_a_no_to_all_choices_is_none():
    _player, heard = await play(flow(**CHOICE, targets={"none": "other"}), ["no"])
    assert heard[-1] == ["Elsewhere", "Done"]


async def test_how_a_question_of_a_group_ended_is_noted():
    player, _ = await play(flow(kind="yes_no", group="knockout", label="Has a name"), ["hm", "yes"])
    assert player.ctx.variables["answers"] == [
        {
            "group": "knockout",
            "field": "name",
            "label": "Has a name",
            "outcome": "yes",
            "value": "yes",
            "text": "yes",
            "tries": 2,
        }
    ]


async def test_a_question_of_a_group_wants_more_than_a_skip_word():
    player, _heard = await play(flow(group="required"), ["skip", "👍"])
    assert player.wait
    assert "name" not in player.ctx.variables


async def test_blanks_that_empty_variables_leave_at_the_end_of_lines_are_not_said():
    _, heard = await play(flow(text="A: ${missing}\nB: ${missing}  \nC"), [])
    assert heard == [["A:\nB:\nC"]]


async def test_a_placeholder_in_an_answer_stays_as_it_is():
    _, heard = await play(flow(said="Hello ${name}"), ["${secret}"])
    assert heard[-1] == ["Hello ${secret}"]


def test_targets_are_named_by_their_path():
    option = Ask.Option(text="?", targets={"no": "a", "timeout": "b"})
    assert Ask().targets(option) == {"targets.no": "a", "targets.timeout": "b"}


@pytest.mark.parametrize(
    "option", [{}, {"text": "?", "kind": "choice"}, {"text": "?", "targets": {"nope": "a"}}]
)
def test_an_option_that_cannot_work_is_refused(option):
    with pytest.raises(ValidationError):
        Ask.Option.model_validate(option)


async def test_say_sets_variables_and_says_nothing_when_the_text_is_blank():
    actions = [{"id": "a", "type": "say", "title": "a", "option": {"text": "${no}", "set": {"x": [1]}}}]
    player, heard = await play({"actions": actions}, [])
    assert heard == [[]]
    assert player.ctx.variables == {"x": [1]}
