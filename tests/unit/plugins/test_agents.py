"""`agent` and `agent_group`: models that talk, use tools and ask people."""

import json

import pytest

from flowgen_core.api import (
    ActionError,
    HttpFailed,
    HttpRefused,
    LlmAnswer,
    LlmToolCall,
    Medium,
    Next,
    PastMessage,
    Wait,
    WaitKind,
    Yield,
    Yielded,
)
from flowgen_plugins import llm
from tests.support.action_rows import kinds
from tests.support.fake_context import RUN, FakeContext, FakeHttp, FakeLlm, answer, call, resume, run

TYPES = kinds(llm)
AGENT, GROUP = TYPES["agent"], TYPES["agent_group"]
WEATHER = {
    "name": "weather",
    "description": "Tells the weather.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    "url": "https://example.com/weather",
}


class Show:
    """An agent action that is played turn by turn; each turn is what was said in it."""

    def __init__(self, kind, *answers, medium=Medium.CHAT, http=(), heard=("A slogan for tea",)):
        self.kind, self.ctx = kind, FakeContext(medium)
        self.ctx.model, self.ctx.http = FakeLlm(*answers), FakeHttp(*http)
        self.turns = []
        for text in heard:
            self.ctx.hear(text)

    async def play(self, **option):
        self.outcome = await run(self.kind, self.ctx, **option)
        assert isinstance(self.outcome, Yield), "the first message is a turn of its own"
        return await self._yields()

    async def hear(self, text):
        await self._turn(self.ctx.hear(text))
        return await self._yields()

    async def _yields(self):
        while isinstance(self.outcome, Yield):
            await self._turn(Yielded())
        return self.outcome

    async def _turn(self, cause):
        self.ctx.said = []
        self.outcome = await resume(self.kind, self.ctx, self.outcome, cause)
        self.turns.append(
            [(said["sender"], said.get("receiver", ""), said["text"]) for said in self.ctx.said]
        )


# agent


async def test_an_agent_answers_the_person_under_its_name():
    show = Show(AGENT, "Tea for two")
    assert (
        await show.play(name="Writer", instructions="Write slogans.", variable="slogan", temperature=0)
        == Next()
    )
    assert show.turns == [[("Writer", "", "Tea for two")]]
    assert show.ctx.said[0]["internal"] is False
    assert show.ctx.variables["slogan"] == "Tea for two"
    assert show.ctx.model.told() == [("system", "Write slogans."), ("user", "A slogan for tea")]
    assert show.ctx.tokens == [("Writer", "Tea"), ("Writer", "for"), ("Writer", "two")]


@pytest.mark.parametrize(("title", "name"), [("Poet", "Poet"), ("", "act")])
async def test_an_agent_without_a_name_has_its_actions(title, name):
    show = Show(AGENT, "a")
    show.ctx.action = show.ctx.action.__class__("act", "agent", title)
    await show.play(instructions="x")
    assert show.turns[0][0][0] == name


async def test_an_agent_that_speaks_to_another_does_so_internally():
    show = Show(AGENT, "Is this good?")
    await show.play(name="Writer", instructions="x", receiver="Critic")
    assert show.turns == [[("Writer", "Critic", "Is this good?")]]
    assert (show.ctx.said[0]["internal"], show.ctx.tokens) == (True, [])


async def test_an_agent_knows_what_was_said_to_it_and_by_whom():
    show = Show(AGENT, "Nice", heard=[])
    show.ctx.past = [
        PastMessage("bot", "assistant", "user", "Welcome", False),
        PastMessage("user", "user", "assistant", "Hi", False),
        PastMessage("bot", "Writer", "Critic", "Mine", True),
        PastMessage("bot", "Critic", "Writer", "Yours", True),
        PastMessage("bot", "Critic", "Critic", "weather({})", True),
        PastMessage("bot", "Writer", "Editor", "not for you", True),
        PastMessage("moderator", "Ann", "user", "I am here", False),
    ]
    await show.play(name="Critic", instructions="Judge.")
    assert show.ctx.model.told() == [
        ("system", "Judge."),
        ("assistant", "Welcome"),
        ("user", "Hi"),
        ("user", "Writer: Mine"),
        ("assistant", "Yours"),
        ("assistant", "I am here"),
    ]


async def test_an_agent_without_a_chat_does_what_its_instructions_say():
    show = Show(AGENT, "Done", medium=Medium.NONE, heard=[])
    await show.play(instructions="Do it.")
    assert show.ctx.model.told() == [("system", "Do it."), ("user", "Do it.")]


async def test_a_tool_is_called_and_each_message_is_a_turn():
    show = Show(AGENT, call("weather", city="Oslo"), "It rains", http=[answer({"rain": True})])
    assert await show.play(name="Bo", instructions="x", tools=[WEATHER]) == Next()
    assert show.turns == [
        [("Bo", "Bo", 'weather({"city": "Oslo"})')],
        [("Bo", "Bo", '{"rain": true}')],
        [("Bo", "", "It rains")],
    ]
    (asked,) = show.ctx.http.requests
    assert (asked["method"], asked["url"], json.loads(asked["body"])) == (
        "POST",
        WEATHER["url"],
        {"city": "Oslo"},
    )
    assert asked["headers"]["Idempotency-Key"] == f"{RUN}/3/c1"
    assert show.ctx.tools == [
        ("weather", {"city": "Oslo"}, None, False),
        ("weather", {"city": "Oslo"}, {"rain": True}, True),
    ]
    (tool,) = show.ctx.model.asked[0]["tools"]
    assert (tool.name, tool.parameters) == ("weather", WEATHER["parameters"])
    last = show.ctx.model.asked[1]["messages"][-2:]
    assert (last[0].tool_calls[0].name, last[1].role, last[1].text, last[1].tool_call_id) == (
        "weather",
        "tool",
        '{"rain": true}',
        "c1",
    )


async def test_tool_calls_are_messages_that_only_agents_see():
    show = Show(AGENT, call("weather", city="Oslo"), "x", http=[answer("wet")])
    outcome = await run(AGENT, show.ctx, instructions="x", tools=[WEATHER])
    for _ in range(2):
        outcome = await resume(AGENT, show.ctx, outcome, Yielded())
    assert [(said["internal"], said["metadata"]["tool_info"]) for said in show.ctx.said] == [
        (True, {"type": "suggested_tool_call", "tool": "weather", "arguments": {"city": "Oslo"}}),
        (True, {"type": "tool_response", "tool": "weather", "result": "wet"}),
    ]


async def test_two_tools_of_one_answer_are_called_one_after_the_other():
    both = LlmAnswer("Let me look", (LlmToolCall("1", "weather", "{}"), LlmToolCall("2", "ghost", "{}")))
    show = Show(AGENT, both, "x", http=[answer({})])
    await show.play(name="Bo", instructions="x", tools=[WEATHER])
    assert [len(turn) for turn in show.turns] == [3, 1, 1, 1]
    assert show.turns[0][0] == ("Bo", "", "Let me look")
    assert show.turns[2] == [("Bo", "Bo", '{"error": "There is no tool `ghost`."}')]


@pytest.mark.parametrize(
    ("found", "result"),
    [
        (answer(b"plain text"), "plain text"),
        (answer(b"\xff\x00"), "\ufffd"),
        (answer(b"x" * 9000), "x" * 8192),
        (answer([1]), "[1]"),
        (answer({}, 500), '{"error": "HTTP 500"}'),
        (HttpFailed("late"), '{"error": "late"}'),
        (HttpRefused("private"), '{"error": "private"}'),
    ],
)
async def test_what_goes_wrong_with_a_tool_is_told_to_the_model(found, result):
    show = Show(AGENT, call("weather"), "x", http=[found])
    await show.play(instructions="x", tools=[WEATHER])
    assert show.ctx.model.told()[-1] == ("tool", result)


@pytest.mark.parametrize("arguments", ["[1]", "{", '{"a":NaN}'])
async def test_arguments_that_are_no_object_are_told_to_the_model(arguments):
    odd = LlmAnswer("", (LlmToolCall("1", "weather", arguments),))
    show = Show(AGENT, odd, "x", http=[answer({})])
    await show.play(instructions="x", tools=[WEATHER])
    assert show.ctx.http.requests == []
    assert "no JSON object" in show.ctx.model.told()[-1][1]


async def test_an_agent_that_thinks_for_ever_fails():
    show = Show(AGENT, *[call("weather")] * 3, http=[answer({})])
    with pytest.raises(ActionError, match="3 calls"):
        await show.play(instructions="x", tools=[WEATHER], max_calls=3)


async def test_an_agent_asks_the_person_and_goes_on_with_the_answer():
    show = Show(AGENT, call("ask_human", question="Green or black?"), "Go green")
    wait = await show.play(name="Writer", instructions="x", asks_human=True)
    assert isinstance(wait, Wait)
    assert (wait.kind, wait.prompt) == (WaitKind.INPUT, "Green or black?")
    assert show.turns == [[], [("Writer", "", "Green or black?")]]
    assert await show.hear("green") == Next()
    assert show.turns[-1] == [("Writer", "", "Go green")]
    assert show.ctx.model.told()[-1] == ("tool", "green")


async def test_an_agent_that_may_not_ask_has_no_such_tool():
    show = Show(AGENT, call("ask_human", question="Green?"), "x")
    assert await show.play(instructions="x") == Next()
    assert show.ctx.model.asked[0]["tools"] == []


# agent_group


def member(name, **more):
    return {"name": name, "instructions": f"You are {name}.", **more}


TWO = [member("Writer"), member("Critic")]


async def test_agents_speak_in_turn_and_the_last_word_goes_to_the_person():
    show = Show(GROUP, "Tea for two", "Too old", "Tea time")
    assert await show.play(name="Team", agents=TWO, max_rounds=3, variable="slogan") == Next()
    assert show.turns == [
        [("Writer", "Team", "Tea for two")],
        [("Critic", "Team", "Too old")],
        [("Writer", "", "Tea time")],
    ]
    assert show.ctx.variables["slogan"] == "Tea time"
    assert show.ctx.model.told() == [
        ("system", "You are Writer."),
        ("user", "A slogan for tea"),
        ("assistant", "Tea for two"),
        ("user", "Critic: Too old"),
    ]
    assert show.ctx.tokens == []


async def test_talk_in_a_group_is_internal_and_names_who_goes_on():
    show = Show(GROUP, "a", "b")
    outcome = await run(GROUP, show.ctx, name="Team", agents=TWO, max_rounds=2)
    outcome = await resume(GROUP, show.ctx, outcome, Yielded())
    assert show.ctx.said == [
        {
            "text": "a",
            "sender": "Writer",
            "receiver": "Team",
            "internal": True,
            "metadata": {"next_speaker": "Critic"},
        }
    ]
    await resume(GROUP, show.ctx, outcome, Yielded())
    assert "internal" not in show.ctx.said[1]


async def test_an_end_phrase_ends_the_talk_and_is_not_shown():
    show = Show(GROUP, "a", "Good. DONE")
    assert await show.play(agents=TWO, end_phrase="DONE") == Next()
    assert show.turns[-1] == [("Critic", "", "Good.")]


async def test_the_model_chooses_who_goes_on():
    three = [*TWO, member("Editor")]
    chosen = [json.dumps({"next_speaker": name}) for name in ("Editor", "Writer", "")]
    show = Show(GROUP, "a", chosen[0], "b", chosen[1], "c", chosen[2])
    assert await show.play(name="Team", agents=three, speakers="chosen") == Next()
    assert [turn[0][0] for turn in show.turns] == ["Writer", "Editor", "Writer"]
    assert show.turns[-1] == [("Writer", "", "c")]
    asked = show.ctx.model.asked[1]
    assert asked["json_schema"]["properties"]["next_speaker"]["enum"] == ["Writer", "Critic", "Editor", ""]
    assert show.ctx.model.told(1)[-1] == ("user", "user: A slogan for tea\n\nWriter: a")


@pytest.mark.parametrize(
    "odd", ["nobody", '{"next_speaker":"Eve"}', "[]", '{"next_speaker":5}', '{"next_speaker":[]}']
)
async def test_a_choice_of_nobody_known_leaves_it_in_turn(odd):
    show = Show(GROUP, "a", odd, "b")
    await show.play(agents=TWO, speakers="chosen", max_rounds=2)
    assert [turn[0][0] for turn in show.turns] == ["Writer", "Critic"]


async def test_a_group_asks_the_person_and_all_hear_the_answer():
    agents = [member("Writer"), member("Critic", asks_human=True)]
    show = Show(GROUP, "Tea", call("ask_human", question="Shall I go on?"), "Yes then", "Last")
    wait = await show.play(name="Team", agents=agents, max_rounds=3)
    assert (wait.kind, wait.prompt) == (WaitKind.INPUT, "Shall I go on?")
    assert show.turns[-1] == [("Critic", "", "Shall I go on?")]
    assert await show.hear("yes") == Next()
    assert show.ctx.model.told(2)[-1] == ("tool", "yes")
    assert show.ctx.model.told(3)[2:] == [
        ("assistant", "Tea"),
        ("user", "Critic: Shall I go on?"),
        ("user", "yes"),
        ("user", "Critic: Yes then"),
    ]


async def test_an_agent_of_a_group_uses_its_tools():
    show = Show(GROUP, call("weather", city="Oslo"), "It rains", "Bring tea", http=[answer({"rain": True})])
    await show.play(name="Team", agents=[member("Bo", tools=[WEATHER]), member("Al")], max_rounds=2)
    assert [turn[0][:2] for turn in show.turns] == [("Bo", "Bo"), ("Bo", "Bo"), ("Bo", "Team"), ("Al", "")]


async def test_a_group_without_a_chat_remembers_what_was_said():
    show = Show(GROUP, "a", "b", medium=Medium.NONE, heard=[])
    await show.play(agents=TWO, max_rounds=2)
    assert show.ctx.model.told() == [("system", "You are Critic."), ("user", "Writer: a")]
