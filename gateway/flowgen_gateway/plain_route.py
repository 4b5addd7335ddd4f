"""Routes without what FastAPI does for a request: a quarter of a millisecond each time."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


class PlainRoute(APIRoute):
    """Calls its endpoint with the request and the path's parameters, as texts, and sends what it answers.

    The documentation is FastAPI's; reading and judging the request is the endpoint's.
    """

    def __init__(self, path: str, endpoint: Callable[..., Awaitable[Response]], **options: Any) -> None:
        # Any: whatever FastAPI's own route takes.
        super().__init__(path, endpoint, **options)
        self.app = _plain(endpoint)


def _plain(endpoint: Callable[..., Awaitable[Response]]) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        response = await endpoint(request, **request.path_params)
        await response(scope, receive, send)

    return app
