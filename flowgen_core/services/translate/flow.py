"""Flows and releases: wire ⇄ model."""

from collections.abc import Sequence

from flowgen_core.model import jsontext
from flowgen_core.model.errors import invalid
from flowgen_core.model.flow import Action, Example, Flow, Intent, Problem, Release, Severity, Slot, Step
from flowgen_core.pb.v1 import flow_pb2
from flowgen_core.runtime.flows import FlowChange
from flowgen_core.runtime.releases import ReleaseDraft
from flowgen_core.services.translate.flow_in import flow_in
from flowgen_core.services.translate.ranges import time_in
from flowgen_core.services.translate.times import to_timestamp
from flowgen_core.store.flow_filters import FlowFilter
from flowgen_core.store.paging import Listing

MOST_GENERATIONS = 100
# They stay under gRPC's 4 MiB, whatever their paths and texts quote.
MOST_PROBLEMS, LONGEST_QUOTED = 1000, 400
# Fields that a client may set, and what the model calls them.
_FIELDS = {
    "name": "name",
    "actions": "actions",
    "steps": "steps",
    "input_schema_json": "input_schema",
    "output_schema_json": "output_schema",
    "properties_json": "properties",
    "on_complete_flow_id": "on_complete_flow_id",
    "session_timeout": "session_timeout",
}
_SEVERITIES = {severity: flow_pb2.Severity.Value(f"SEVERITY_{severity}") for severity in Severity}


def change_in(request: flow_pb2.UpdateFlowRequest) -> FlowChange:
    """Reads what is to change in a flow. Raises INVALID_ARGUMENT."""
    named = list(request.update_mask.paths)
    if not named:
        named = [field.name for field, _ in request.flow.ListFields() if field.name in _FIELDS]
    names = list(_FIELDS) if named == ["*"] else named
    for index, name in enumerate(names):
        if name not in _FIELDS:
            raise invalid(
                f"update_mask.paths[{index}]", "NOT_CHANGEABLE", f"must be one of {', '.join(_FIELDS)}"
            )
    wanted = flow_pb2.Flow()
    wanted.CopyFrom(request.flow)
    for name in set(_FIELDS) - set(names):
        wanted.ClearField(name)  # type: ignore[arg-type]  # the stub lists the names one by one
    return FlowChange(flow_in(wanted), frozenset(_FIELDS[name] for name in names))


def filter_in(request: flow_pb2.ListFlowsRequest) -> FlowFilter:
    """Reads which flows to list. Raises INVALID_ARGUMENT."""
    if len(request.generation_ids) > MOST_GENERATIONS:
        raise invalid("generation_ids", "TOO_MANY", f"must have at most {MOST_GENERATIONS} items")
    return FlowFilter(
        name=request.name,
        name_prefix=request.name_prefix,
        name_suffix=request.name_suffix,
        ignore_case=request.ignore_case,
        generation_ids=tuple(id.lower() for id in request.generation_ids),
        create_time_from=time_in(request, "create_time_from"),
        create_time_to=time_in(request, "create_time_to"),
        oldest_first=request.oldest_first,
    )


def release_in(request: flow_pb2.CreateReleaseRequest) -> ReleaseDraft:
    """Reads a release to make."""
    return ReleaseDraft(request.flow_id.lower(), request.version, request.revision_id.lower())


def flow_out(flow: Flow) -> flow_pb2.Flow:
    """Writes a flow."""
    document = flow.document
    return flow_pb2.Flow(
        id=flow.id,
        name=document.name,
        actions=map(_action_out, document.actions),
        steps=map(_step_out, document.steps),
        input_schema_json="" if document.input_schema is None else jsontext.dump(document.input_schema),
        output_schema_json="" if document.output_schema is None else jsontext.dump(document.output_schema),
        properties_json=jsontext.dump(document.properties),
        on_complete_flow_id=document.on_complete_flow_id,
        session_timeout=document.session_timeout,
        etag=flow.etag,
        revision_id=flow.revision_id,
        generation_id=flow.generation_id,
        release_version=flow.release_version,
        release_time=to_timestamp(flow.release_time) if flow.release_time else None,
        has_unreleased_changes=flow.has_unreleased_changes,
        create_time=to_timestamp(flow.create_time),
        update_time=to_timestamp(flow.update_time),
        delete_time=to_timestamp(flow.delete_time) if flow.delete_time else None,
    )


def flows_out(listing: Listing[Flow]) -> flow_pb2.ListFlowsResponse:
    """Writes one page of flows."""
    return flow_pb2.ListFlowsResponse(
        flows=map(flow_out, listing.rows), next_page_token=listing.next_token, total_size=listing.total
    )


def problems_out(problems: Sequence[Problem]) -> flow_pb2.ValidateFlowResponse:
    """Writes all problems of a flow; of more than 1000, the errors before the warnings."""
    if len(problems) > MOST_PROBLEMS:
        problems = sorted(problems, key=lambda problem: problem.severity is Severity.WARNING)
    return flow_pb2.ValidateFlowResponse(problems=map(_problem_out, problems[:MOST_PROBLEMS]))


def release_out(release: Release) -> flow_pb2.Release:
    """Writes a release."""
    return flow_pb2.Release(
        flow_id=release.flow_id,
        version=release.version,
        revision_id=release.revision_id,
        created_by=release.created_by,
        create_time=to_timestamp(release.create_time),
    )


def releases_out(listing: Listing[Release]) -> flow_pb2.ListReleasesResponse:
    """Writes one page of releases."""
    return flow_pb2.ListReleasesResponse(
        releases=map(release_out, listing.rows),
        next_page_token=listing.next_token,
        total_size=listing.total,
    )


def _action_out(action: Action) -> flow_pb2.Action:
    return flow_pb2.Action(
        id=action.id,
        type=action.type,
        title=action.title,
        option_json=jsontext.dump(action.option),
        next_id=action.next_id,
    )


def _step_out(step: Step) -> flow_pb2.Step:
    return flow_pb2.Step(
        id=step.id,
        title=step.title,
        type=step.type,
        contexts=step.contexts,
        intent=_intent_out(step.intent) if step.intent else None,
        slot=_slot_out(step.slot) if step.slot else None,
        timeout=step.timeout,
        when_json="" if step.when is None else jsontext.dump(step.when),
        actions=map(_action_out, step.actions),
    )


def _intent_out(intent: Intent) -> flow_pb2.Intent:
    return flow_pb2.Intent(id=intent.id, title=intent.title, examples=map(_example_out, intent.examples))


def _example_out(example: Example) -> flow_pb2.Example:
    entities = [] if example.entities is None else example.entities
    return flow_pb2.Example(query=example.query, entities_json=jsontext.dump(entities))


def _slot_out(slot: Slot) -> flow_pb2.Slot:
    return flow_pb2.Slot(validation=slot.validation, entity_id=slot.entity_id, label=slot.label)


def _problem_out(problem: Problem) -> flow_pb2.Problem:
    return flow_pb2.Problem(
        code=problem.code,
        path=problem.path[:LONGEST_QUOTED],
        message=problem.message[:LONGEST_QUOTED],
        severity=_SEVERITIES[problem.severity],
    )
