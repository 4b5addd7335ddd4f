"""How a run looks in a terminal while it goes on."""

import json
import sys
from collections.abc import Callable, Mapping

from rich.markup import escape

from flowgen_cli.output import console
from flowgen_cli.screen import CONTROLS
from flowgen_core.pb.v1.common_pb2 import Token
from flowgen_core.pb.v1.run_pb2 import LogLine, Phase, Progress, Run, RunEvent, RunState, ToolCall

MARKS = {
    Phase.PHASE_STARTED: "[cyan]›[/]",
    Phase.PHASE_ENDED: "[green]✓[/]",
    Phase.PHASE_SKIPPED: "[dim]-[/]",
    Phase.PHASE_FAILED: "[red]✗[/]",
}
LONGEST = 200


class RunScreen:
    """One run on stdout: its text and its end, and with `live` what it does on the way."""

    def __init__(self, *, live: bool) -> None:
        self._console, self._live = console(), live
        self._began = self._in_text = False
        self._show: Mapping[str, Callable[[RunEvent], None]] = {
            "started": lambda event: self._start(),
            "token": lambda event: self._token(event.token),
            "progress": lambda event: self._progress(event.progress),
            "tool": lambda event: self._tool(event.tool),
            "log": lambda event: self._log(event.log),
            "ended": lambda event: self._end(event.ended),
        }

    def show(self, event: RunEvent) -> None:
        """Shows one event; kinds that are not known are passed over."""
        show = self._show.get(event.WhichOneof("data") or "")
        if show:
            show(event)

    def _start(self) -> None:
        if self._began:
            self._line("[dim]The run begins again; what it said so far does not count.[/]")
        self._began = True

    def _token(self, token: Token) -> None:
        # The line feed between two messages is there already where something stands between them.
        text = token.text if self._in_text else token.text.removeprefix("\n")
        self._in_text = True
        # Written as it comes, without rich: it would end a line with every piece.
        sys.stdout.write(CONTROLS.sub("", text))
        sys.stdout.flush()

    def _progress(self, progress: Progress) -> None:
        if self._live and (progress.phase != Phase.PHASE_ENDED or progress.text):
            note = f" [dim]{_clean(progress.text)}[/]" if progress.text else ""
            name = _clean(progress.title or progress.action_id)
            self._line(f"{MARKS.get(progress.phase, ' ')} [bold]{name}[/]{note}")

    def _tool(self, call: ToolCall) -> None:
        if self._live:
            told = call.arguments_json if call.phase == Phase.PHASE_STARTED else call.result_json
            name = _clean(call.name)
            self._line(f"  {MARKS.get(call.phase, ' ')} tool [bold]{name}[/] [dim]{_clean(told)}[/]")

    def _log(self, line: LogLine) -> None:
        if self._live:
            self._line(f"  [dim]{_clean(line.level)}: {_clean(line.text)}[/]")

    def _end(self, run: Run) -> None:
        state = RunState.Name(run.state).removeprefix("RUN_STATE_").lower().replace("_", " ")
        why = f" ({_clean(run.end_reason)})" if run.end_reason not in ("", state) else ""
        waiting = f": {_clean(run.waiting.prompt)}" if run.waiting.prompt else ""
        self._line(f"[dim]{state}{why}{waiting}[/]")
        if run.output_json:
            self._console.print_json(data=json.loads(run.output_json), ensure_ascii=False)

    def _line(self, markup: str) -> None:
        if self._in_text:
            sys.stdout.write("\n")
            sys.stdout.flush()
        self._in_text = False
        self._console.print(markup)


def _clean(text: str) -> str:
    """Gives a text on one line that steers neither the terminal nor rich."""
    line = " ".join(CONTROLS.sub("", text).split())
    return escape(line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…")
