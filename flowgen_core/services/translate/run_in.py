"""Requests that start and steer runs: wire → runtime."""

import uuid
from collections.abc import Sequence

from flowgen_core.model.errors import invalid
from flowgen_core.model.run import RunKind
from flowgen_core.pb.v1 import run_pb2
from flowgen_core.runtime.evaluating import Plan, Wanted
from flowgen_core.runtime.starting import NewRun
from flowgen_core.services.translate.chat import json_object
from flowgen_core.services.translate.flow_in import flow_in
from flowgen_core.services.translate.times import from_timestamp
from flowgen_core.store.runs import RunFilter

METHODS = ("", "POST", "GET", "PUT", "DELETE")
MOST_EVALUATIONS = 20
_KINDS: dict[int, RunKind] = {run_pb2.RunKind.Value(f"RUN_KIND_{kind}"): kind for kind in RunKind}


def new_run(request: run_pb2.StartRunRequest) -> NewRun:
    """Reads a run to be started."""
    _refuse_both(request)
    if request.webhook_method not in METHODS:
        raise invalid("webhook_method", "INVALID_VALUE", "must be POST, GET, PUT or DELETE")
    if request.open_run not in {0, run_pb2.OPEN_RUN_REFUSE, run_pb2.OPEN_RUN_TAKE_OVER}:
        raise invalid("open_run", "INVALID_VALUE", "must be REFUSE or TAKE_OVER")
    return NewRun(
        id=_uuid(request.id),
        flow_id=request.flow_id.lower(),
        document=flow_in(request.flow) if request.HasField("flow") else None,
        version=request.version,
        chat_id=request.chat_id.lower(),
        new_chat=request.new_chat,
        take_over=request.open_run == run_pb2.OPEN_RUN_TAKE_OVER,
        input=json_object(request.input_json, "input_json") if request.input_json else None,
        variables=json_object(request.variables_json, "variables_json"),
        overrides=json_object(request.overrides_json, "overrides_json"),
        metadata=json_object(request.metadata_json, "metadata_json"),
        webhook_uri=request.webhook_uri,
        webhook_method=request.webhook_method,
        plan=_plan(request.evaluations) if request.HasField("evaluations") else None,
        lenient=request.lenient,
    )


def filter_of(request: run_pb2.ListRunsRequest) -> RunFilter:
    """Reads which runs are wanted."""
    created = {
        name: from_timestamp(getattr(request, field), field)
        for name, field in (("created_from", "create_time_from"), ("created_to", "create_time_to"))
        if request.HasField(field)  # type: ignore[arg-type]  # the stubs want each name as a literal
    }
    return RunFilter(
        chat_id=request.chat_id.lower(),
        flow_id=request.flow_id.lower(),
        parent_id=request.parent_id.lower(),
        kind=kind_of(request.kind),
        with_moves=request.with_moves,
        **created,
    )


def kind_of(number: int) -> RunKind | None:
    """Reads the filter by kind."""
    if number and number not in _KINDS:
        raise invalid("kind", "INVALID_VALUE", f"must be one of {', '.join(RunKind)}")
    return _KINDS.get(number)


def _uuid(text: str) -> str:
    if not text:
        return ""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise invalid("id", "INVALID_ID", "must be a UUID") from None


def _refuse_both(request: run_pb2.StartRunRequest) -> None:
    pairs: Sequence[tuple[str, str, bool]] = (
        ("flow", "flow_id", request.HasField("flow") and bool(request.flow_id)),
        ("version", "flow", bool(request.version) and request.HasField("flow")),
        ("new_chat", "chat_id", request.new_chat and bool(request.chat_id)),
    )
    for name, other, both in pairs:
        if both:
            raise invalid(name, "CONFLICT", f"may not stand beside `{other}`")


def _plan(plan: run_pb2.EvaluationPlan) -> Plan | None:
    if plan.mode == run_pb2.EVALUATION_MODE_SKIP:
        return None
    if len(plan.requests) > MOST_EVALUATIONS:
        raise invalid("evaluations.requests", "TOO_MANY", f"must have at most {MOST_EVALUATIONS} items")
    if plan.auto and plan.requests:
        raise invalid("evaluations.requests", "CONFLICT", "may not stand beside `auto`")
    wanted = tuple(
        Wanted(
            one.flow_id.lower(), json_object(one.external_json, f"evaluations.requests[{n}].external_json")
        )
        for n, one in enumerate(plan.requests)
    )
    return Plan(plan.auto, wanted, plan.mode == run_pb2.EVALUATION_MODE_BLOCK)
