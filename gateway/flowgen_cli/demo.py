"""The command that plays FlowGen's main job by itself, and checks every word of it."""

import json
from typing import Any

from flowgen_cli.addresses import parse_address
from flowgen_cli.client import Client
from flowgen_cli.errors import CliError
from flowgen_cli.process import own_server
from flowgen_cli.ready import Ready
from flowgen_cli.rest import Rest
from flowgen_cli.sample import CONTEXT, PARAMETERS, SAMPLES, Sample, Turn
from flowgen_cli.screen import Screen
from flowgen_core.pb.v1.chat_pb2 import ChatRef, GetChatRequest
from flowgen_core.pb.v1.run_pb2 import GetRunRequest


def demo() -> None:
    """Start a server, make two flows over REST, play a job application on each, check them."""
    screen = Screen()
    screen.note("Starting a server of its own …")
    with own_server() as ready:
        for sample in SAMPLES:
            _Play(ready, screen, sample).run()
    screen.end("Both conversations went word for word as promised.")


class _Play:
    """One sample, played on a running server."""

    def __init__(self, ready: Ready, screen: Screen, sample: Sample) -> None:
        self._ready, self._screen, self._sample = ready, screen, sample
        self._rest = Rest(ready.http, ready.api_key)

    def run(self) -> None:
        self._screen.title(self._sample.title)
        chat_id = self._open_chat(self._generate())
        status = ""
        for turn in self._sample.turns:
            status = self._say(chat_id, turn)
        _expect("the status at the end", "completed", status)
        output = self._output(chat_id)
        self._screen.end("The conversation is completed.")
        self._screen.output(output)
        _expect("the output", dict(self._sample.output), output)

    def _generate(self) -> str:
        """Has a flow written and gives its id."""
        attributes = {
            "flowType": "vacancy_application_flow",
            "parameters": {"language": self._sample.language, **PARAMETERS},
            "context": CONTEXT,
        }
        body = {"data": {"type": "flowGenerations", "attributes": attributes}}
        made = self._rest.post("/public/v2/flow-generations?sync=true", body, expect=201)["data"][
            "attributes"
        ]
        _expect("the generation's status", "finished", made["status"])
        flow_id: str = made["flowId"]
        self._screen.note(f"POST /public/v2/flow-generations?sync=true → 201, flow {flow_id}")
        return flow_id

    def _open_chat(self, flow_id: str) -> str:
        body = {"name": self._sample.title, "from_type": "flow", "from_flow": flow_id}
        chat_id: str = self._rest.post("/chats", body, expect=201)["id"]
        self._screen.note(f"POST /chats → 201, chat {chat_id}\n")
        return chat_id

    def _say(self, chat_id: str, turn: Turn) -> str:
        """Says one thing, shows and checks the answer, and gives the chat's status."""
        self._screen.you(turn.said)
        answer = self._rest.post(f"/chats/{chat_id}/messages?wait=10", {"message": turn.said}, expect=200)
        texts = [message["content"] for message in answer["messages"]]
        for text in texts:
            self._screen.bot("bot", text)
        _expect(f"the answer to `{turn.said}`", list(turn.answers), texts)
        status: str = answer["status"]
        return status

    # The output is the flow's own JSON.
    def _output(self, chat_id: str) -> Any:
        client = Client(parse_address(self._ready.grpc, "--grpc"), self._ready.api_key)
        try:
            chat = client.call(client.chats.GetChat, GetChatRequest(chat=ChatRef(id=chat_id)))
            return json.loads(
                client.call(client.runs.GetRun, GetRunRequest(id=chat.run_id)).output_json or "null"
            )
        finally:
            client.close()


def _expect(what: str, expected: object, got: object) -> None:
    if expected != got:
        shown = [json.dumps(value, ensure_ascii=False) for value in (expected, got)]
        raise CliError(f"Something differs: {what}.\n  expected {shown[0]}\n  got      {shown[1]}")
