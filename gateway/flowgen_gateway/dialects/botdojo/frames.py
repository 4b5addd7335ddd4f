"""What a run does, as events of a stream: pure functions."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from flowgen_core.pb.v1.run_pb2 import (
    PHASE_ENDED,
    PHASE_FAILED,
    PHASE_SKIPPED,
    PHASE_STARTED,
    Phase,
    RunEvent,
)
from flowgen_gateway.dialects.botdojo.times import draw_time
from flowgen_gateway.dialects.botdojo.translate import Drawn, draw_start

# The event of each type of data, and what else a filter may call it.
NAMES: Mapping[str, tuple[str, ...]] = {
    "flowRequestStart": ("onFlowStart", "onFlowRequestStart"),
    "token": ("onNewToken",),
    "step": ("onIntermediateStepUpdate",),
    "toolStart": ("onToolStart",),
    "toolEnd": ("onToolEnd",),
    "log": ("onLog",),
    "flowRequestEnd": ("onFlowEnd", "onFlowRequestEnd"),
    "complete": ("onComplete",),
    "error": ("onError",),
}
LAST = ("complete", "error")
_STEPS: Mapping["Phase.ValueType", str] = {
    PHASE_STARTED: "processing",
    PHASE_ENDED: "complete",
    PHASE_SKIPPED: "complete",
    PHASE_FAILED: "error",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """One event: its id, what it is, and what it tells beside that."""

    id: str
    type: str
    fields: Drawn

    @property
    def event(self) -> str:
        """The name of the event."""
        return NAMES[self.type][0]

    @property
    def is_last(self) -> bool:
        """Whether nothing follows."""
        return self.type in LAST

    def data(self) -> bytes:
        """Writes what is told, on one line."""
        return orjson.dumps({"type": self.type, **self.fields})


def wanted_types(events: object) -> Collection[str] | None:
    """Reads a filter, a list of names of either kind: the types of data that it lets through, None for all."""
    if not isinstance(events, list):
        return None
    return {type for type, names in NAMES.items() if type in LAST or {type, *names} & set(events)}


def frame_of(event: RunEvent) -> Frame | None:
    """Draws what a run does; None for its end, which takes more to draw, and for what this API has no name for."""
    draw = _DRAWN.get(event.WhichOneof("data") or "")
    return draw(event) if draw else None


def last_frames(event_id: str, request: Drawn) -> list[Frame]:
    """Draws the end of a run."""
    ids = {"id": request["id"], "flow_session_id": request["flow_session_id"]}
    end = Frame(event_id, "flowRequestEnd", {"request": request})
    if request["status"] != "error":
        return [end, Frame(_following(event_id), "complete", ids)]
    error = {"error": request["error"]["message"], "code": request["error"]["code"]}
    return [end, Frame(_following(event_id), "error", {**error, **ids})]


def _following(event_id: str) -> str:
    rest, _, number = event_id.rpartition(".")
    return f"{rest}.{int(number) + 1}"


def _started(event: RunEvent) -> Frame:
    return Frame(event.id, "flowRequestStart", {"request": draw_start(event.started)})


def _token(event: RunEvent) -> Frame:
    return Frame(event.id, "token", {"token": event.token.text, "updateType": "completion"})


def _step(event: RunEvent) -> Frame:
    progress = event.progress
    step = {
        "stepId": progress.action_id,
        "stepLabel": progress.title or progress.action_id,
        "stepStatus": _STEPS.get(progress.phase, "processing"),
        "content": "skipped" if progress.phase == PHASE_SKIPPED else progress.text,
    }
    return Frame(event.id, "step", {"step": step, "timestamp": draw_time(event.create_time)})


def _tool(event: RunEvent) -> Frame:
    call = event.tool
    tool: dict[str, Any] = {"name": call.name, "arguments": _json(call.arguments_json, "{}")}  # JSON
    if call.phase == PHASE_STARTED:
        return Frame(event.id, "toolStart", {"tool": tool})
    return Frame(event.id, "toolEnd", {"tool": {**tool, "result": _json(call.result_json, "null")}})


def _log(event: RunEvent) -> Frame:
    line = event.log
    log = {"message": line.text, "level": line.level, "timestamp": draw_time(event.create_time)}
    return Frame(event.id, "log", {"log": log})


def _json(text: str, otherwise: str) -> orjson.Fragment:
    return orjson.Fragment(text or otherwise)


_DRAWN: Mapping[str, Callable[[RunEvent], Frame]] = {
    "started": _started,
    "token": _token,
    "progress": _step,
    "tool": _tool,
    "log": _log,
}
