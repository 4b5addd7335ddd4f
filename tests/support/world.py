"""One of everything in a project, and for every rpc a request that is answered well there."""

import itertools
from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from flowgen_core.pb.v1 import flow_pb2
from tests.support.rpcs import Told, invoke, request_of
from tests.support.servers import Server


class World:
    """A project that holds one of everything."""

    def __init__(self, server: Server) -> None:
        self.server, self.channel = server, server.channel()
        self._versions = itertools.count(1)
        self.flow_id = self.chat_id = self.run_id = self.generation_id = ""
        self.flow_id = self.made("CreateFlow").id
        self.chat_id = self.made("CreateChat").id
        self.made("SendMessage")
        self.run_id = self.call("ListRuns", request_of("ListRuns")).answer.runs[0].id
        self.generation_id = self.made("CreateGeneration").id

    def made(self, name: str) -> Any:
        told = self.call(name, self.request(name))
        assert told.code == "OK", told
        return told.answer

    def call(self, name: str, request: Message | bytes) -> Told:
        return invoke(self.channel, name, request, self.server.metadata)

    def request(self, name: str) -> Message:
        """Makes a request that would be answered well, where there is one."""
        return request_of(name, **(self._good[name]() if name in self._good else {}))

    @property
    def _good(self) -> dict[str, Callable[[], dict[str, Any]]]:
        chat = {"chat": {"id": self.chat_id}}
        parameters = '{"knockoutRequirements":[],"preferredRequirements":[]}'
        generation = {"flow_type": "vacancy_application_flow", "parameters_json": parameters}
        generation["context_json"] = '{"type":"text","value":"Cook in Ghent"}'
        return {
            "CreateFlow": lambda: {"flow": flow()},
            "ValidateFlow": lambda: {"flow": flow()},
            "GetFlow": lambda: {"id": self.flow_id},
            "UpdateFlow": lambda: {"flow": flow(id=self.flow_id)},
            "DeleteFlow": lambda: {"id": self.made("CreateFlow").id},
            "CreateRelease": lambda: {"flow_id": self.flow_id, "version": f"{next(self._versions)}.0.0"},
            "GetRelease": lambda: {"flow_id": self.flow_id, "version": self.made("CreateRelease").version},
            "ListReleases": lambda: {"flow_id": self.flow_id},
            "StartRun": lambda: {"flow_id": self.flow_id},
            "StreamRun": lambda: {"id": self.run_id},
            "ContinueRun": lambda: {"id": self.made("StartRun").id},
            "StopRun": lambda: {"id": self.made("StartRun").id},
            "DeleteRun": lambda: {"id": self.made("StartRun").id},
            "PauseChat": lambda: {"chat": {"id": self.made("CreateChat").id}},
            "ResumeChat": lambda: {"chat": {"id": self.made("PauseChat").id}},
            "CreateChat": lambda: {"chat": {"flow_id": self.flow_id, "name": "A chat"}},
            "GetChat": lambda: chat,
            "ListMessages": lambda: chat,
            "WatchChat": lambda: chat,
            "AbortChat": lambda: chat,
            "DeleteChat": lambda: {"chat": {"id": self.made("CreateChat").id}},
            "SendMessage": lambda: {**chat, "text": "Hello", "wait": {"seconds": 5}},
            "ProvideInput": lambda: {**chat, "text": "Hello", "wait": {"seconds": 5}},
            "GetRun": lambda: {"id": self.run_id, "with_moves": True},
            "CreateGeneration": lambda: {"generation": generation},
            "GetGeneration": lambda: {"id": self.generation_id},
            "DeleteGeneration": lambda: {"id": self.made("CreateGeneration").id},
            "GetProject": lambda: {"id": self.server.project_id},
            "UpdateProject": lambda: {"project": {"id": self.server.project_id, "name": "A project"}},
            "CreateProject": lambda: {"project": {"name": "A project", "environment": 1}},
            "CreateApiKey": lambda: {"api_key": {"name": "A key", "scopes": [1]}},
            "DeleteApiKey": lambda: {"id": self.made("CreateApiKey").id},
        }


def flow(**fields: Any) -> flow_pb2.Flow:
    example = flow_pb2.Example(query="hello")
    return flow_pb2.Flow(
        name="A flow",
        actions=[flow_pb2.Action(type="say", option_json='{"text":"Hi"}')],
        steps=[flow_pb2.Step(type="INTENT", intent=flow_pb2.Intent(examples=[example]))],
        **fields,
    )
