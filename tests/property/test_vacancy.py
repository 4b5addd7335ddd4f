"""What holds for the flow of any parameters."""

import asyncio
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.player import Player, generate
from tests.support.vacancies import TEXT

GROUPS = {
    "knockoutRequirements": "knockout",
    "preferredRequirements": "preferred",
    "requiredFields": "required",
    "optionalFields": "optional",
}
VALUES = st.one_of(
    st.sampled_from(
        ["firstName", "email", "Has a car", "Must be kind?", "2 years", "appointment_label", "date"]
    ),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60),
).filter(lambda value: value.strip() and "${" not in value)
NAMES = st.none() | st.sampled_from(["a", "b", "appointment", "appointment_label", "email", "_x9"])
ITEMS = st.lists(st.fixed_dictionaries({"value": VALUES, "sessionField": NAMES}), max_size=4)
TALKS = st.fixed_dictionaries(
    {},
    optional={
        "title": VALUES,
        "slots": st.lists(st.sampled_from(["2026-12-01T09:00:00+01:00", "2020-01-01T09:00:00Z"]), max_size=2),
        "required": st.booleans(),
        "mode": st.sampled_from(["phone", "video"]),
        "sessionField": NAMES,
    },
)
PARAMETERS = st.fixed_dictionaries(
    dict.fromkeys(GROUPS, ITEMS),
    optional={
        "language": st.sampled_from(["nl", "en", "de", "fr", "es"]),
        "emojiUsage": st.integers(0, 5),
        "flowName": VALUES,
        "appointment": st.none() | TALKS,
    },
)
SAID = [
    "yes",
    "no",
    "nee",
    "misschien",
    "skip",
    "a@b.nl",
    "1",
    "2001-04-30",
    "Sanne",
    "",
    "${a}",
    "stop",
    "😀" * 50,
]


def write(parameters):
    return asyncio.run(generate(parameters, TEXT))


def asks(document):
    return [action for action in document["actions"] if action["type"] == "ask"]


@given(PARAMETERS)
@settings(deadline=None)
def test_a_flow_has_one_start_and_one_end_of_each_outcome(parameters):
    actions = write(parameters)["actions"]
    assert [action["type"] for action in actions].count("say") == 1
    assert actions[0]["title"] == "greeting"
    ends = [action["option"]["outcome"] for action in actions if action["type"] == "application_end"]
    assert ends == ["accepted", "declined", "abandoned"]
    assert len({action["id"] for action in actions}) == len(actions)


@given(PARAMETERS)
@settings(deadline=None)
def test_every_action_can_be_reached_but_ends_without_a_question_that_leads_there(parameters):
    document = write(parameters)
    follows = {
        action["id"]: [action["next_id"], *action["option"].get("targets", {}).values()]
        for action in document["actions"]
    }
    reached, waiting = set(), [document["actions"][0]["id"]]
    while waiting:
        here = waiting.pop()
        if here and here not in reached:
            reached.add(here)
            waiting += follows[here]
    unreached = {action["title"] for action in document["actions"] if action["id"] not in reached}
    allowed = set() if parameters["knockoutRequirements"] else {"declined"}
    allowed |= set() if asks(document) else {"abandoned"}
    assert unreached == allowed


@given(PARAMETERS)
@settings(deadline=None)
def test_every_question_has_its_limits_and_its_ways_out(parameters):
    for ask in asks(write(parameters)):
        option = ask["option"]
        assert option["max_retries"] == 2
        assert option["timeout_seconds"] < 86400
        assert option["limit_text"]
        assert {"timeout", "stopped"} <= set(option["targets"])
        assert ask["next_id"]


@given(PARAMETERS)
@settings(deadline=None)
def test_everything_is_asked_once_in_the_order_given_under_a_name_of_its_own(parameters):
    options = [ask["option"] for ask in asks(write(parameters))]
    for name, group in GROUPS.items():
        asked = [option["label"] for option in options if option["group"] == group]
        assert asked == [" ".join(item["value"].split()) for item in parameters[name]]
    variables = [option["variable"] for option in options if option["group"] in GROUPS.values()]
    assert len(set(variables)) == len(variables)


@given(PARAMETERS)
@settings(deadline=None)
def test_the_same_parameters_give_the_same_bytes(parameters):
    assert json.dumps(write(parameters)) == json.dumps(write(parameters))


@given(PARAMETERS, st.data())
@settings(deadline=None)
def test_three_inputs_a_question_end_every_run(parameters, data):
    document = write(parameters)

    async def talk():
        player = Player(document)
        await player.start()
        for _ in range(3 * len(asks(document))):
            if player.ended:
                break
            await player.hear(data.draw(st.sampled_from(SAID) | st.text(max_size=20)))
        return player

    player = asyncio.run(talk())
    assert player.ended
    assert player.output["outcome"] in ("accepted", "declined", "abandoned")


@given(PARAMETERS, st.data())
@settings(deadline=None)
def test_only_a_clear_no_to_a_knockout_declines(parameters, data):
    document = write(parameters)

    async def talk():
        player = Player(document)
        await player.start()
        while not player.ended:
            await player.hear(data.draw(st.sampled_from(["misschien", "42", "😀", "hm"])))
        return player

    assert asyncio.run(talk()).output["outcome"] == "accepted"
