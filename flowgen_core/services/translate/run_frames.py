"""The frames of a streamed run: runtime → wire."""

from flowgen_core.pb.v1 import common_pb2, run_pb2
from flowgen_core.runtime.frames import Ended, LogLine, Phase, Progress, Started, Token, ToolCall
from flowgen_core.runtime.streaming import Shown
from flowgen_core.services.translate.run import run_out
from flowgen_core.services.translate.times import to_timestamp

_PHASES = {phase: run_pb2.Phase.Value(f"PHASE_{phase}") for phase in Phase}


def event_out(shown: Shown) -> run_pb2.RunEvent:
    """Writes a frame."""
    out = run_pb2.RunEvent(id=shown.id, create_time=to_timestamp(shown.time))
    match shown.body:
        case Started(run=run):
            out.started.CopyFrom(run_out(run))
        case Ended(run=run):
            out.ended.CopyFrom(run_out(run))
        case Token(sender=sender, text=text):
            out.token.CopyFrom(common_pb2.Token(sender=sender, text=text))
        case Progress() as progress:
            out.progress.CopyFrom(_progress(progress))
        case ToolCall() as tool:
            out.tool.CopyFrom(_tool(tool))
        case LogLine(level=level, text=text):
            out.log.CopyFrom(run_pb2.LogLine(level=level, text=text))
    return out


def _progress(progress: Progress) -> run_pb2.Progress:
    return run_pb2.Progress(
        action_id=progress.action_id,
        title=progress.title,
        phase=_PHASES[progress.phase],
        text=progress.text,
    )


def _tool(tool: ToolCall) -> run_pb2.ToolCall:
    return run_pb2.ToolCall(
        name=tool.name,
        phase=_PHASES[tool.phase],
        arguments_json=tool.arguments,
        result_json=tool.result,
    )
