"""Handlers of `/flow-generations`."""

from collections.abc import Sequence

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
from flowgen_gateway.dialects.recrubo.translate import PREFIX, generation_resource
from flowgen_gateway.errors import CoreError

LONGEST_WAIT = 30
_DONE = (GenerationState.GENERATION_STATE_FINISHED, GenerationState.GENERATION_STATE_FAILED)


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
        document = await read_document(request)
        pairs = request.query_params.multi_items()
        fields, sync = parse_fields(pairs, GENERATIONS.type), parse_sync(pairs)
        key = idempotency_key(request.headers)
        reject_client_id(document)
        type_problems = check_type(document, GENERATIONS.type)
        draft, problems = draft_generation(document)
        problems = [*type_problems, *problems]
        asked = _creation(draft, sync, "" if problems else key)
        client = client_of(request)
        generation = await _create(client, asked, document.base, problems)
        project = await self._projects.project_of(request, client)
        headers = {"Location": f"{PREFIX}/flow-generations/{generation.id}"}
        if sync and generation.state not in _DONE:
            headers["Retry-After"] = "1"
        return one(generation_resource(generation, project, fields), 201, headers)

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


def _creation(draft: Generation, sync: bool, key: str) -> CreateGenerationRequest:
    wait = Duration(seconds=LONGEST_WAIT) if sync else None
    return CreateGenerationRequest(generation=draft, wait=wait, request_id=key)


async def _create(
    client: CoreClient, asked: CreateGenerationRequest, base: str, problems: Sequence[Problem]
) -> Generation:
    """Has the core create a generation, or judge it where the gateway found problems already."""
    asked.validate_only = bool(problems)
    wait = asked.wait.seconds
    try:
        generation = await client.call(client.core.generations.CreateGeneration, asked, wait=wait)
    except CoreError as error:
        if not error.violations:
            raise
        raise Refused(*merge(base, problems, error.violations), judged=True) from None
    if problems:
        raise Refused(*merge(base, problems, ()), judged=True)
    return generation
