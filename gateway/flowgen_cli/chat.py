"""The command that talks to a flow in the terminal."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from flowgen_cli import options
from flowgen_cli.client import Client, connect
from flowgen_cli.errors import CliError
from flowgen_cli.screen import Screen
from flowgen_core.pb.v1.chat_pb2 import (
    Author,
    Chat,
    ChatRef,
    ChatState,
    CreateChatRequest,
    GetChatRequest,
    Message,
    SendMessageRequest,
    WatchChatRequest,
)
from flowgen_core.pb.v1.flow_pb2 import Flow, GetFlowRequest
from flowgen_core.pb.v1.run_pb2 import GetRunRequest

# A chat begins with the person's first words: these, in the flow's language.
GREETINGS = {"nl": "Hallo", "de": "Hallo", "fr": "Bonjour", "es": "Hola"}
GREETING = "Hello"
BOT = "assistant"
STATE_CHANGED = "chat.state_changed"

FlowId = Annotated[str, typer.Argument(metavar="FLOW_ID", help="The flow to talk to.")]
First = Annotated[
    str | None, typer.Option("--first", metavar="TEXT", help="What you say first. Default: a greeting.")
]


def chat(
    flow_id: FlowId,
    first: First = None,
    grpc: options.GrpcServer = options.GRPC,
    api_key: options.ApiKey = None,
    data: options.DataFolder = options.DATA,
) -> None:
    """Talk to a flow. Numbers pick an offered answer; Ctrl-D leaves."""
    with connect(grpc, api_key, data) as client:
        flow = client.call(client.flows.GetFlow, GetFlowRequest(id=flow_id))
        screen = Screen()
        screen.title(flow.name or flow.id)
        try:
            _Conversation(client, screen, flow.id).run(first or greeting(flow))
        except KeyboardInterrupt:
            screen.end("You left the conversation.")


def greeting(flow: Flow) -> str:
    """Gives a first word in the flow's language."""
    language = json.loads(flow.properties_json or "{}").get("language")
    return GREETINGS.get(language, GREETING) if isinstance(language, str) else GREETING


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that is offered: what is shown, and what is sent when it is picked."""

    label: str
    value: str


def offered(message: Message) -> list[Choice]:
    """Gives the answers that a message offers, in order."""
    payloads = [json.loads(response.payload_json or "{}") for response in message.responses]
    replies = [reply for payload in payloads for reply in payload.get("quickReplies", ())]
    return [Choice(reply["label"], reply["value"]) for reply in replies if reply.get("type") == "text"]


def pick(said: str, choices: Sequence[Choice]) -> str:
    """Gives what to send for a choice's number; anything else is what it says."""
    number = said.strip()
    if number.isascii() and number.isdigit() and 1 <= int(number) <= len(choices):
        return choices[int(number) - 1].value
    return said


class _Conversation:
    """One new chat with a flow, until it ends or the person leaves."""

    def __init__(self, client: Client, screen: Screen, flow_id: str) -> None:
        self._client, self._screen = client, screen
        made = client.call(
            client.chats.CreateChat, CreateChatRequest(chat=Chat(flow_id=flow_id, name="Terminal"))
        )
        self._ref = ChatRef(id=made.id)
        self._choices: list[Choice] = []
        # A text that lists its choices needs no second list, but its numbers count.
        self._listed = True

    def run(self, first: str) -> None:
        said: str | None = first
        self._screen.you(first)
        while said is not None:
            chat = self._send(pick(said, self._choices))
            if chat.state != ChatState.CHAT_STATE_WAITING:
                self._tell_end(chat)
                return
            said = self._screen.ask()
        self._screen.end("You left the conversation.")

    def _send(self, text: str) -> Chat:
        self._choices, self._listed = [], True
        request = SendMessageRequest(
            chat=self._ref, author=Author.AUTHOR_USER, text=text, request_id=str(uuid.uuid4())
        )
        with self._screen.working():
            sent = self._client.call(self._client.chats.SendMessage, request)
            if sent.chat.HasField("pause"):
                return sent.chat
            chat = self._follow(sent.message.seq)
        if not self._listed:
            self._screen.choices([choice.label for choice in self._choices])
        return chat

    def _follow(self, seq: int) -> Chat:
        """Shows what is said after `seq`, until it is the person's turn again or the conversation is over."""
        request = WatchChatRequest(chat=self._ref, after_seq=seq)
        for event in self._client.watch(self._client.chats.WatchChat, request):
            if event.HasField("message"):
                self._show(event.message)
            # The stream's `hello` has the newest state too, but comes before what was said.
            elif event.type == STATE_CHANGED and event.chat.state != ChatState.CHAT_STATE_RUNNING:
                return event.chat
        return self._client.call(self._client.chats.GetChat, GetChatRequest(chat=self._ref))

    def _show(self, message: Message) -> None:
        if message.author == Author.AUTHOR_USER or message.internal:
            return
        name = "bot" if message.sender in {"", BOT} else message.sender
        text = message.text or message.fallback
        self._screen.bot(name, text)
        self._choices = offered(message)
        self._listed = all(choice.label in text for choice in self._choices)

    def _tell_end(self, chat: Chat) -> None:
        if chat.state == ChatState.CHAT_STATE_FAILED:
            raise CliError(f"The conversation failed: {chat.failure.message or chat.failure.reason}")
        if chat.state != ChatState.CHAT_STATE_COMPLETED:
            self._screen.end("The bot does not have the floor now.")
            return
        self._screen.end("The conversation is completed.")
        run = self._client.call(self._client.runs.GetRun, GetRunRequest(id=chat.run_id))
        if run.output_json:
            self._screen.output(json.loads(run.output_json))
