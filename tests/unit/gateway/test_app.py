from contextlib import asynccontextmanager

import httpx
import pytest

from flowgen_gateway.app import create_app
from flowgen_gateway.dialect import dialect_for
from flowgen_gateway.dialects.flowgen.router import flowgen_dialect
from flowgen_gateway.settings import GatewaySettings

NOBODY = "127.0.0.1:1"


@asynccontextmanager
async def running(**settings):
    app = create_app(GatewaySettings(core_address=NOBODY, **settings))
    async with app.router.lifespan_context(app), client_of(app) as client:
        yield app, client


def client_of(app):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")


async def test_a_bug_is_answered_with_500_and_nothing_of_its_cause():
    # Never started, so that nothing is there that a handler needs.
    async with client_of(create_app(GatewaySettings(core_address=NOBODY))) as client:
        answer = await client.get("/chats", headers={"X-Request-Id": "mine"})
    assert answer.status_code == 500
    assert answer.json() == {"detail": "Internal server error.", "code": "INTERNAL"}
    assert answer.headers["x-request-id"] == "mine"


async def test_a_gateway_that_drains_lives_but_is_not_ready():
    async with running() as (app, client):
        app.state.draining.set()
        assert (await client.get("/healthz")).status_code == 200
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"status": "draining"})


async def test_a_gateway_without_its_core_is_not_ready():
    async with running() as (_, client):
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"status": "core not serving"})


async def test_web_pages_may_call_only_when_their_origin_is_set():
    headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    async with running(cors_origins=["https://shop.example"]) as (_, client):
        allowed = await client.options("/chats", headers=headers)
        assert allowed.headers["access-control-allow-origin"] == "https://shop.example"
        answer = await client.get("/healthz", headers=headers)
        assert "X-Request-Id" in answer.headers["access-control-expose-headers"]
    async with running() as (_, client):
        refused = await client.options("/chats", headers=headers)
        assert refused.status_code == 405
        assert "access-control-allow-origin" not in refused.headers


async def test_the_limit_of_bodies_can_be_set():
    async with running(body_limit=10) as (_, client):
        answer = await client.post("/chats", content=b"x" * 11)
        assert answer.json() == {"detail": "The body is larger than 10 bytes.", "code": "PAYLOAD_TOO_LARGE"}


async def test_the_documentation_has_the_public_name():
    async with running(public_name="Shop bots") as (_, client):
        assert (await client.get("/openapi.json")).json()["info"]["title"] == "Shop bots"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/chats", True),
        ("/chats/", True),
        ("/v1/chats/x", True),
        ("/admin/api-keys", True),
        ("/chatsworth", False),
        ("/v1", False),
        ("/", False),
    ],
)
def test_a_prefix_ends_at_a_slash_or_with_the_path(path: str, found: bool) -> None:
    assert (dialect_for(path, [flowgen_dialect()]) is not None) is found
