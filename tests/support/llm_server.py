"""A language model that says what a test wants, behind a real server of OpenAI's chat completions.

    with LlmServer(["Hello!", Calls(("find", {"city": "Riga"})), Fails(429)]) as llm:
        model = make_model(llm.settings())      # or start a server with `llm.env`
        ...
        assert llm.requests[0].messages[-1]["content"] == "Hi"

A script is a list of replies, one a request (a `str` is short for `Says`), or a function that gets the
`LlmRequest` and gives the reply. Requests that ask for a stream get one. After the end of a list comes HTTP 500.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from flowgen_core.settings import LlmSettings
from tests.support.background import Background

MODEL = "test-model"


@dataclass(frozen=True)
class Says:
    """An answer of text. `tokens` are what it cost: input, output."""

    text: str
    tokens: tuple[int, int] = (7, 5)


class Calls:
    """An answer that calls tools: pairs of name and arguments (JSON, or text that is sent as it is)."""

    def __init__(self, *calls: tuple[str, Any], text: str = "", tokens: tuple[int, int] = (7, 5)) -> None:
        self.calls, self.text, self.tokens = calls, text, tokens


@dataclass(frozen=True)
class Fails:
    """An HTTP error in OpenAI's form. Clients that try again may do so at once."""

    status: int
    message: str = "scripted"
    code: str = "scripted"


@dataclass(frozen=True)
class Hangs:
    """Nothing; with text, a stream that stops after it."""

    text: str = ""


@dataclass(frozen=True)
class Breaks:
    """A connection that breaks, after this text; `cleanly` ends the stream as if all had been said."""

    text: str = ""
    cleanly: bool = False


@dataclass(frozen=True)
class Sends:
    """HTTP 200 with any body."""

    body: bytes
    content_type: str = "application/json"


Reply = str | Says | Calls | Fails | Hangs | Breaks | Sends


@dataclass(frozen=True)
class LlmRequest:
    """A request as it came."""

    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages that were sent."""
        return list(self.body["messages"])

    @property
    def last(self) -> str:
        """The text of the last message."""
        return str(self.messages[-1]["content"])


Script = Sequence[Reply] | Callable[[LlmRequest], Reply]


class LlmServer(Background):
    """The server; `url`, `settings` and `env` tell where it is, `requests` what came."""

    def __init__(self, script: Script) -> None:
        self.requests: list[LlmRequest] = []
        self.url = ""
        self._next = script if callable(script) else _one_by_one(script)

    def settings(self, **more: Any) -> LlmSettings:
        """The settings of a core that uses this model."""
        return LlmSettings(**{"base_url": self.url, "api_key": "canary-llm-key", "model": MODEL, **more})

    @property
    def env(self) -> dict[str, str]:
        """The same as the environment of a server process."""
        return {
            "FLOWGEN_LLM__BASE_URL": self.url,
            "FLOWGEN_LLM__API_KEY": "canary-llm-key",
            "FLOWGEN_LLM__MODEL": MODEL,
        }

    async def serve(self, stop: asyncio.Event) -> None:
        """Serves until `stop` is set."""
        self._halt = stop
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._complete)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        self.ready()
        await stop.wait()
        await runner.cleanup()

    async def _complete(self, http: web.Request) -> web.StreamResponse:
        names = {name.lower(): value for name, value in http.headers.items()}
        request = LlmRequest(names, await http.json())
        self.requests.append(request)
        reply = self._next(request)
        reply = Says(reply) if isinstance(reply, str) else reply
        match reply:
            case Fails():
                return _error(reply)
            case Sends():
                return web.Response(body=reply.body, content_type=reply.content_type)
        if request.body.get("stream"):
            return await self._stream(http, reply, bool(request.body.get("stream_options")))
        if isinstance(reply, Hangs):
            await self._halt.wait()
        if isinstance(reply, Hangs | Breaks):
            return await _break(http, "application/json", b'{"id": "chatcmpl-1", "choi')
        return web.json_response(_whole(reply))

    async def _stream(
        self, http: web.Request, reply: Says | Calls | Hangs | Breaks, usage: bool
    ) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(http)
        for chunk in _chunks(reply, usage):
            await answer.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        if isinstance(reply, Hangs):
            await self._halt.wait()
        elif isinstance(reply, Breaks) and not reply.cleanly:
            _abort(http)
        elif not isinstance(reply, Breaks):
            await answer.write(b"data: [DONE]\n\n")
        return answer


def _one_by_one(script: Sequence[Reply]) -> Callable[[LlmRequest], Reply]:
    left = iter(script)
    return lambda _request: next(left, Fails(500, "the script is over"))


def _error(reply: Fails) -> web.Response:
    body = {"error": {"message": reply.message, "type": "scripted", "param": None, "code": reply.code}}
    return web.json_response(body, status=reply.status, headers={"retry-after-ms": "1"})


async def _break(http: web.Request, kind: str, start: bytes) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": kind})
    await answer.prepare(http)
    await answer.write(start)
    _abort(http)
    return answer


def _abort(http: web.Request) -> None:
    # The other side may have gone first.
    if http.transport is not None:
        http.transport.abort()


def _whole(reply: Says | Calls) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if isinstance(reply, Calls):
        message["tool_calls"] = [{"id": key, **call} for key, call in _calls(reply)]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _reason(reply)}
    return {**_frame("chat.completion"), "choices": [choice], "usage": _usage(reply)}


def _chunks(reply: Says | Calls | Hangs | Breaks, usage: bool) -> Iterator[dict[str, Any]]:
    yield _delta({"role": "assistant", "content": ""})
    for piece in re.findall(r"\s*\S+\s*$|\s*\S+", reply.text):
        yield _delta({"content": piece})
    if isinstance(reply, Hangs | Breaks):
        return
    if isinstance(reply, Calls):
        yield from map(_delta, _call_pieces(reply))
    yield _delta({}, _reason(reply))
    if usage:
        yield {**_frame("chat.completion.chunk"), "choices": [], "usage": _usage(reply)}


def _call_pieces(reply: Calls) -> Iterator[dict[str, Any]]:
    for index, (key, call) in enumerate(_calls(reply)):
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        first = {"index": index, "id": key, "type": "function", "function": {"name": name, "arguments": ""}}
        yield {"tool_calls": [first]}
        for start in range(0, len(arguments), 5):
            piece = {"index": index, "function": {"arguments": arguments[start : start + 5]}}
            yield {"tool_calls": [piece]}


def _calls(reply: Calls) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, (name, arguments) in enumerate(reply.calls, 1):
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        yield f"call_{number}", {"type": "function", "function": {"name": name, "arguments": text}}


def _delta(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
    return {**_frame("chat.completion.chunk"), "choices": [choice]}


def _frame(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1700000000, "model": MODEL}


def _reason(reply: Says | Calls) -> str:
    return "tool_calls" if isinstance(reply, Calls) else "stop"


def _usage(reply: Says | Calls) -> dict[str, int]:
    read, wrote = reply.tokens
    return {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}
