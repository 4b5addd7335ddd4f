import json
from uuid import UUID, uuid5

import jsonschema_rs
import pytest

from tests.support.player import GENERATION, START, Player, flow_type, generate, play
from tests.support.vacancies import TEXT, bare, driver

SLOTS = ["2026-12-01T09:00:00+01:00", "2026-12-02T14:30:00+01:00"]


def keys(document):
    return [action["title"] for action in document["actions"]]


def option(document, key):
    return next(action["option"] for action in document["actions"] if action["title"] == key)


async def test_the_documented_body_makes_one_action_for_each_thing_to_ask():
    document = await generate(driver(), TEXT)
    assert keys(document) == [
        "greeting", "knockout_1", "knockout_2", "preferred_1", "required_1", "required_2", "required_3",
        "optional_1", "optional_2", "optional_3", "summary", "correction", "accepted", "declined", "abandoned",
    ]  # fmt: skip
    assert [action["id"] for action in document["actions"]] == [
        str(uuid5(UUID(GENERATION), key)) for key in keys(document)
    ]
    assert list(document) == ["name", "actions", "steps", "output_schema", "properties", "session_timeout"]
    assert (document["name"], document["steps"], document["session_timeout"]) == ("Driver", [], 86400)
    assert document["properties"] == {
        "flow_type": "vacancy_application_flow",
        "flow_type_version": 1,
        "language": "nl",
        "vacancy_id": None,
        "reminder_interval": 60,
        "reminder_message": "Ben je er nog? Je sollicitatie is nog niet af.",
    }


async def test_a_knockout_is_asked_as_documented():
    document = await generate(driver(language="en"), TEXT)
    ids = {action["title"]: action["id"] for action in document["actions"]}
    assert document["actions"][1] == {
        "id": ids["knockout_1"],
        "type": "ask",
        "title": "knockout_1",
        "next_id": ids["knockout_2"],
        "option": {
            "text": "Do you have drivers license B?",
            "kind": "yes_no",
            "language": "en",
            "variable": "drivers_license",
            "group": "knockout",
            "label": "Has drivers license B",
            "quick_replies": ["Yes", "No"],
            "skippable": False,
            "retry_text": "Sorry, I did not understand that. Please answer yes or no.",
            "repeat_question": True,
            "max_retries": 2,
            "limit_text": "No problem, let us move on.",
            "timeout_seconds": 82800,
            "reminder": {
                "after_seconds": 3600,
                "text": "Are you still there? Your application is not finished yet.",
            },
            "targets": {"no": ids["declined"], "timeout": ids["abandoned"], "stopped": ids["abandoned"]},
        },
    }


async def test_the_same_parameters_give_the_same_bytes():
    first, second = [json.dumps(await generate(driver(), TEXT)) for _ in range(2)]
    assert first == second


@pytest.mark.parametrize(
    ("context", "name"),
    [
        ("Cook in Ghent", "Cook in Ghent"),
        ("\n  Cook   in Ghent. \nWe look for", "Cook in Ghent"),
        ("Cook ${x}", "Application"),
        ("word " * 30, ("word " * 16).strip()),
        ("x" * 100, "x" * 80),
        (".", "Application"),
    ],
)
async def test_a_flow_without_name_is_named_by_the_first_line_of_the_vacancy(context, name):
    document = await generate(bare(), {"type": "text", "value": context})
    assert document["name"] == name


async def test_a_flow_that_asks_nothing_accepts_at_once():
    player, heard = await play(await generate(bare(flowName="Cook"), TEXT), [])
    assert len(heard[0]) == 2
    assert player.output["outcome"] == "accepted"


@pytest.mark.parametrize("level", range(6))
async def test_a_higher_level_shows_more_emoji(level):
    parameters = driver(emojiUsage=level, appointment={"slots": SLOTS})
    document = await generate(parameters, TEXT)
    shown = {
        "👋": option(document, "greeting")["text"],
        "🎉": option(document, "accepted")["text"],
        "📋": option(document, "summary")["text"],
        "📅": option(document, "appointment")["text"],
        "🤔": option(document, "knockout_1")["retry_text"],
        "⏰": option(document, "knockout_1")["reminder"]["text"],
        "👉": option(document, "required_1")["text"],
    }
    needed = dict(zip(shown, (1, 2, 3, 3, 4, 4, 5), strict=True))
    assert {emoji for emoji, text in shown.items() if text.startswith(f"{emoji} ")} == {
        emoji for emoji in shown if level >= needed[emoji]
    }
    assert option(document, "declined")["text"].startswith("Bedankt")


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("nl", "dinsdag 1 december, 09:00"),
        ("en", "Tuesday 1 December, 09:00"),
        ("de", "Dienstag, 1. Dezember, 09:00"),
        ("fr", "mardi 1 décembre, 09:00"),
        ("es", "martes 1 de diciembre, 09:00"),
    ],
)
async def test_slots_are_offered_as_people_say_them(language, label):
    document = await generate(bare(language=language, appointment={"slots": SLOTS}), TEXT)
    assert option(document, "appointment")["choices"][0] == {
        "value": SLOTS[0],
        "label": label,
        "not_after": SLOTS[0],
    }


def talk(**members):
    parameters = {"mode": "on_site", "location": "Gent", "slots": SLOTS, **members}
    return bare(language="en", flowName="Cook", appointment=parameters)


async def test_an_appointment_is_chosen_by_its_number():
    player, heard = await play(await generate(talk(), TEXT), ["2", "yes"])
    assert heard[0][1] == (
        "Which moment suits you best for: introductory call (on site: Gent, 30 min)?\n"
        "1. Tuesday 1 December, 09:00\n2. Wednesday 2 December, 14:30"
    )
    assert heard[1] == [
        "This is what I have noted:\n- Introductory call: Wednesday 2 December, 14:30\nIs this correct?"
    ]
    assert player.output["appointment"] == {
        "title": "introductory call",
        "mode": "on_site",
        "location": "Gent",
        "duration_minutes": 30,
        "start": "2026-12-02T14:30:00+01:00",
        "end": "2026-12-02T15:00:00+01:00",
        "preference": "Wednesday 2 December, 14:30",
        "status": "requested",
    }


async def test_whoever_wants_none_of_the_slots_names_a_time():
    player, heard = await play(await generate(talk(), TEXT), ["no", "friday at noon", "yes"])
    assert heard[1] == [
        "On which day and at what time could you do: introductory call (on site: Gent, 30 min)?"
    ]
    found = player.output["appointment"]
    assert (found["start"], found["end"], found["preference"]) == (None, None, "friday at noon")


async def test_slots_that_have_all_passed_are_not_offered():
    player = Player(await generate(talk(), TEXT), now=START.replace(year=2027))
    assert (await player.start())[1].startswith("On which day")


async def test_a_skipped_appointment_is_null():
    player, _ = await play(await generate(talk(), TEXT), ["skip", "yes"])
    assert player.output["appointment"] is None
    assert player.output["reasons"] == []


async def test_an_appointment_that_is_required_cannot_be_skipped():
    _player, heard = await play(await generate(talk(required=True), TEXT), ["skip"])
    assert heard[1][0].startswith("Please choose one of the numbers.\nWhich moment")


async def test_a_summary_that_is_wrong_asks_what_to_change():
    parameters = bare(requiredFields=[{"value": "city"}])
    player, heard = await play(await generate(parameters, TEXT), ["Gent", "no", "It is Ghent"])
    assert heard[2] == ["What should be different? Please type it in one message."]
    assert player.output["needs_review"] is True
    assert player.output["reasons"] == [
        {"code": "correction_requested", "field": "", "label": "correction", "answer": "It is Ghent"}
    ]


async def test_what_was_not_understood_is_a_reason_to_look_again():
    parameters = bare(
        knockoutRequirements=[{"value": "Has a car"}],
        preferredRequirements=[{"value": "Is tall"}, {"value": "Is kind"}, {"value": "Is fast"}],
        requiredFields=[{"value": "email"}],
    )
    said = ["perhaps"] * 3 + ["yes", "yes", "no"] + ["x"] * 3 + ["yes"]
    player, _ = await play(await generate(parameters, TEXT), said)
    assert player.output["outcome"] == "accepted"
    assert player.output["needs_review"] is True
    assert player.output["score"] == 67
    assert player.output["requirements"] == {
        "has_a_car": "unclear",
        "is_tall": "yes",
        "is_kind": "yes",
        "is_fast": "no",
    }
    assert player.output["fields"] == {"email": None}
    assert player.output["reasons"] == [
        {"code": "unclear_answer", "field": "has_a_car", "label": "Has a car", "answer": "perhaps"},
        {"code": "invalid_field", "field": "email", "label": "email", "answer": "x"},
    ]


async def test_a_stop_word_ends_the_run_as_abandoned():
    player, heard = await play(await generate(driver(), TEXT), ["ja", "STOP!"])
    assert heard[-1] == ["We stoppen hier. Je kunt later opnieuw beginnen."]
    assert player.end.state == "COMPLETED"
    assert player.output["outcome"] == "abandoned"
    assert player.output["reasons"][0]["code"] == "stopped"


async def test_silence_reminds_once_and_then_times_out():
    player, _ = await play(await generate(driver(), TEXT), ["ja"])
    assert await player.time_pass() == ["Ben je er nog? Je sollicitatie is nog niet af."]
    assert await player.time_pass() == ["We stoppen hier. Je kunt later opnieuw beginnen."]
    assert player.end.state == "TIMED_OUT"
    assert player.output["reasons"] == [
        {"code": "timeout", "field": "communicative", "label": "Must be communicative", "answer": ""}
    ]


async def test_a_second_run_in_the_same_chat_starts_afresh():
    document = await generate(driver(), TEXT)
    first, _ = await play(document, ["ja", "ja", "ja", "Sanne", "stop"])
    second = Player(document)
    second.ctx.variables = first.ctx.variables
    await second.start()
    await second.hear("nee")
    assert second.output["fields"]["first_name"] is None
    assert [reason["code"] for reason in second.output["reasons"]] == ["knockout_failed"]


CONVERSATIONS = {
    "accepted": ["ja", "ja", "ja", "Sanne", "a@b.nl", "0612345678", "-", "-", "-", "1", "ja"],
    "declined": ["nee"],
    "abandoned": ["stop"],
}


@pytest.mark.parametrize("outcome", CONVERSATIONS)
async def test_the_output_fits_the_schema_of_the_flow(outcome):
    document = await generate(driver(appointment={"slots": SLOTS}), TEXT)
    player, _ = await play(document, CONVERSATIONS[outcome])
    assert player.output["outcome"] == outcome
    jsonschema_rs.validate(document["output_schema"], player.output)
    assert list(player.output) == document["output_schema"]["required"]
    assert player.ctx.variables["application"] == player.output


def test_the_flow_type_shows_json_schemas():
    schema = flow_type().Parameters.model_json_schema()
    assert schema["required"] == ["knockoutRequirements", "preferredRequirements"]
    assert {"type": "null"} in schema["properties"]["language"]["anyOf"]
