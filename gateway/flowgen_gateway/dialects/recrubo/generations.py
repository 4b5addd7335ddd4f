"""Handlers of `/flow-generations`."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.duration_pb2 import Duration
from starlette.requests import Request
from starlette.responses import Response

from flowgen_core.pb.v1.generation_pb2 import (
    CreateGenerationRequest,
    DeleteGenerationRequest,
    Generation,
    GenerationState,
    GetGenerationRequest,
    ListGenerationsRequest,
)
from flowgen_gateway.core import CoreClient
from flowgen_gateway.deps import idempotency_key
from flowgen_gateway.dialects.recrubo.answers import many, one
from flowgen_gateway.dialects.recrubo.document import check_type, reject_client_id
from flowgen_gateway.dialects.recrubo.drafts import draft_generation, merge
from flowgen_gateway.dialects.recrubo.errors import Problem, Refused
from flowgen_gateway.dialects.recrubo.filters import GENERATIONS, narrow_generations
from flowgen_gateway.dialects.recrubo.paging import Fetch, read_list
from flowgen_gateway.dialects.recrubo.projects import Projects
from flowgen_gateway.dialects.recrubo.query import parse_fields, parse_list, parse_sync
from flowgen_gateway.dialects.recrubo.requests import client_of, id_in, read_document
from flowgen_gateway.dialects.recrubo.translate import PREFIX, Fields, generation_resource
from flowgen_gateway.errors import CoreError

_WAIT = Duration(seconds=30)
_DONE = (GenerationState.GENERATION_STATE_FINISHED, GenerationState.GENERATION_STATE_FAILED)


@dataclass(frozen=True, slots=True)
class _Creation:
    """A generation to create: the request for the core, where the body's attributes stood, what is wrong."""

    asked: CreateGenerationRequest
    base: str
    problems: Sequence[Problem]
    fields: Fields


class Generations:
    """Answers for generations."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    async def list_flow_generations(self, request: Request) -> Response:
        """Lists the generations of the organization, newest first."""
        query = parse_list(request.query_params.multi_items(), GENERATIONS)
        asked = ListGenerationsRequest(oldest_first=query.oldest_first)
        fits = narrow_generations(asked, query.filters)
        client = client_of(request)
        fetch, fetch_any = _fetcher(client, asked), _fetcher(client, ListGenerationsRequest())
        rows, total, everything = await read_list(fetch if fits else None, fetch_any, query)
        project = await self._projects.project_of(request, client)
        drawn = [generation_resource(row, project, query.fields) for row in rows]
        return many(drawn, query, total, everything)

    async def get_flow_generation(self, request: Request) -> Response:
        """Reads a generation: `status` says how far it is."""
        fields = parse_fields(request.query_params.multi_items(), GENERATIONS.type)
        asked = GetGenerationRequest(id=id_in(request, "FlowGeneration", "read"))
        client = client_of(request)
        generation = await client.call(client.core.generations.GetGeneration, asked)
        project = await self._projects.project_of(request, client)
        return one(generation_resource(generation, project, fields))

    async def create_flow_generation(self, request: Request) -> Response:
        """Creates a generation, which is queued; with `sync=true` the answer waits until it is done."""
        creation = await _read_creation(request)
        client = client_of(request)
        # Before, so that nothing can fail once the generation is there.
        project = await self._projects.project_of(request, client)
        generation, replayed = await _create(client, creation)
        resource = generation_resource(generation, project, creation.fields)
        return one(resource, 201, _headers(creation, generation, replayed))

    async def delete_flow_generation(self, request: Request) -> Response:
        """Deletes a generation. One that is not done makes no flow; the flow of a finished one stays."""
        asked = DeleteGenerationRequest(id=id_in(request, "FlowGeneration", "write"))
        client = client_of(request)
        await client.call(client.core.generations.DeleteGeneration, asked)
        return Response(status_code=204)


def _fetcher(client: CoreClient, asked: ListGenerationsRequest) -> Fetch[Generation]:
    async def fetch(size: int, token: str) -> tuple[Sequence[Generation], str, int]:
        asked.page_size, asked.page_token, asked.with_total = size, token, not token
        answer = await client.call(client.core.generations.ListGenerations, asked)
        return answer.generations, answer.next_page_token, answer.total_size

    return fetch


async def _read_creation(request: Request) -> _Creation:
    """Reads what is to be created; what is refused here is refused in the order of judgement."""
    document = await read_document(request)
    pairs = request.query_params.multi_items()
    fields, sync = parse_fields(pairs, GENERATIONS.type), parse_sync(pairs)
    key = idempotency_key(request.headers)
    reject_client_id(document)
    type_problems = check_type(document, GENERATIONS.type)
    draft, problems = draft_generation(document)
    asked = CreateGenerationRequest(generation=draft, wait=_WAIT if sync else None, request_id=key)
    return _Creation(asked, document.base, [*type_problems, *problems], fields)


async def _create(client: CoreClient, creation: _Creation) -> tuple[Generation, bool]:
    """Has the core create a generation, or only judge it where the gateway found problems already.

    Also tells whether the answer replays an earlier one.
    """
    asked, problems = creation.asked, creation.problems
    if problems:
        asked.validate_only, asked.request_id = True, ""
    try:
        method, wait = client.core.generations.CreateGeneration, asked.wait.seconds
        generation, replayed = await client.call_once(method, asked, wait=wait)
    except CoreError as error:
        if not error.violations:
            raise
        raise Refused(*merge(creation.base, problems, error.violations), judged=True) from None
    if problems:
        raise Refused(*merge(creation.base, problems, ()), judged=True)
    return generation, replayed


def _headers(creation: _Creation, generation: Generation, replayed: bool) -> dict[str, str]:
    headers = {"Location": f"{PREFIX}/flow-generations/{generation.id}"}
    if replayed:
        headers["Idempotency-Replayed"] = "true"
    if creation.asked.HasField("wait") and generation.state not in _DONE:
        headers["Retry-After"] = "1"
    return headers
