"""The action types that ask a language model once or in a talk."""

from datetime import timedelta

import pytest

from flowgen_core.api import (
    ActionError,
    Answer,
    Due,
    LlmUnavailable,
    Medium,
    Next,
    PastMessage,
    Wait,
    WaitKind,
    Yield,
    Yielded,
)
from flowgen_plugins import llm
from tests.support.action_rows import kinds, problems
from tests.support.fake_context import NOW, FakeContext, FakeLater, FakeLlm, reason, resume, run

TYPES = kinds(llm)
FLOW = "7c0f2a52-3f0e-4b39-9a55-2f6f0f0f6a01"


def chat(*texts, model=None, medium=Medium.CHAT, **variables):
    """A chat in which person and bot have said these texts in turn."""
    ctx = FakeContext(medium, **variables)
    ctx.model = model
    for number, text in enumerate(texts):
        author, other = ("bot", "user") if number % 2 else ("user", "assistant")
        ctx.past.append(PastMessage(author, "assistant" if number % 2 else "user", other, text, False))
    return ctx


async def through(kind, ctx, **option):
    """Runs an action through its yields; gives what it returns then."""
    outcome = await run(kind, ctx, **option)
    while isinstance(outcome, Yield):
        outcome = await resume(kind, ctx, outcome, Yielded())
    return outcome


async def failure(kind, ctx, **option):
    with pytest.raises(ActionError) as found:
        await through(kind, ctx, **option)
    return found.value.reason


CHARACTER = {"instructions": "Be kind."}
LEAST = {
    "reply_with_llm": {"prompt": "Be kind."},
    "agent": CHARACTER,
    "agent_group": {"agents": [{"name": "A", **CHARACTER}, {"name": "B", **CHARACTER}]},
    "ai_talk": {"prompt": "Be kind."},
    "ai_task": {"prompt": "Be kind."},
    "ai_summary": {},
}


def test_every_type_is_here_and_an_error_of_each_ends_the_run():
    assert set(TYPES) == set(LEAST)
    assert all(kind.fatal for kind in TYPES.values())


@pytest.mark.parametrize(("name", "option"), LEAST.items())
async def test_without_a_model_all_fail_and_say_so(name, option):
    assert await failure(TYPES[name], chat("Hi"), **option) == "LLM_UNAVAILABLE"


@pytest.mark.parametrize(
    ("name", "option"), [(name, option) for name, option in LEAST.items() if name != "ai_summary"]
)
async def test_when_the_model_fails_all_fail_and_say_so(name, option):
    ctx = chat("Hi", model=FakeLlm(LlmUnavailable("overloaded")))
    assert await failure(TYPES[name], ctx, **option) == "LLM_UNAVAILABLE"


# reply_with_llm


async def test_a_reply_answers_what_was_said():
    ctx = chat("Hello", "Hi!", "How are you?", model=FakeLlm("Very well"), tone="kind")
    option = {"prompt": "Be ${tone}.", "variable": "reply", "temperature": 0.5, "max_tokens": 99}
    assert await through(TYPES["reply_with_llm"], ctx, **option) == Next()
    assert ctx.model.told() == [
        ("system", "Be kind."),
        ("user", "Hello"),
        ("assistant", "Hi!"),
        ("user", "How are you?"),
    ]
    assert (ctx.model.asked[0]["temperature"], ctx.model.asked[0]["max_tokens"]) == (0.5, 99)
    assert (ctx.texts, ctx.variables["reply"]) == (["Very well"], "Very well")
    assert ctx.tokens == [("assistant", "Very"), ("assistant", "well")]


async def test_a_reply_thinks_in_a_turn_of_its_own():
    ctx = chat("Hello", model=FakeLlm("a"))
    assert isinstance(await run(TYPES["reply_with_llm"], ctx), Yield)
    assert (ctx.said, ctx.model.asked) == ([], [])


async def test_a_reply_is_told_no_more_than_it_should_be():
    ctx = chat("one", "two", "three", model=FakeLlm("a"))
    ctx.past.insert(2, PastMessage("bot", "Writer", "Critic", "between us", True))
    await through(TYPES["reply_with_llm"], ctx, history=3)
    assert ctx.model.told() == [("assistant", "two"), ("user", "three")]


async def test_without_messages_the_prompt_is_what_is_asked():
    ctx = chat(model=FakeLlm("a"), medium=Medium.NONE)
    await through(TYPES["reply_with_llm"], ctx, prompt="Say a.")
    assert ctx.model.told() == [("user", "Say a.")]
    assert await failure(TYPES["reply_with_llm"], chat(model=FakeLlm("a"))) == "BAD_OPTION"


async def test_an_empty_reply_is_not_said():
    ctx = chat("Hi", model=FakeLlm(" "))
    await through(TYPES["reply_with_llm"], ctx)
    assert ctx.said == []


# ai_talk


async def talk(model, *heard, **option):
    ctx = chat(*heard, model=model)
    outcome = await through(TYPES["ai_talk"], ctx, **option)
    return ctx, outcome


async def say(ctx, outcome, text):
    cause = ctx.hear(text)
    return await resume(TYPES["ai_talk"], ctx, outcome, cause)


async def test_an_assistant_talks_until_an_end_phrase_is_said():
    ctx, wait = await talk(
        FakeLlm("Hello, I am Bo", "Fine"),
        "Hi",
        prompt="You are Bo.",
        end_call_phrases=["Bye now"],
        language="nl-NL",
    )
    assert (wait.kind, wait.prompt, wait.until) == (WaitKind.INPUT, "Hello, I am Bo", None)
    wait = await say(ctx, wait, "How are you?")
    assert (wait.prompt, ctx.texts) == ("Fine", ["Hello, I am Bo", "Fine"])
    assert ctx.model.told() == [
        ("system", "You are Bo."),
        ("user", "Hi"),
        ("assistant", "Hello, I am Bo"),
        ("user", "How are you?"),
    ]
    assert await say(ctx, wait, "  BYE now\n") == Next()
    assert len(ctx.model.asked) == 2
    assert ctx.variables["voipbin.aicall.ai_engine_model"] == "small-1"
    assert ctx.variables["voipbin.aicall.stt_language"] == "nl-NL"
    assert len(ctx.variables["voipbin.aicall.id"]) == 36


async def test_a_talk_ends_when_its_time_is_over():
    ctx, wait = await talk(FakeLlm("a", "b"), "Hi", duration="30")
    assert wait.until == NOW + timedelta(seconds=30)
    ctx.now += timedelta(seconds=20)
    again = await say(ctx, wait, "more")
    assert again.until == wait.until
    assert await resume(TYPES["ai_talk"], ctx, again, Due()) == Next()


async def test_a_message_without_text_is_waited_past():
    ctx, wait = await talk(FakeLlm("What?"), "Hi")
    again = await resume(TYPES["ai_talk"], ctx, wait, Answer(""))
    assert (again.prompt, len(ctx.model.asked)) == ("What?", 1)


async def test_an_assistant_without_a_prompt_waits_for_the_first_word():
    ctx, wait = await talk(FakeLlm("a"))
    assert isinstance(wait, Wait)
    assert (ctx.said, ctx.model.asked) == ([], [])


@pytest.mark.parametrize(
    ("option", "prompt"),
    [
        ({"initial_prompt": "I", "prompt": "P", "assistance_id": "bo"}, "I"),
        ({"prompt": "P", "assistance_id": "bo"}, "P"),
        ({"assistance_id": "bo", "ai_id": "old"}, "You are Bo."),
        ({"ai_id": "old"}, "You are old."),
    ],
)
async def test_the_prompt_is_the_options_own_else_the_assistants(monkeypatch, option, prompt):
    monkeypatch.setenv("FLOWGEN_ASSISTANTS", '{"bo": "You are Bo.", "old": "You are old."}')
    types = kinds(llm)
    for name in ("ai_talk", "ai_task"):
        ctx = chat("Hi", model=FakeLlm("a"))
        await through(types[name], ctx, **option)
        assert ctx.model.told()[0] == ("system", prompt)
    assert ctx.variables.get("voipbin.ai_task.content") == "a"


async def test_the_assistant_is_named_in_a_variable():
    ctx, _ = await talk(FakeLlm("a"), "Hi", assistance_id="bo", ai_id="old")
    assert ctx.variables["voipbin.aicall.ai_id"] == "bo"


@pytest.mark.parametrize(
    "option", [{"assistance_type": "dog"}, {"duration": "long"}, {"end_call_phrases": "bye"}]
)
async def test_a_talk_with_a_bad_option_is_an_error(option):
    assert await reason(TYPES["ai_talk"], **option) == "BAD_OPTION"


# ai_task


@pytest.mark.parametrize(("medium", "told"), [(Medium.CHAT, "Hi"), (Medium.NONE, "Name a colour.")])
async def test_a_task_keeps_its_answer(medium, told):
    ctx = chat("Hi", model=FakeLlm("Red"), medium=medium)
    assert await through(TYPES["ai_task"], ctx, initial_prompt="Name a colour.") == Next()
    assert (ctx.variables["voipbin.ai_task.content"], ctx.said) == ("Red", [])
    assert ctx.model.told()[-1] == ("user", told)


# ai_summary


async def summarised(**option):
    ctx = chat("Hi", "Hello", model=FakeLlm("Greetings"))
    assert await run(TYPES["ai_summary"], ctx, **option) == Next()
    later = FakeLater(ctx)
    await TYPES["ai_summary"].later(later, ctx.put_off[0])
    return ctx, later


async def test_a_chat_is_summarised_while_the_run_goes_on():
    option = {"reference_type": "call", "reference_id": "c", "language": "nl", "on_end_flow_id": FLOW}
    ctx, later = await summarised(**option)
    values = dict(later.values)
    assert len(values.pop("voipbin.ai_summary.id")) == 36
    assert values == {
        "voipbin.ai_summary.reference_type": "call",
        "voipbin.ai_summary.reference_id": "c",
        "voipbin.ai_summary.language": "nl",
        "voipbin.ai_summary.content": "Greetings",
    }
    assert later.started == [(FLOW, later.values)]
    assert ctx.model.told()[-1] == ("user", "user: Hi\n\nassistant: Hello")
    assert ctx.said == []


async def test_without_a_flow_nothing_is_started():
    _, later = await summarised()
    assert later.started == []


async def test_without_a_chat_there_is_nothing_to_summarise():
    assert await reason(TYPES["ai_summary"], chat(medium=Medium.NONE)) == "skipped"


async def test_a_summary_that_fails_is_tried_again():
    ctx = chat("Hi", model=FakeLlm(LlmUnavailable("x")))
    await run(TYPES["ai_summary"], ctx)
    with pytest.raises(ActionError):
        await TYPES["ai_summary"].later(FakeLater(ctx), ctx.put_off[0])


def test_the_media_of_assistants():
    assert TYPES["ai_talk"].media == {Medium.CHAT, Medium.VOICE}
    assert TYPES["ai_task"].media == TYPES["ai_summary"].media == {Medium.NONE, Medium.CHAT}


@pytest.mark.parametrize(
    ("type", "option", "found"),
    [
        *((type, option, set()) for type, option in LEAST.items()),
        ("ai_talk", {"initial_prompt": "a", "duration": "60", "end_call_phrases": ["bye"]}, set()),
        ("ai_talk", {"ai": "a"}, {("UNKNOWN_OPTION", "ai")}),
        ("ai_summary", {"reference_type": "dream"}, {("BAD_OPTION", "reference_type")}),
        ("reply_with_llm", {"temperature": 3}, {("BAD_OPTION", "temperature")}),
        ("reply_with_llm", {"history": 201}, {("BAD_OPTION", "history")}),
        ("agent", {}, {("MISSING_OPTION", "instructions")}),
        ("agent", {**CHARACTER, "tools": [{"name": "a b", "url": "https://x"}]}, {("BAD_OPTION", "tools[0].name")}),
        ("agent", {**CHARACTER, "asks_human": True, "tools": [{"name": "ask_human", "url": "https://x"}]},
         {("BAD_OPTION", "")}),
        ("agent_group", {"agents": [{"name": "A", **CHARACTER}]}, {("BAD_OPTION", "agents")}),
        ("agent_group", {"agents": [{"name": "A", **CHARACTER}] * 2}, {("BAD_OPTION", "")}),
    ],
)  # fmt: skip
def test_an_option_is_judged_before_it_runs(type, option, found):
    assert problems(TYPES, type, **option) == found
