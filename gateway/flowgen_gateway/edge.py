"""The outermost layer: request ids, trailing slashes, the access line, and an answer to every bug."""

import base64
import re
import secrets
import time
from collections.abc import Callable

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flowgen_gateway.errors import Refusal, internal_error

_log = structlog.get_logger("flowgen.http")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{1,64}")
AnswerError = Callable[[Request, Refusal], Response]


class Edge:
    """Pure ASGI. A request keeps its `x-request-id` if it is 1–64 of `A-Z a-z 0-9 _ -`, else gets one."""

    def __init__(self, app: ASGIApp, answer_error: AnswerError) -> None:
        self._app, self._answer_error = app, answer_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        scope["flowgen.request_id"] = _request_id(scope)
        _drop_trailing_slash(scope)
        answer = _Answer(scope, send)
        started = time.perf_counter()
        try:
            await self._app(scope, receive, answer.send)
        except Exception:
            _log.exception("http_request_failed", **_facts(scope))
            if scope["type"] != "http" or answer.status:
                raise
            await self._answer_error(Request(scope), internal_error())(scope, receive, answer.send)
        finally:
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            _log.info("http_request", **_facts(scope), status=answer.status, duration_ms=milliseconds)


class _Answer:
    """Adds the request id to the answer, and remembers its status; 0 until it has begun."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.status = 0
        self._header = (b"x-request-id", scope["flowgen.request_id"].encode())
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), self._header]
        elif message["type"] == "websocket.accept":
            self.status = 101
            message["headers"] = [*message.get("headers", ()), self._header]
        await self._send(message)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return bytes(value).decode()
    return "req_" + base64.b32encode(secrets.token_bytes(17))[:26].decode()


def _drop_trailing_slash(scope: Scope) -> None:
    path = scope["path"]
    if len(path) > 1 and path[-1] == "/":
        scope["path"] = path[:-1]


def _facts(scope: Scope) -> dict[str, str]:
    method = scope.get("method", "WEBSOCKET")
    return {"request_id": scope["flowgen.request_id"], "method": method, "path": scope["path"]}
