"""Answers for paths that no dialect has, and for methods that a path has not."""

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from flowgen_gateway.errors import CoreError, MethodNotAllowed, Refusal, RouteNotFound

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def answer_error(_request: Request, refusal: Refusal) -> Response:
    """Draws a refusal where there is no dialect to draw it: `{"detail", "code"}`."""
    if isinstance(refusal, MethodNotAllowed):
        return _answer(405, "METHOD_NOT_ALLOWED", "Method not allowed.", {"allow": refusal.allow})
    if isinstance(refusal, CoreError):
        return _answer(refusal.http_status, refusal.reason, refusal.message, {})
    return _answer(404, "ROUTE_NOT_FOUND", "Not found.", {})


def refusal_of_route(request: Request) -> Refusal:
    """Tells why the router found nothing: the path is unknown, or knows other methods only."""
    app: FastAPI = request.app
    allowed = [method for method in _METHODS if _has_route(app, request, method)]
    return MethodNotAllowed(", ".join(allowed)) if allowed else RouteNotFound()


def _has_route(app: FastAPI, request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(dict(scope))[0] is Match.FULL for route in app.routes)


def _answer(status: int, code: str, detail: str, headers: dict[str, str]) -> Response:
    body = orjson.dumps({"detail": detail, "code": code})
    return Response(body, status, headers, media_type="application/json")
