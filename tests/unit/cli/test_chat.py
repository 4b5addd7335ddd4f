"""The terminal chat against a core whose answers are written out."""

import io
from collections.abc import Iterator
from concurrent import futures
from typing import Any

import grpc
import pytest

from flowgen_cli.chat import chat
from flowgen_cli.errors import CliError
from flowgen_core.pb.v1 import chat_pb2_grpc, flow_pb2_grpc, run_pb2_grpc
from flowgen_core.pb.v1.chat_pb2 import (
    Author,
    Chat,
    ChatEvent,
    ChatState,
    CreateChatRequest,
    Message,
    SendMessageRequest,
    SendMessageResponse,
    WatchChatRequest,
)
from flowgen_core.pb.v1.common_pb2 import Failure
from flowgen_core.pb.v1.flow_pb2 import Flow, GetFlowRequest
from flowgen_core.pb.v1.run_pb2 import GetRunRequest, Run

RUNNING = Chat(state=ChatState.CHAT_STATE_RUNNING)
WAITING = Chat(state=ChatState.CHAT_STATE_WAITING)
COMPLETED = Chat(state=ChatState.CHAT_STATE_COMPLETED, run_id="r")
FAILED = Chat(state=ChatState.CHAT_STATE_FAILED, failure=Failure(reason="INTERNAL", message="It broke."))


class FakeCore(
    chat_pb2_grpc.ChatServiceServicer, flow_pb2_grpc.FlowServiceServicer, run_pb2_grpc.RunServiceServicer
):
    """Tells, after each message, the next of `turns`; `sent` is what it was told."""

    def __init__(self) -> None:
        self.turns: list[list[ChatEvent]] = []
        self.sent: list[str] = []

    # A synchronous server runs these, while the stubs' types are those of an asynchronous one.
    def GetFlow(self, request: GetFlowRequest, context: Any) -> Any:  # noqa: N802
        return Flow(id=request.id, name="Fake")

    def CreateChat(self, request: CreateChatRequest, context: Any) -> Any:  # noqa: N802
        return Chat(id="c")

    def SendMessage(self, request: SendMessageRequest, context: Any) -> Any:  # noqa: N802
        self.sent.append(request.text)
        return SendMessageResponse(message=Message(seq=2), chat=RUNNING)

    def WatchChat(self, request: WatchChatRequest, context: Any) -> Any:  # noqa: N802
        yield from self.turns.pop(0)

    def GetRun(self, request: GetRunRequest, context: Any) -> Any:  # noqa: N802
        return Run(id=request.id, output_json='{"done":true}')


@pytest.fixture
def core() -> Iterator[FakeCore]:
    fake = FakeCore()
    server = grpc.server(futures.ThreadPoolExecutor(2))
    # As above: the same handlers fit a synchronous server.
    chat_pb2_grpc.add_ChatServiceServicer_to_server(fake, server)  # type: ignore[arg-type]
    flow_pb2_grpc.add_FlowServiceServicer_to_server(fake, server)  # type: ignore[arg-type]
    run_pb2_grpc.add_RunServiceServicer_to_server(fake, server)  # type: ignore[arg-type]
    fake.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"  # type: ignore[attr-defined]
    server.start()
    yield fake
    server.stop(None).wait()


def state(chat: Chat, kind: str = "chat.state_changed") -> ChatEvent:
    return ChatEvent(type=kind, chat=chat)


def said(text: str, author: Author.ValueType = Author.AUTHOR_BOT, **more: Any) -> ChatEvent:
    return ChatEvent(type="message.created", message=Message(text=text, author=author, **more))


def talk(core: Any, monkeypatch: pytest.MonkeyPatch, typed: str = "") -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    chat("f", grpc=core.address, api_key="k")


def test_the_newest_state_that_a_stream_begins_with_does_not_end_the_turn(
    core: FakeCore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    core.turns = [[state(COMPLETED, "hello"), state(RUNNING), said("Here I am."), state(COMPLETED)]]
    talk(core, monkeypatch)
    assert "bot        Here I am." in capsys.readouterr().out


def test_it_goes_on_until_completed_and_shows_the_output(
    core: FakeCore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    core.turns = [[said("Name?"), state(WAITING)], [said("Bye."), state(COMPLETED)]]
    talk(core, monkeypatch, "\nAnn\n")
    out = capsys.readouterr().out
    assert core.sent == ["Hello", "Ann"]
    assert out.index("Bye.") < out.index("completed") < out.index('"done": true')


def test_others_are_named_and_talk_between_agents_is_not_shown(
    core: FakeCore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [
        said("Hello", Author.AUTHOR_USER),
        said("psst", sender="Critic", internal=True),
        said("Good day", Author.AUTHOR_MODERATOR, sender="Ann"),
    ]
    core.turns = [[*events, state(COMPLETED)]]
    talk(core, monkeypatch)
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.endswith(("Hello", "psst", "day"))] == [
        "you        Hello",
        "Ann        Good day",
    ]


def test_what_is_said_cannot_steer_the_terminal(
    core: FakeCore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    core.turns = [[said("a\x1b[2Jb\x9b1m[bold]c[/]\nd"), state(COMPLETED)]]
    talk(core, monkeypatch)
    assert "bot        a[2Jb1m[bold]c[/]\n           d\n" in capsys.readouterr().out


def test_a_failed_conversation_is_one_sentence(core: FakeCore, monkeypatch: pytest.MonkeyPatch) -> None:
    core.turns = [[state(FAILED)]]
    with pytest.raises(CliError, match=r"failed: It broke\."):
        talk(core, monkeypatch)
