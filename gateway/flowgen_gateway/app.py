"""Puts the gateway together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import grpc
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from grpc.aio import AioRpcError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from flowgen_gateway import health
from flowgen_gateway.core import Core, open_channel
from flowgen_gateway.deps import Gateway
from flowgen_gateway.dialect import Dialect, dialect_for
from flowgen_gateway.dialects.botdojo.router import botdojo_dialect
from flowgen_gateway.dialects.flowgen.router import flowgen_dialect
from flowgen_gateway.dialects.recrubo.router import recrubo_dialect
from flowgen_gateway.dialects.voipbin.router import voipbin_dialect
from flowgen_gateway.edge import AnswerError, Edge
from flowgen_gateway.errors import BadFields, Refusal, core_error
from flowgen_gateway.fallback import answer_error as answer_error_of_no_dialect
from flowgen_gateway.fallback import refusal_of_route
from flowgen_gateway.settings import GatewaySettings

_EXPOSED = ["Link", "Location", "X-Request-Id", "Idempotency-Replayed", "Retry-After", "X-Flow-Warnings"]


def create_app(settings: GatewaySettings, channel: grpc.aio.Channel | None = None) -> FastAPI:
    """Makes the gateway; it opens, and closes, a channel to `settings.core_address` unless one is given.

    Whoever runs it sets `app.state.draining` (an asyncio.Event) when it is to stop: from then on `/readyz`
    is 503, and streams end with a goodbye.
    """
    dialects = (flowgen_dialect(), recrubo_dialect(), botdojo_dialect(), voipbin_dialect())
    draining = asyncio.Event()
    app = FastAPI(
        title=settings.public_name,
        version="1",
        redirect_slashes=False,
        # It would tell what requests hold.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        lifespan=_lifespan(settings, channel, draining),
    )
    app.state.draining = draining
    routers = (*(router for dialect in dialects for router in dialect.routers), health.router)
    # Not `include_router`, which looks for routes within routes at every request; and before those of the docs.
    app.router.routes[:0] = [route for router in routers for route in router.routes]
    _add_layers(app, settings, _answerer(dialects))
    return app


def _lifespan(
    settings: GatewaySettings, channel: grpc.aio.Channel | None, draining: asyncio.Event
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        used = channel or open_channel(settings.core_address)
        app.state.gateway = Gateway(settings, Core(used), draining)
        try:
            yield
        finally:
            if channel is None:
                await used.close(None)

    return lifespan


def _answerer(dialects: Sequence[Dialect]) -> AnswerError:
    def answer(request: Request, refusal: Refusal) -> Response:
        dialect = dialect_for(request.scope["path"], dialects)
        return (dialect.answer_error if dialect else answer_error_of_no_dialect)(request, refusal)

    return answer


def _add_layers(app: FastAPI, settings: GatewaySettings, answer: AnswerError) -> None:
    async def handle(request: Request, error: Exception) -> Response:
        return answer(request, _refusal(request, error))

    for kind in (Refusal, AioRpcError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, handle)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=_EXPOSED,
        )
    app.add_middleware(Edge, answer_error=answer)


def _refusal(request: Request, error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, AioRpcError):
        return core_error(error)
    if isinstance(error, RequestValidationError):
        return BadFields(error.errors())
    return refusal_of_route(request)
