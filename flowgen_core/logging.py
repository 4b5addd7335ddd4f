"""Sets up structlog: constant events with keys, one line each, to stderr."""

import logging
import sys
from typing import Literal, TextIO

import orjson
import structlog
from structlog.typing import Processor


def configure(
    level: str = "info", style: Literal["json", "console"] = "json", out: TextIO | None = None
) -> None:
    """Sends what FlowGen and its libraries log to `out` (default: stderr)."""
    stream = out or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering = _rendering(style, stream)
    structlog.configure(
        processors=[*shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    _adopt_libraries(level, stream, shared, rendering)


def _rendering(style: str, stream: TextIO) -> list[Processor]:
    if style == "console":
        return [structlog.dev.ConsoleRenderer(colors=stream.isatty())]
    # Plain tracebacks: the structured ones show local variables, and those hold secrets.
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_dump)]


def _dump(event: object, default: object = None, **_options: object) -> str:
    return orjson.dumps(event, default=repr).decode()


def _adopt_libraries(level: str, stream: TextIO, shared: list[Processor], rendering: list[Processor]) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries tell their every step at INFO.
    root.setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
