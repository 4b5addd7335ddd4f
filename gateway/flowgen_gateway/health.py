"""Whether the gateway lives, and whether it can serve."""

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from flowgen_gateway.deps import gateway_of

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="The process is up")
async def healthz() -> Response:
    """Answers as long as the process does."""
    return _answer(200, "ok")


@router.get("/readyz", summary="Requests can be served", responses={503: {"description": "Not now"}})
async def readyz(request: Request) -> Response:
    """Answers 200 when the core serves and the gateway is not about to stop, else 503."""
    gateway = gateway_of(request)
    if gateway.draining.is_set():
        return _answer(503, "draining")
    return _answer(200, "ok") if await gateway.core.is_serving() else _answer(503, "core not serving")


def _answer(status: int, text: str) -> Response:
    return Response(orjson.dumps({"status": text}), status, media_type="application/json")
