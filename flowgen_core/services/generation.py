"""GenerationService: jobs in which flow types write flows."""

from flowgen_core.pb.v1 import generation_pb2, generation_pb2_grpc
from flowgen_core.runtime.generations import Generations
from flowgen_core.services.call import Context, current_caller
from flowgen_core.services.once import answer_once, once_of, wait_of
from flowgen_core.services.translate import generation as translate
from flowgen_core.store.paging import Page


class GenerationService(generation_pb2_grpc.GenerationServiceServicer):
    """Serves the rpcs of GenerationService; nobody waits longer than `longest_wait` seconds."""

    def __init__(self, generations: Generations, longest_wait: float) -> None:
        self._generations, self._longest_wait = generations, longest_wait

    async def CreateGeneration(
        self, request: generation_pb2.CreateGenerationRequest, context: Context
    ) -> generation_pb2.Generation:
        """Accepts a generation."""
        draft, wait = translate.draft_in(request), wait_of(request, context, self._longest_wait)
        once = once_of(request, current_caller())
        done = await self._generations.create(current_caller(), draft, wait=wait, once=once)
        return translate.generation_out(answer_once(context, done))

    async def GetGeneration(
        self, request: generation_pb2.GetGenerationRequest, context: Context
    ) -> generation_pb2.Generation:
        """Reads a generation."""
        generation = await self._generations.get(current_caller().project.id, request.id.lower())
        return translate.generation_out(generation)

    async def ListGenerations(
        self, request: generation_pb2.ListGenerationsRequest, context: Context
    ) -> generation_pb2.ListGenerationsResponse:
        """Lists generations."""
        fits, page = translate.filter_in(request), Page.of(request.page_size, request.page_token)
        listing = await self._generations.list(
            current_caller().project.id, fits, page, with_total=request.with_total
        )
        return translate.generations_out(listing)

    async def DeleteGeneration(
        self, request: generation_pb2.DeleteGenerationRequest, context: Context
    ) -> generation_pb2.Generation:
        """Deletes a generation."""
        generation = await self._generations.delete(current_caller().project.id, request.id.lower())
        return translate.generation_out(generation)
