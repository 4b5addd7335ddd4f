"""What happens in a run while it happens, for those who stream it. Held in memory; the rows are the truth."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from flowgen_core.model import jsontext
from flowgen_core.model.flow import Action
from flowgen_core.model.run import Run
from flowgen_core.runtime.bus import Bus
from flowgen_core.store.streams import run_stream_of

HELD = timedelta(minutes=10)
MOST_BYTES = 1024 * 1024
MOST_RUNS = 2000


class Phase(StrEnum):
    """How far an action or a tool call is."""

    STARTED = "STARTED"
    ENDED = "ENDED"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Token:
    """Text that is being written."""

    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """An action that begins, or is over."""

    action_id: str
    title: str
    phase: Phase
    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call that begins, or is over; arguments and result are JSON text."""

    name: str
    phase: Phase
    arguments: str
    result: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line for the flow's author."""

    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Started:
    """The run begins."""

    run: Run


@dataclass(frozen=True, slots=True)
class Ended:
    """The run is at rest: over, or it waits for somebody."""

    run: Run


Body = Started | Token | Progress | ToolCall | LogLine | Ended


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame with its number in the run's stream."""

    number: int
    time: datetime
    body: Body


@dataclass(slots=True)
class FrameLog:
    """The frames of one run that are still held."""

    frames: list[Frame] = field(default_factory=list)
    count: int = 0
    size: int = 0
    texts: int = 0
    written: bool = False
    ended_at: datetime | None = None


class Frames:
    """The frames of all runs that somebody may stream. `boot` names this life of the process."""

    def __init__(self, bus: Bus, clock: Callable[[], datetime], boot: str) -> None:
        self._bus, self._clock, self.boot = bus, clock, boot
        self._logs: dict[str, FrameLog] = {}

    def open(self, run_id: str) -> FrameLog:
        """Holds the frames of a run from now on."""
        log = self._logs.get(run_id)
        if log is None:
            self._forget()
            log = self._logs[run_id] = FrameLog()
        return log

    def find(self, run_id: str) -> FrameLog | None:
        """Gives what is held of a run."""
        return self._logs.get(run_id)

    def add(self, run_id: str, body: Body) -> None:
        """Adds a frame, where the run's are held, and wakes who streams it."""
        log = self._logs.get(run_id)
        if log is None:
            return
        log.count += 1
        log.size += _size(body)
        now = self._clock()
        log.frames.append(Frame(log.count, now, body))
        while log.size > MOST_BYTES and len(log.frames) > 1:
            log.size -= _size(log.frames.pop(0).body)
        log.ended_at = now if isinstance(body, Ended) else None
        self._bus.publish(run_stream_of(run_id))

    def text(self, run_id: str, sender: str, text: str) -> None:
        """Adds text that a model writes. A message after the first begins on a new line."""
        log = self._logs.get(run_id)
        if log is not None:
            first_of_later = not log.written and log.texts > 0
            log.written = True
            self.add(run_id, Token(sender, f"\n{text}" if first_of_later else text))

    def said(self, run_id: str, sender: str, text: str) -> None:
        """Adds a message that was said; one that a model wrote has been shown already."""
        log = self._logs.get(run_id)
        if log is None:
            return
        if not log.written:
            self.text(run_id, sender, text)
        log.written = False
        log.texts += 1

    def _forget(self) -> None:
        now = self._clock()
        for run_id, log in tuple(self._logs.items()):
            if log.ended_at is not None and log.ended_at + HELD < now:
                del self._logs[run_id]
        while len(self._logs) >= MOST_RUNS:
            del self._logs[next(iter(self._logs))]


class LiveShow:
    """Shows what a turn does to those who watch its chat and those who stream its run."""

    def __init__(self, frames: Frames, bus: Bus, run_id: str, chat_stream: str) -> None:
        self._frames, self._bus, self._run_id, self._chat_stream = frames, bus, run_id, chat_stream
        self._streamed = frames.find(run_id) is not None

    def token(self, sender: str, text: str) -> None:
        """Text that is being written."""
        if self._chat_stream:
            self._bus.token(self._chat_stream, sender, text)
        if self._streamed:
            self._frames.text(self._run_id, sender, text)

    def said(self, sender: str, text: str, internal: bool) -> None:
        """A text that was said as a whole."""
        if self._streamed and not internal:
            self._frames.said(self._run_id, sender, text)

    def missed(self, texts: Iterable[tuple[str, str]]) -> None:
        """Tells (sender, text) of what was said to those who came to stream the run in the middle of its turn."""
        if not self._streamed:
            for sender, text in texts:
                self._frames.said(self._run_id, sender, text)

    def progress(self, action: Action, phase: Phase, text: str = "") -> None:
        """An action that begins, or is over."""
        if self._streamed:
            self._frames.add(self._run_id, Progress(action.id, action.title or action.type, phase, text))

    def tool(self, name: str, arguments: object, result: object, ended: bool) -> None:
        """A tool call."""
        if self._streamed:
            phase = Phase.ENDED if ended else Phase.STARTED
            shown = jsontext.dump(result) if ended else ""
            self._frames.add(self._run_id, ToolCall(name, phase, jsontext.dump(arguments), shown))

    def log(self, level: str, text: str) -> None:
        """A line for the flow's author."""
        if self._streamed:
            self._frames.add(self._run_id, LogLine(level, text))


def _size(body: Body) -> int:
    match body:
        case Token(text=text) | LogLine(text=text) | Progress(text=text):
            return len(text) + 200
        case ToolCall(arguments=arguments, result=result):
            return len(arguments) + len(result) + 200
        case _:
            return 1000
