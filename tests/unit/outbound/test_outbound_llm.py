"""The language model is asked over HTTP; its answers, streams and failures come back as plain values."""

import asyncio
import json
import time

import pytest
import structlog
from pydantic import ValidationError

from flowgen_core.api import LlmAnswer, LlmMessage, LlmTool, LlmToolCall, LlmUnavailable, LlmUsage
from flowgen_core.runtime.outbound.llm import make_model
from flowgen_core.settings import LlmSettings
from tests.support.llm_server import MODEL, Breaks, Calls, Fails, Hangs, LlmServer, Says, Sends

HI = [LlmMessage("system", "Be brief."), LlmMessage("user", "Hi")]
FIND = LlmTool("find", "Finds a shop.", {"type": "object", "properties": {"city": {"type": "string"}}})
WAYS = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


async def asked(llm: LlmServer, streamed: bool = False, settings=None, **options) -> LlmAnswer:
    """Asks once, as the runtime does."""
    model = make_model(llm.settings(**(settings or {})))
    shown: list[str] = []
    try:
        answer = await model.chat(
            options.pop("messages", HI), on_token=shown.append if streamed else None, **options
        )
    finally:
        await model.close()
    assert not streamed or "".join(shown) == answer.text
    return answer


@WAYS
async def test_text_comes_back_with_what_it_cost(streamed):
    with LlmServer([Says("Hello, dear  friend!\n", tokens=(11, 4))]) as llm:
        answer = await asked(llm, streamed)
    assert answer == LlmAnswer("Hello, dear  friend!\n", (), LlmUsage(11, 4), MODEL)


@WAYS
async def test_tool_calls_come_back_with_their_arguments_as_text(streamed):
    with LlmServer([Calls(("find", {"city": "Rīga"}), ("stop", "not JSON"), text="One moment.")]) as llm:
        answer = await asked(llm, streamed, tools=[FIND, LlmTool("stop", "Ends it.")])
    first, second = answer.tool_calls
    assert (first.id, first.name, json.loads(first.arguments)) == ("call_1", "find", {"city": "Rīga"})
    assert (second.id, second.name, second.arguments) == ("call_2", "stop", "not JSON")
    assert answer.text == "One moment."
    assert [tool["function"]["name"] for tool in llm.requests[0].body["tools"]] == ["find", "stop"]
    assert llm.requests[0].body["tools"][0]["function"]["parameters"] == FIND.parameters


async def test_tokens_are_shown_one_after_the_other():
    shown = []
    with LlmServer(["one two three"]) as llm:
        model = make_model(llm.settings())
        await model.chat(HI, on_token=shown.append)
        await model.close()
    assert shown == ["one", " two", " three"]


async def test_a_conversation_with_tools_is_written_as_it_was():
    call = LlmToolCall("call_7", "find", '{"city": "Riga"}')
    talk = [
        *HI,
        LlmMessage("assistant", "", tool_calls=(call,)),
        LlmMessage("tool", "none", tool_call_id="call_7"),
        LlmMessage("user", "Really?", name="ann"),
    ]
    with LlmServer(["No."]) as llm:
        await asked(llm, messages=talk)
    wire = {"name": "find", "arguments": '{"city": "Riga"}'}
    assert llm.requests[0].messages == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "call_7", "type": "function", "function": wire}],
        },
        {"role": "tool", "content": "none", "tool_call_id": "call_7"},
        {"role": "user", "content": "Really?", "name": "ann"},
    ]


async def test_json_is_asked_for_by_its_schema():
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}}
    with LlmServer(['{"ok": true}']) as llm:
        answer = await asked(llm, json_schema=schema, temperature=0.0)
    body = llm.requests[0].body
    assert json.loads(answer.text) == {"ok": True}
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": schema},
    }
    assert body["temperature"] == 0.0


async def test_what_is_not_asked_for_is_not_sent():
    with LlmServer(["Hello"]) as llm:
        await asked(llm)
    assert set(llm.requests[0].body) - {"stream"} == {"model", "messages", "max_tokens"}
    assert llm.requests[0].headers["authorization"] == "Bearer canary-llm-key"


async def test_nothing_of_other_programs_is_sent(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "canary-other")
    monkeypatch.setenv("OPENAI_ORG_ID", "canary-other")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "canary-other")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/canary-other")
    with LlmServer(["Hello"]) as llm:
        await asked(llm, settings={"api_key": None})
    assert "canary" not in repr(llm.requests[0].headers)


@pytest.mark.parametrize(("wanted", "sent"), [(None, 100), (10, 10), (1000, 100)])
async def test_tokens_are_limited_by_the_settings(wanted, sent):
    with LlmServer(["Hello"]) as llm:
        await asked(llm, settings={"max_tokens": 100}, max_tokens=wanted)
    assert llm.requests[0].body["max_tokens"] == sent


async def test_the_limit_has_the_name_that_the_endpoint_knows():
    with LlmServer(["Hello"]) as llm:
        await asked(llm, settings={"max_tokens_parameter": "max_completion_tokens"}, max_tokens=9)
    assert llm.requests[0].body["max_completion_tokens"] == 9
    assert "max_tokens" not in llm.requests[0].body


@WAYS
@pytest.mark.parametrize(
    ("status", "says", "tries"),
    [
        (400, "HTTP 400", 1),
        (401, "key", 1),
        (403, "key", 1),
        (404, "HTTP 404", 1),
        (429, "too often", 2),
        (500, "HTTP 500", 2),
        (503, "HTTP 503", 2),
    ],
)
async def test_an_error_is_told_without_the_endpoints_words(streamed, status, says, tries):
    failure = Fails(status, "Incorrect key canary-llm-key for: Hi", "canary-code")
    with (
        LlmServer([failure] * 3) as llm,
        structlog.testing.capture_logs() as logs,
        pytest.raises(LlmUnavailable, match=says) as told,
    ):
        await asked(llm, streamed)
    assert len(llm.requests) == tries
    assert "canary" not in str(told.value) + repr(logs)
    assert [(line["event"], line["status"]) for line in logs] == [("llm_failed", status)]


@WAYS
async def test_a_short_illness_is_not_noticed(streamed):
    with LlmServer([Fails(500), "Hello"]) as llm:
        assert (await asked(llm, streamed)).text == "Hello"


@WAYS
@pytest.mark.parametrize(
    "limits", [({"timeout": 0.2}, {}), ({}, {"timeout": 0.2}), ({"timeout": 0.2}, {"timeout": 9})]
)
async def test_a_model_that_hangs_is_left_in_time(streamed, limits):
    settings, options = limits
    began = time.monotonic()
    with LlmServer([Hangs("Hel")] * 3) as llm, pytest.raises(LlmUnavailable, match=r"within 0\.2 s"):
        await asked(llm, streamed, settings=settings, **options)
    assert time.monotonic() - began < 5


async def test_a_stream_that_breaks_is_a_failure_and_is_not_begun_again():
    shown = []
    with LlmServer([Breaks("Hello my"), "Hello"]) as llm:
        model = make_model(llm.settings())
        with pytest.raises(LlmUnavailable, match="broke"):
            await model.chat(HI, on_token=shown.append)
        await model.close()
    assert ("".join(shown), len(llm.requests)) == ("Hello my", 1)


@pytest.mark.parametrize("text", ["", "Hello my"])
async def test_a_stream_that_ends_before_the_model_has_finished_is_a_failure(text):
    with (
        LlmServer([Breaks(text, cleanly=True)]) as llm,
        pytest.raises(LlmUnavailable, match="cannot be read"),
    ):
        await asked(llm, streamed=True)


async def test_an_answer_that_breaks_is_a_failure():
    with LlmServer([Breaks(), Breaks()]) as llm, pytest.raises(LlmUnavailable):
        await asked(llm)


@WAYS
@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b"null", b'"text"', b"3", b"\xff", b"{}"),
        b'{"choices": []}',
        b'{"choices": null}',
        b'{"choices": [null]}',
        b'{"choices": [{}]}',
        b'{"choices": 3}',
        b'{"choices": [{"message": null}]}',
        b'{"choices": [{"message": {"content": 3}}]}',
        b'{"choices": [{"message": {"content": [{"type": "text"}]}}]}',
        b'{"choices": [{"message": {"tool_calls": [{"type": "function"}]}}]}',
        b'{"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": "many"}}',
    ],
)
async def test_an_answer_of_another_shape_is_a_failure(streamed, body):
    kind = "text/event-stream" if streamed else "application/json"
    sent = b"data: " + body.replace(b"message", b"delta") + b"\n\ndata: [DONE]\n\n" if streamed else body
    with LlmServer([Sends(sent, kind)] * 2) as llm, pytest.raises(LlmUnavailable):
        await asked(llm, streamed)


async def test_a_web_page_is_no_answer():
    with LlmServer([Sends(b"<html>Log in</html>", "text/html")] * 2) as llm:
        for streamed in (False, True):
            with pytest.raises(LlmUnavailable, match="cannot be read"):
                await asked(llm, streamed)


async def test_an_error_inside_a_stream_is_a_failure():
    reply = Sends(b'data: {"error": {"message": "canary"}}\n\n', "text/event-stream")
    with LlmServer([reply]) as llm, pytest.raises(LlmUnavailable) as told:
        await asked(llm, streamed=True)
    assert "canary" not in str(told.value)


async def test_no_server_is_a_failure():
    with LlmServer([]) as llm:
        settings = llm.settings()
    model = make_model(settings)
    with pytest.raises(LlmUnavailable, match="cannot be reached"):
        await model.chat(HI)
    await model.close()


async def test_a_turn_that_is_cancelled_leaves_the_model():
    with LlmServer([Hangs()]) as llm:
        model = make_model(llm.settings())
        task = asyncio.create_task(model.chat(HI, on_token=print))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await model.close()


async def test_a_script_may_be_a_function():
    with LlmServer(lambda request: f"You said {request.last}.") as llm:
        assert (await asked(llm)).text == "You said Hi."


def test_without_an_endpoint_there_is_no_model():
    assert make_model(LlmSettings()) is None


@pytest.mark.parametrize(
    "settings",
    [
        {"base_url": "http://llm.test/v1"},
        {"model": "m"},
        {"base_url": "llm.test", "model": "m"},
        {"base_url": "ftp://llm.test", "model": "m"},
        {"timeout": 0},
        {"max_tokens": 0},
        {"max_tokens_parameter": "tokens"},
    ],
)
def test_an_unfinished_setting_stops_the_start(settings):
    with pytest.raises(ValidationError):
        LlmSettings(**settings)


def test_the_key_is_not_shown():
    assert "canary" not in repr(LlmSettings(base_url="http://llm.test/v1", model="m", api_key="canary"))
