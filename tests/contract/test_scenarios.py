"""Whole conversations, told once and held over gRPC and over REST alike."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from flowgen_cli.flow_json import read_flow
from flowgen_core.pb.v1 import flow_pb2, flow_pb2_grpc
from tests.support.doors import WAIT, Door, GrpcDoor, Refused, RestDoor, Told, until_rest
from tests.support.servers import Server
from tests.support.stage import act, say

DOORS = {"grpc": GrpcDoor, "rest": RestDoor}
WAITS = "wait_for_human_input"


@dataclass
class Scene:
    """Where a scenario is played."""

    door: Door
    server: Server
    flow_id: str
    chat_id: str


@dataclass(frozen=True)
class Say:
    """Somebody says something, and the bot says `replies` until it rests. Replies without `→` are its own voice's."""

    text: str
    replies: Sequence[str] = ()
    status: str = WAITS
    prompt: str | None = None
    error: str | None = None
    sender: str = ""
    # To whom the text went.
    receiver: str = "assistant"
    answers = False

    def play(self, scene: Scene) -> None:
        self.compare(scene, self.send(scene))

    def send(self, scene: Scene) -> Told:
        return scene.door.say(scene.chat_id, self.text, answers=self.answers, wait=WAIT, sender=self.sender)

    def compare(self, scene: Scene, told: Told) -> None:
        human = self.sender or "user"
        replies = tuple(line if "→" in line else f"assistant→{human}: {line}" for line in self.replies)
        error = scene.door.reason(self.error) if self.error else None
        assert told == Told(self.status, self.prompt, error, replies, self.receiver)


@dataclass(frozen=True)
class Input(Say):
    """The same, as the answer that the chat waits for."""

    answers = True


@dataclass(frozen=True)
class Post:
    """Somebody says something and does not wait for it."""

    text: str

    def play(self, scene: Scene) -> None:
        told = scene.door.say(scene.chat_id, self.text, answers=False, wait=0, sender="")
        assert (told.status, told.replies) == ("running", ())


@dataclass(frozen=True)
class Event:
    """An event instead of a text; gRPC alone has them."""

    name: str
    replies: Sequence[str] = ()
    status: str = WAITS
    prompt: str | None = None

    def play(self, scene: Scene) -> None:
        assert isinstance(scene.door, GrpcDoor)
        scene.door.happen(scene.chat_id, self.name)
        assert until_rest(scene.door, scene.chat_id) == Told(self.status, self.prompt)
        heard = scene.door.history(scene.chat_id, internal=True)
        expected = [f"assistant→user: {line}" for line in self.replies]
        assert heard[len(heard) - len(expected) :] == expected


@dataclass(frozen=True)
class Rests:
    """The chat comes to rest by itself."""

    status: str
    prompt: str | None = None

    def play(self, scene: Scene) -> None:
        assert until_rest(scene.door, scene.chat_id) == Told(self.status, self.prompt)


@dataclass(frozen=True)
class Becomes:
    """Time passes, and the chat changes by itself."""

    status: str
    last_line: str

    def play(self, scene: Scene) -> None:
        end = time.monotonic() + WAIT
        while scene.door.look(scene.chat_id).status != self.status:
            assert time.monotonic() < end, "the chat never changed"
            time.sleep(0.02)
        assert scene.door.history(scene.chat_id, internal=True)[-1] == self.last_line


@dataclass(frozen=True)
class History:
    """All that was said; lines without `→` are texts alone."""

    lines: Sequence[str]
    internal: bool = True

    def play(self, scene: Scene) -> None:
        heard = scene.door.history(scene.chat_id, internal=self.internal)
        bare = [line.partition(": ")[2] for line in heard]
        assert (heard if any("→" in line for line in self.lines) else bare) == list(self.lines)


@dataclass(frozen=True)
class IsRefused:
    """The step is refused for a reason, and changes nothing."""

    step: "Step"
    reason: str

    def play(self, scene: Scene) -> None:
        before = scene.door.history(scene.chat_id, internal=True), scene.door.look(scene.chat_id)
        with pytest.raises(Refused, match=f"^{self.reason}$"):
            self.step.play(scene)
        assert (scene.door.history(scene.chat_id, internal=True), scene.door.look(scene.chat_id)) == before


@dataclass(frozen=True)
class Abort:
    """What the bot does is stopped."""

    anything: bool = True

    def play(self, scene: Scene) -> None:
        before = scene.door.look(scene.chat_id)
        told, aborted = scene.door.abort(scene.chat_id)
        assert aborted is self.anything
        assert told == (Told("ready") if self.anything else before)


@dataclass(frozen=True)
class Delete:
    """The chat is deleted; nothing of it can be reached."""

    def play(self, scene: Scene) -> None:
        scene.door.delete(scene.chat_id)
        door, chat_id = scene.door, scene.chat_id
        for call in (
            lambda: door.look(chat_id),
            lambda: door.delete(chat_id),
            lambda: door.abort(chat_id),
            lambda: door.history(chat_id, internal=True),
            lambda: door.say(chat_id, "x", answers=False, wait=0, sender=""),
            lambda: door.say(chat_id, "x", answers=True, wait=0, sender=""),
        ):
            with pytest.raises(Refused, match=r"^CHAT_NOT_FOUND$"):
                call()


@dataclass(frozen=True)
class ChangeFlow:
    """Somebody changes the flow."""

    document: Mapping[str, Any]

    def play(self, scene: Scene) -> None:
        flow = read_flow(json.dumps(self.document))
        flow.id = scene.flow_id
        with scene.server.channel() as channel:
            stub = flow_pb2_grpc.FlowServiceStub(channel)
            stub.UpdateFlow(
                flow_pb2.UpdateFlowRequest(flow=flow), metadata=scene.server.metadata, timeout=WAIT
            )


@dataclass(frozen=True)
class DeleteFlow:
    """Somebody deletes the flow."""

    def play(self, scene: Scene) -> None:
        with scene.server.channel() as channel:
            stub, request = (
                flow_pb2_grpc.FlowServiceStub(channel),
                flow_pb2.DeleteFlowRequest(id=scene.flow_id),
            )
            stub.DeleteFlow(request, metadata=scene.server.metadata, timeout=WAIT)


Step = (
    Say
    | Input
    | Post
    | Event
    | Rests
    | Becomes
    | History
    | IsRefused
    | Abort
    | Delete
    | ChangeFlow
    | DeleteFlow
)


@dataclass(frozen=True)
class Scenario:
    """A flow and what happens with it in one chat."""

    name: str
    flow: Mapping[str, Any]
    steps: Sequence[Step]
    # Other flows by the name that stands as `<name>` in the flow.
    others: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    template: bool = False
    doors: Sequence[str] = ("grpc", "rest")


def ask(text: str, variable: str = "", id: str = "", **option: Any) -> dict[str, Any]:
    return act("ask", id, text=text, variable=variable, **option)


def takes(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


TEXT = {"type": "string"}
ECHO = {"name": "Echo", "actions": [say("You said ${text_input}.")]}
GREETER = {
    "name": "Greeter",
    "actions": [say("Hi!"), ask("What is your name?", "name"), say("Nice to meet you, ${name}.")],
}
MEETS = Say("Hello", ["Hi!", "What is your name?"], prompt="What is your name?")
TEA = {
    "name": "Tea",
    "actions": [say("Welcome.")],
    "steps": [
        {
            "id": "order",
            "type": "INTENT",
            "intent": {"examples": [{"query": "tea please"}]},
            "actions": [say("With pleasure."), ask("Milk?", "milk", kind="yes_no"), say("Milk: ${milk}.")],
        },
        {
            "id": "more",
            "type": "INTENT",
            "contexts": ["order"],
            "intent": {"examples": [{"query": "another"}]},
            "actions": [say("One more.")],
        },
        {"id": "bell", "type": "EVENT", "title": "BELL", "actions": [say("Last round!")]},
        {"id": "lost", "type": "UNKNOWN", "actions": [say("I only know tea.")]},
    ],
}
WHICH = "Which?\n1. Margherita\n2. Funghi"
AGENTS = [
    ("Writer", "Critic", "Tea for you."),
    ("Critic", "Writer", "Too plain."),
    ("Writer", "Critic", "Tea, and all is well."),
    ("Critic", "user", "Shall I go on?"),
]
SCRIPT = [{"sender": sender, "receiver": receiver, "text": text} for sender, receiver, text in AGENTS]
SPOKEN = [f"{sender}→{receiver}: {text}" for sender, receiver, text in AGENTS]

SCENARIOS = [
    Scenario(
        "a greeting and a question",
        GREETER,
        [
            MEETS,
            Input("Ann", ["Nice to meet you, Ann."], "completed"),
            IsRefused(Input("again"), "CHAT_NOT_WAITING"),
            MEETS,
            Say("Bob", ["Nice to meet you, Bob."], "completed"),
            History(
                [
                    "user→assistant: Hello",
                    "assistant→user: Hi!",
                    "assistant→user: What is your name?",
                    "user→assistant: Ann",
                    "assistant→user: Nice to meet you, Ann.",
                    "user→assistant: Hello",
                    "assistant→user: Hi!",
                    "assistant→user: What is your name?",
                    "user→assistant: Bob",
                    "assistant→user: Nice to meet you, Bob.",
                ]
            ),
        ],
    ),
    Scenario(
        "the person has a name",
        GREETER,
        [
            Say("Hello", ["Hi!", "What is your name?"], prompt="What is your name?", sender="ann@x"),
            Input("Ann", ["Nice to meet you, Ann."], "completed", sender="ann@x"),
        ],
    ),
    Scenario(
        "an answer is asked for again and then given up",
        {
            "name": "Retry",
            "actions": [
                ask("Coming?", "coming", "q", kind="yes_no", max_retries=1, limit_text="Never mind."),
                say("Coming: ${coming}."),
            ],
        },
        [
            Say("Hi", ["Coming?"], prompt="Coming?"),
            Input("perhaps", ["Sorry, I did not understand that.\nComing?"], prompt="Coming?"),
            Input("yes", ["Coming: yes."], "completed"),
            Say("Hi", ["Coming?"], prompt="Coming?"),
            Say("perhaps", ["Sorry, I did not understand that.\nComing?"], prompt="Coming?"),
            Say("who knows", ["Never mind.", "Coming: unclear."], "completed"),
        ],
    ),
    Scenario(
        "steps listen",
        TEA,
        [
            Say("Good day", ["Welcome.", "I only know tea."]),
            Say("another", ["I only know tea."]),
            Input("Tea, please!", ["With pleasure.\nMilk?"], prompt="Milk?"),
            Input("yes", ["Milk: yes."]),
            Say("Another!", ["One more."]),
            Abort(),
            Say("another", ["Welcome.", "I only know tea."]),
        ],
    ),
    Scenario(
        "the first text of a run is matched against its steps",
        TEA,
        [Say("Tea please", ["Welcome.", "With pleasure.\nMilk?"], prompt="Milk?")],
    ),
    Scenario(
        "a flow of steps alone says nothing to what it does not know",
        {"name": "Quiet", "steps": [TEA["steps"][0]]},
        [Say("What?"), Say("tea please", ["With pleasure.\nMilk?"], prompt="Milk?")],
    ),
    Scenario(
        "events enter their steps",
        TEA,
        [
            Event("BELL", ["Welcome.", "Last round!"]),
            Event("BELL", ["Last round!"]),
            Event("NO BELL"),
            Say("tea please", ["With pleasure.\nMilk?"], prompt="Milk?"),
            Event("NO BELL", prompt="Milk?"),
            Event("BELL", ["Last round!"]),
            Say("yes", ["I only know tea."]),
        ],
        doors=("grpc",),
    ),
    Scenario(
        "another flow is run in between",
        {"name": "Outer", "actions": [act("fetch_flow", flow_id="<inner>"), say("Welcome, ${name}.")]},
        [Say("Hi", ["Who?"], prompt="Who?"), Input("Ann", ["Ann it is.", "Welcome, Ann."], "completed")],
        others={"inner": {"name": "Inner", "actions": [ask("Who?", "name"), say("${name} it is.")]}},
    ),
    Scenario(
        "sleep goes on by itself",
        {"name": "Nap", "actions": [say("One moment."), act("sleep", duration=50), say("Here I am.")]},
        [Say("Hi", ["One moment.", "Here I am."], "completed")],
    ),
    Scenario(
        "what is said to a busy chat is dealt with in order",
        {"name": "Nap", "actions": [act("sleep", duration=200), say("You said ${text_input}.")]},
        [
            Post("one"),
            Post("two"),
            Post("three"),
            Rests("completed"),
            History(["one", "two", "three", "You said one.", "You said two.", "You said three."]),
        ],
    ),
    Scenario(
        "what is said to a busy chat is the answer to its next question",
        {"name": "Nap", "actions": [act("sleep", duration=200), ask("Name?", "name"), say("Hi ${name}.")]},
        [Post("Hello"), Say("Ann", ["Hi Ann."], "completed")],
    ),
    Scenario(
        "what is said between the messages of agents waits for their question",
        {
            "name": "Agents",
            "actions": [act("scripted_agents", lines=SCRIPT, pause=0.3), say("You said ${answer}.")],
        },
        [
            Post("A slogan for tea"),
            Say("yes", ["You said yes."], "completed"),
            Rests("completed"),
            History(
                [
                    "user→assistant: A slogan for tea",
                    "user→assistant: yes",
                    *SPOKEN,
                    "assistant→user: You said yes.",
                ]
            ),
        ],
    ),
    Scenario(
        "a busy chat takes a hundred messages more",
        {"name": "Nap", "actions": [act("sleep", duration=3_600_000)]},
        [
            *[Post(f"{number}") for number in range(101)],
            IsRefused(Post("one too many"), "CHAT_QUEUE_FULL"),
            Abort(),
            History([f"{number}" for number in range(101)]),
        ],
    ),
    Scenario(
        "a question that nobody answers is given up in time",
        {
            "name": "Timeout",
            "actions": [
                ask(
                    "There?", "there", "q", timeout_seconds=1, targets={"timeout": "gone", "answered": "good"}
                ),
                say("Good.", "good", "end"),
                say("Bye then.", "gone"),
                act("stop", "end"),
            ],
        },
        [
            Say("Hi", ["There?"], prompt="There?"),
            Becomes("completed", "assistant→user: Bye then."),
            Say("Hi", ["There?"], prompt="There?"),
            Input("yes", ["Good."], "completed"),
        ],
    ),
    Scenario(
        "a session that nobody goes on with is over in time",
        {**GREETER, "session_timeout": 1},
        [MEETS, Becomes("completed", "assistant→user: What is your name?"), MEETS],
    ),
    Scenario(
        "another flow that is not there fails the run",
        {
            "name": "Outer",
            "actions": [say("Now."), act("fetch_flow", flow_id="${text_input}"), say("Never.")],
        },
        [Say("ghost", ["Now."], "error", error="FLOW_NOT_FOUND")],
    ),
    Scenario(
        "a choice leads on",
        {
            "name": "Pizza",
            "actions": [
                ask(
                    "Which?",
                    "pizza",
                    "ask",
                    kind="choice",
                    choices=[{"value": "m", "label": "Margherita"}, {"value": "f", "label": "Funghi"}],
                ),
                act("branch", "pick", variable="pizza", target_ids={"f": "mushrooms"}),
                say("The classic.", "classic", "end"),
                say("Mushrooms.", "mushrooms"),
                act("stop", "end"),
            ],
        },
        [
            Say("Hi", [WHICH], prompt=WHICH),
            Input("2", ["Mushrooms."], "completed"),
            Say("Hi", [WHICH], prompt=WHICH),
            Input("3", [f"Sorry, I did not understand that.\n{WHICH}"], prompt=WHICH),
            Input("margherita", ["The classic."], "completed"),
        ],
    ),
    Scenario(
        "input to a busy chat is refused",
        {"name": "Nap", "actions": [act("sleep", duration=3_600_000)]},
        [
            Post("Hello"),
            IsRefused(Input("x"), "CHAT_NOT_WAITING"),
            Post("queued"),
            Abort(),
            Abort(anything=False),
            History(["Hello", "queued"]),
        ],
    ),
    Scenario(
        "an action that fails ends the run and not the chat",
        {"name": "Broken", "actions": [say("So far, so good."), act("raise"), say("Never.")]},
        [
            Say("Hi", ["So far, so good."], "error", error="INTERNAL"),
            IsRefused(Input("x"), "CHAT_NOT_WAITING"),
            Say("Hi", ["So far, so good."], "error", error="INTERNAL"),
            Abort(anything=False),
        ],
    ),
    Scenario(
        "an unknown variable is nothing",
        {"name": "Ghost", "actions": [say("[${ghost}] [${text_input}]")]},
        [Say("${ghost}", ["[] [${ghost}]"], "completed")],
    ),
    Scenario(
        "variables stay in the chat",
        {
            "name": "Counter",
            "actions": [act("variable_set", key="seen", value="${seen}x"), say("${seen}")],
        },
        [Say("Hi", ["x"], "completed"), Say("Hi", ["xx"], "completed")],
    ),
    Scenario(
        "a run has a limit",
        {"name": "Loop", "actions": [say("Again.", "there"), act("goto", target_id="there")]},
        [Say("Hi", ["Again."] * 50, "error", error="EXECUTION_LIMIT")],
    ),
    Scenario(
        "a target that is not there fails the run",
        {"name": "Lost", "actions": [act("goto", target_id="${text_input}"), say("Here.", "here")]},
        [Say("nowhere", (), "error", error="TARGET_NOT_FOUND"), Say("here", ["Here."], "completed")],
    ),
    Scenario(
        "the text goes into the property that the flow names",
        {
            "name": "Asked",
            "input_schema": takes({"question": TEXT}, "question"),
            "actions": [say("${question}?")],
        },
        [Say("Why", ["Why?"], "completed")],
    ),
    Scenario(
        "a text that does not fit the flow's schema fails the run",
        {
            "name": "Short",
            "input_schema": takes({"text_input": {**TEXT, "maxLength": 3}}),
            "actions": [say("Fine.")],
        },
        [Say("long", (), "error", error="INVALID_INPUT"), Say("ok", ["Fine."], "completed")],
    ),
    Scenario(
        "an output that fits its schema completes the run",
        {
            "name": "Out",
            "output_schema": takes({"outcome": {"const": "accepted"}}, "outcome"),
            "actions": [act("application_end", outcome="accepted", text="Welcome.")],
        },
        [Say("Hi", ["Welcome."], "completed")],
    ),
    Scenario(
        "an output that does not fit its schema fails the run",
        {
            "name": "Out",
            "output_schema": takes({"outcome": {"const": "accepted"}}, "outcome"),
            "actions": [act("application_end", outcome="declined", text="Farewell.")],
        },
        [Say("Hi", ["Farewell."], "error", error="INVALID_OUTPUT")],
    ),
    Scenario(
        "a run under way survives the end of its flow",
        GREETER,
        [
            MEETS,
            DeleteFlow(),
            Input("Ann", ["Nice to meet you, Ann."], "completed"),
            IsRefused(Post("Hello"), "FLOW_DELETED"),
        ],
    ),
    Scenario(
        "a run under way keeps the flow that it began with",
        GREETER,
        [
            MEETS,
            ChangeFlow(ECHO),
            Input("Ann", ["Nice to meet you, Ann."], "completed"),
            Say("Ann", ["You said Ann."], "completed"),
        ],
    ),
    Scenario(
        "a flow that can no longer talk fails new runs",
        ECHO,
        [
            Say("Hi", ["You said Hi."], "completed"),
            ChangeFlow({**ECHO, "input_schema": takes({"count": {"type": "number"}}, "count")}),
            Say("Hi", (), "error", error="INVALID_INPUT"),
        ],
    ),
    Scenario(
        "agents talk to each other and then to the person",
        {"name": "Agents", "actions": [act("scripted_agents", lines=SCRIPT), say("You said ${answer}.")]},
        [
            Say("A slogan for tea", SPOKEN, prompt="Shall I go on?"),
            Input("yes", ["You said yes."], "completed", receiver="Critic"),
            History(
                [
                    "user→assistant: A slogan for tea",
                    *SPOKEN,
                    "user→Critic: yes",
                    "assistant→user: You said yes.",
                ]
            ),
            History(
                [
                    "user→assistant: A slogan for tea",
                    SPOKEN[-1],
                    "user→Critic: yes",
                    "assistant→user: You said yes.",
                ],
                internal=False,
            ),
        ],
    ),
    Scenario(
        "a template starts chats",
        {**GREETER, "properties": {"template": True}},
        [MEETS, Input("Ann", ["Nice to meet you, Ann."], "completed")],
        template=True,
    ),
    Scenario(
        "a chat that is aborted begins anew",
        GREETER,
        [MEETS, Abort(), IsRefused(Input("Ann"), "CHAT_NOT_WAITING"), MEETS],
    ),
    Scenario("a chat that is deleted is gone", GREETER, [MEETS, Delete()]),
]


@pytest.fixture(scope="module")
def doors(server: Server) -> Iterator[Mapping[str, Door]]:
    opened: dict[str, Door] = {name: door(server) for name, door in DOORS.items()}
    yield opened
    for door in opened.values():
        door.close()


@pytest.mark.parametrize(
    ("scenario", "door"),
    [pytest.param(told, door, id=f"{told.name}-{door}") for told in SCENARIOS for door in told.doors],
)
def test_both_doors_tell_the_same_story(
    scenario: Scenario, door: str, doors: Mapping[str, Door], server: Server
) -> None:
    text = json.dumps(scenario.flow)
    for name, other in scenario.others.items():
        text = text.replace(f"<{name}>", server.create_flow(dict(other)))
    flow_id = server.create_flow(json.loads(text))
    scene = Scene(doors[door], server, flow_id, doors[door].begin(flow_id, template=scenario.template))
    for step in scenario.steps:
        step.play(scene)
