"""Generations: wire ⇄ model."""

from flowgen_core.model.errors import invalid
from flowgen_core.model.generation import Generation, GenerationState
from flowgen_core.pb.v1 import common_pb2, generation_pb2
from flowgen_core.runtime.generations import GenerationDraft
from flowgen_core.services.translate.ranges import time_in
from flowgen_core.services.translate.times import from_duration, to_timestamp
from flowgen_core.store.generations import GenerationFilter
from flowgen_core.store.paging import Listing

MOST_VALUES = 100
_STATES = {
    state: generation_pb2.GenerationState.Value(f"GENERATION_STATE_{state}") for state in GenerationState
}
_STATES_IN: dict[int, GenerationState] = {number: state for state, number in _STATES.items()}


def draft_in(request: generation_pb2.CreateGenerationRequest) -> GenerationDraft:
    """Reads what to generate. Raises INVALID_ARGUMENT."""
    wanted = request.generation
    return GenerationDraft(
        flow_type=wanted.flow_type,
        parameters=wanted.parameters_json,
        context=wanted.context_json if wanted.HasField("context_json") else None,
        waits=from_duration(request.wait, "wait") > 0,
        validate_only=request.validate_only,
    )


def filter_in(request: generation_pb2.ListGenerationsRequest) -> GenerationFilter:
    """Reads which generations to list. Raises INVALID_ARGUMENT."""
    for name, values in (("flow_types", request.flow_types), ("flow_ids", request.flow_ids)):
        if len(values) > MOST_VALUES:
            raise invalid(name, "TOO_MANY", f"must have at most {MOST_VALUES} items")
    for index, number in enumerate(request.states):
        if number not in _STATES_IN:
            raise invalid(f"states[{index}]", "INVALID_VALUE", f"must be one of {', '.join(GenerationState)}")
    return GenerationFilter(
        states=tuple(dict.fromkeys(_STATES_IN[number] for number in request.states)),
        flow_types=tuple(request.flow_types),
        ignore_case=request.ignore_case,
        flow_ids=tuple(id.lower() for id in request.flow_ids),
        create_time_from=time_in(request, "create_time_from"),
        create_time_to=time_in(request, "create_time_to"),
        oldest_first=request.oldest_first,
    )


def generation_out(generation: Generation) -> generation_pb2.Generation:
    """Writes a generation."""
    failure = generation.failure
    return generation_pb2.Generation(
        id=generation.id,
        flow_type=generation.flow_type,
        parameters_json=generation.parameters,
        context_json=generation.context,
        state=_STATES[generation.state],
        flow_id=generation.flow_id,
        cost=generation.cost,
        failure=common_pb2.Failure(reason=failure.reason, message=failure.message) if failure else None,
        create_time=to_timestamp(generation.create_time),
        update_time=to_timestamp(generation.update_time),
    )


def generations_out(listing: Listing[Generation]) -> generation_pb2.ListGenerationsResponse:
    """Writes one page of generations."""
    return generation_pb2.ListGenerationsResponse(
        generations=map(generation_out, listing.rows),
        next_page_token=listing.next_token,
        total_size=listing.total,
    )
