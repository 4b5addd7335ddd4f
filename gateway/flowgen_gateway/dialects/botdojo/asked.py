"""What was asked of a run, written to the core and read back from it: pure functions."""

from collections.abc import Mapping
from typing import Any

import orjson
from google.protobuf.duration_pb2 import Duration

from flowgen_core.pb.v1.run_pb2 import (
    EVALUATION_MODE_ASYNC,
    EVALUATION_MODE_BLOCK,
    EVALUATION_MODE_SKIP,
    OPEN_RUN_TAKE_OVER,
    EvaluationMode,
    EvaluationPlan,
    EvaluationRequest,
    Run,
    StartRunRequest,
)
from flowgen_gateway.dialects.botdojo.schemas import EvalOptions, RunBody

Json = dict[str, Any]
_MODES: Mapping[str, "EvaluationMode.ValueType"] = {
    "async": EVALUATION_MODE_ASYNC,
    "block": EVALUATION_MODE_BLOCK,
    "skip": EVALUATION_MODE_SKIP,
}
_NOTED = ("version", "stream_events", "evalOptions")


def start_request(flow_id: str, asked: RunBody, sent: Json, key: str, wait: int) -> StartRunRequest:
    """Makes the request that starts a run; `sent` is the body as it came, a `wait` of 0 is none."""
    options = asked.options
    return StartRunRequest(
        flow_id=flow_id,
        chat_id=options.flow_session_id,
        new_chat=not options.flow_session_id,
        open_run=OPEN_RUN_TAKE_OVER,
        version=options.version,
        input_json=_text(asked.body),
        overrides_json=_text(options.override),
        evaluations=_plan(options.evaluations),
        metadata_json=_text(_notes(asked, sent)),
        wait=Duration(seconds=wait) if wait else None,
        request_id=key,
    )


def _plan(options: EvalOptions) -> EvaluationPlan:
    mode = _MODES[options.run_mode]
    if mode == EVALUATION_MODE_SKIP:
        return EvaluationPlan(mode=mode)
    requests = [
        EvaluationRequest(flow_id=each.flow_id, external_json=_text(each.external))
        for each in options.runs or ()
    ]
    return EvaluationPlan(mode=mode, auto=options.runs is None, requests=requests)


def _notes(asked: RunBody, sent: Json) -> Json:
    options = sent.get("options") or {}
    noted = {name: options[name] for name in _NOTED if options.get(name) is not None}
    return {"requestParams": {"stream": asked.options.stream}, "runOptions": noted}


def _text(value: Json) -> str:
    return orjson.dumps(value).decode()


def params_of(run: Run) -> Json:
    """Reads how a run was asked for, also one that began elsewhere."""
    params = _noted(run, "requestParams")
    return params if isinstance(params, dict) else {"stream": "none"}


def options_of(run: Run) -> Json:
    """Reads the options of a run as they were sent."""
    options = _noted(run, "runOptions")
    return options if isinstance(options, dict) else {}


def run_mode_of(run: Run) -> str:
    """Tells how the evaluations of a run were asked for."""
    options = options_of(run).get("evalOptions")
    mode = options.get("runMode") if isinstance(options, dict) else None
    return str(mode or "async")


def events_of(run: Run) -> object:
    """Tells which events the stream of a run has: names, or None for all."""
    streams = params_of(run).get("stream") == "http"
    events = options_of(run).get("stream_events") if streams else None
    return {True: None, False: []}[events] if isinstance(events, bool) else events


def _noted(run: Run, name: str) -> object:
    return orjson.loads(run.metadata_json or "{}").get(name)
