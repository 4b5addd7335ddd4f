"""Texts and events in a run that may wait for something else, and what becomes of actions that fail."""

import json

from flowgen_core.api import ActionError, ActionType, Answer, Medium, Next, Wait
from flowgen_core.registry import load
from tests.support.stage import Stage, act, say

TYPES = load().action_types
STEPS = [
    {"id": "any", "type": "UNKNOWN", "actions": [say("Pardon?", "pardon")]},
    {"id": "go", "type": "EVENT", "title": "GO", "actions": [say("Off we go.", "off")]},
]
ASKING = {
    "actions": [act("ask", "ask", text="Name?", variable="name"), say("Hi ${name}.", "hi")],
    "steps": STEPS,
}


async def test_an_answer_that_an_action_took_is_not_matched_against_steps_too():
    here = Stage(ASKING, types=TYPES)
    assert [await here.hear(text) for text in ("Hello", "Ann", "Ann")] == [
        ["Name?"],
        ["Hi Ann."],
        ["Pardon?"],
    ]


async def test_an_event_enters_its_step_though_an_action_waits():
    here = Stage(ASKING, types=TYPES)
    await here.hear()
    assert await here.happen("GO") == ["Off we go."]
    assert not here.waits


async def test_an_event_without_a_step_is_no_answer():
    here = Stage(ASKING, types=TYPES)
    await here.hear()
    assert await here.happen("STOP") == []
    assert (here.pending.prompt, await here.hear("Ann")) == ("Name?", ["Hi Ann."])


async def test_an_event_is_heard_where_the_flow_only_listens():
    here = Stage({"steps": STEPS}, types=TYPES)
    assert [await here.hear(), await here.happen("GO"), await here.happen("?")] == [
        ["Pardon?"],
        ["Off we go."],
        [],
    ]


class Moody(ActionType):
    """Fails when it runs, or when it is answered."""

    name = "moody"

    async def run(self, ctx, option):
        if option.wait:
            return Wait(prompt="Well?")
        raise self._error(option)

    async def resume(self, ctx, option, cause):
        assert isinstance(cause, Answer)
        raise self._error(option)

    def _error(self, option):
        skip = getattr(option, "skip", False)
        return ActionError("It went wrong.", skip=skip) if option.known else RuntimeError("secret: hunter2")


class Easy(Moody):
    """The same, but nothing depends on it."""

    name = "easy"
    fatal = False


class Text(ActionType):
    """Says where it is."""

    name = "voice_only"
    media = frozenset({Medium.VOICE})

    async def run(self, ctx, option):
        ctx.say("never")
        return Next()


OWN = {**TYPES, "moody": Moody(), "easy": Easy(), "voice_only": Text()}


async def played(type, **option):
    here = Stage({"actions": [act(type, "a", **option), say("on", "b")]}, types=OWN)
    heard = await here.hear()
    return here, heard + (await here.hear() if here.waits else [])


async def test_a_failing_action_ends_the_run_and_says_what_failed():
    here, heard = await played("moody", wait=False, known=True)
    failure = here.ending.failure
    assert (heard, failure.reason, failure.message, failure.action_id) == (
        [],
        "ACTION_FAILED",
        "It went wrong.",
        "a",
    )
    assert here.trace == [("a", "FAILED")]


async def test_what_an_action_raises_is_named_and_not_told():
    here, _ = await played("moody", wait=False, known=False)
    assert here.ending.failure.reason == "INTERNAL"
    assert "hunter2" not in str(here.record())


async def test_an_action_that_is_not_fatal_fails_alone():
    for known in (True, False):
        for wait in (True, False):
            here, heard = await played("easy", wait=wait, known=known)
            assert (heard, here.trace, here.ending.state) == (
                ["on"],
                [("a", "FAILED"), ("b", "DONE")],
                "COMPLETED",
            )


async def test_an_error_that_may_be_skipped_is():
    for wait in (True, False):
        here, heard = await played("moody", wait=wait, known=True, skip=True)
        assert (heard, here.trace) == (["on"], [("a", "SKIPPED"), ("b", "DONE")])


async def test_an_action_for_another_medium_is_passed_over():
    here, heard = await played("voice_only")
    assert (heard, here.trace) == (["on"], [("a", "SKIPPED"), ("b", "DONE")])


async def traced(**option):
    here = Stage({"actions": [act("say", "a", **option)]}, types=OWN)
    await here.hear("é" * 5000)
    return json.loads(here.moves[1].option)


async def test_the_trace_shows_options_filled_in_and_cuts_what_is_long():
    assert await traced(text="Hi", set={"n": [7.0, None]}) == {"text": "Hi", "set": {"n": [7.0, None]}}
    assert await traced(text="x" * 1024) == {"text": "x" * 1024}
    assert await traced(text="x" * 5000, set={"n": 1}) == {"text": "x" * 1023 + "…", "set": {"n": 1}}
    assert await traced(text="${text_input}") == {"text": "é" * 99 + "…"}


async def test_the_trace_leaves_out_an_option_of_too_many_parts():
    assert await traced(text="x", set={f"n{number}": number for number in range(500)}) == {}


async def test_an_unknown_type_ends_the_run():
    here, _ = await played("ghost")
    assert (here.ending.failure.reason, here.trace) == ("INVALID_ACTION_TYPE", [("a", "FAILED")])
