"""Reads from the core what flow requests show beside their runs."""

import asyncio
from collections.abc import Sequence

import orjson

from flowgen_core.pb.v1.chat_pb2 import AUTHOR_BOT, ChatRef, ListMessagesRequest, Message
from flowgen_core.pb.v1.flow_pb2 import GetFlowRequest
from flowgen_core.pb.v1.run_pb2 import GetRunRequest, Run
from flowgen_gateway.dialects.botdojo.asked import run_mode_of
from flowgen_gateway.dialects.botdojo.http import Visit
from flowgen_gateway.dialects.botdojo.translate import Record, Schemas
from flowgen_gateway.errors import CoreError

PAGE = 200
_GONE = ("FLOW_NOT_FOUND", "RELEASE_NOT_FOUND")


class Records:
    """Completes runs; what several of them share is read once."""

    def __init__(self, visit: Visit) -> None:
        self._client, self._core, self._project = visit.client, visit.client.core, visit.project

    async def of(self, run: Run) -> Record:
        """Completes one run. Raises CoreError."""
        return (await self.of_all(run.chat_id, [run]))[0]

    async def of_all(self, chat_id: str, runs: Sequence[Run]) -> list[Record]:
        """Completes runs of one chat; an empty `chat_id` is none. Raises CoreError."""
        said, schemas = await asyncio.gather(self._messages(chat_id, runs), self._schemas(runs))
        jobs = [await self._job(run) for run in runs]
        return [
            Record(run, self._project, schemas[run.revision_id], said[run.id], job)
            for run, job in zip(runs, jobs, strict=True)
        ]

    async def _messages(self, chat_id: str, runs: Sequence[Run]) -> dict[str, list[Message]]:
        """Reads back in the chat to the first of the runs, and gives what the bot said in each."""
        said: dict[str, list[Message]] = {run.id: [] for run in runs}
        if not chat_id or not runs:
            return said
        first = min(run.create_time.ToNanoseconds() for run in runs)
        wanted = ListMessagesRequest(chat=ChatRef(id=chat_id), page_size=PAGE)
        while True:
            page = await self._client.call(self._core.chats.ListMessages, wanted)
            for message in page.messages:
                if message.author == AUTHOR_BOT and message.run_id in said:
                    said[message.run_id].insert(0, message)
            wanted.page_token = page.next_page_token
            if not wanted.page_token or page.messages[-1].create_time.ToNanoseconds() < first:
                return said

    async def _schemas(self, runs: Sequence[Run]) -> dict[str, Schemas]:
        revisions = {run.revision_id: run for run in runs}
        found = await asyncio.gather(*map(self._schemas_of, revisions.values()))
        return dict(zip(revisions, found, strict=True))

    async def _schemas_of(self, run: Run) -> Schemas:
        if not run.flow_id:
            return Schemas()
        try:
            wanted = GetFlowRequest(id=run.flow_id, revision_id=run.revision_id)
            flow = await self._client.call(self._core.flows.GetFlow, wanted)
        except CoreError as error:
            # The run outlives its flow; only how its texts are named is lost.
            if error.reason not in _GONE:
                raise
            return Schemas()
        return Schemas(_json(flow.input_schema_json), _json(flow.output_schema_json))

    async def _job(self, run: Run) -> Run | None:
        if run_mode_of(run) != "block" or not run.evaluation_run_id:
            return None
        wanted = GetRunRequest(id=run.evaluation_run_id)
        return await self._client.call(self._core.runs.GetRun, wanted)


def _json(text: str) -> dict[str, object] | None:
    return orjson.loads(text) if text else None
