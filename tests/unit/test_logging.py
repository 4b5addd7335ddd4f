"""Log lines: one JSON object each, also from libraries, with plain tracebacks."""

import json
import logging
from io import StringIO

import pytest
import structlog

from flowgen_core.logging import configure


@pytest.fixture
def out():
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield StringIO()
    root.handlers[:], root.level = before
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(out: StringIO) -> list[dict]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_an_event_is_one_line_with_what_the_call_is_known_by(out):
    configure(out=out)
    structlog.contextvars.bind_contextvars(request_id="r-1")
    structlog.get_logger().info("flow_made", flow_id="f", text="two\nlines", odd={1, 2} - {2})
    (line,) = lines(out)
    assert (line["event"], line["request_id"], line["level"], line["text"]) == (
        "flow_made",
        "r-1",
        "info",
        "two\nlines",
    )
    assert line["odd"] == "{1}"
    assert line["timestamp"].endswith("Z")


def test_what_is_below_the_level_is_left_out(out):
    configure("warning", out=out)
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert [line["event"] for line in lines(out)] == ["loud"]


def test_libraries_are_heard_when_they_warn(out):
    configure(out=out)
    logging.getLogger("some.library").info("chatter")
    logging.getLogger("some.library").warning("trouble with %s", "x")
    assert [(line["event"], line["level"]) for line in lines(out)] == [("trouble with x", "warning")]


def test_a_traceback_shows_no_local_variables(out):
    configure(out=out)
    for log in (structlog.get_logger(), logging.getLogger("some.library")):
        try:
            secret = "canary"
            raise ValueError(len(secret))
        except ValueError:
            log.exception("failed")
    assert all("ValueError: 6" in line["exception"] for line in lines(out))
    assert out.getvalue().count("canary") == out.getvalue().count('secret = \\"canary\\"')


def test_people_get_text(out):
    configure(style="console", out=out)
    structlog.get_logger().info("flow_made", flow_id="f")
    assert "flow_made" in out.getvalue()
    assert "flow_id=f" in out.getvalue()
