"""The routes of the flow generations API."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Security
from fastapi.security import HTTPBearer
from starlette.requests import Request
from starlette.responses import Response

from flowgen_gateway.dialect import Dialect
from flowgen_gateway.dialects.recrubo import docs, organizations, schemas
from flowgen_gateway.dialects.recrubo.answers import JsonApiResponse, answer_error
from flowgen_gateway.dialects.recrubo.errors import method_not_allowed
from flowgen_gateway.dialects.recrubo.filters import FLOWS, GENERATIONS, ORGANIZATIONS
from flowgen_gateway.dialects.recrubo.flows import Flows
from flowgen_gateway.dialects.recrubo.generations import Generations
from flowgen_gateway.dialects.recrubo.projects import Projects
from flowgen_gateway.dialects.recrubo.query import Kind
from flowgen_gateway.dialects.recrubo.requests import JudgingRoute, judge_caller
from flowgen_gateway.dialects.recrubo.translate import PREFIX

BARE = "/flow-generations"
Handler = Callable[..., Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path, who answers it, and what its documentation says."""

    method: str
    handler: Handler
    responses: docs.Responses
    openapi: docs.OpenApi
    status: int = 200


def recrubo_dialect() -> Dialect:
    """Puts the dialect together."""
    router = APIRouter(
        route_class=JudgingRoute,
        default_response_class=JsonApiResponse,
        dependencies=[Security(HTTPBearer(auto_error=False))],
    )
    projects = Projects()
    for path in (PREFIX + BARE, BARE):
        _add_generations(router, path, Generations(projects))
    _add_flows(router, f"{PREFIX}/flows", Flows(projects))
    _add_organizations(router, f"{PREFIX}/organizations")
    return Dialect("recrubo", (router,), (PREFIX, BARE), answer_error)


def _add_generations(router: APIRouter, path: str, handlers: Generations) -> None:
    one, many = schemas.Single[schemas.FlowGeneration], schemas.Many[schemas.FlowGeneration]
    creation = docs.accepts(schemas.FlowGenerationDraft, GENERATIONS.type) | docs.takes(
        docs.parameter("sync", "Answer when it is done; sandbox only", {"type": "boolean", "default": False}),
        docs.header("Idempotency-Key", "Makes a repetition within 24 hours harmless"),
        docs.fields(GENERATIONS.type),
    )
    headers = ("Location", "Retry-After", "Idempotency-Replayed")
    created = docs.answers(201, one, 400, 409, 413, 415, 422, headers=headers)
    _add(
        router,
        path,
        _listing(handlers.list_flow_generations, many, GENERATIONS),
        Operation("POST", handlers.create_flow_generation, created, creation, 201),
    )
    _add(
        router,
        path + "/{id}",
        _reading(handlers.get_flow_generation, one, GENERATIONS),
        Operation("DELETE", handlers.delete_flow_generation, docs.refusals(404), docs.takes(docs.ID), 204),
    )


def _add_flows(router: APIRouter, path: str, handlers: Flows) -> None:
    one, many = schemas.Single[schemas.Flow], schemas.Many[schemas.Flow]
    _add(router, path, _listing(handlers.list_flows, many, FLOWS))
    _add(router, path + "/{id}", _reading(handlers.get_flow, one, FLOWS))


def _add_organizations(router: APIRouter, path: str) -> None:
    one, many = schemas.Single[schemas.Organization], schemas.Many[schemas.Organization]
    update, changed = organizations.update_organization, docs.answers(200, one, 400, 404, 409, 413, 415, 422)
    body = docs.accepts(schemas.OrganizationChanges, ORGANIZATIONS.type)
    fields = docs.fields(ORGANIZATIONS.type)
    _add(
        router,
        path,
        _listing(organizations.list_organizations, many, ORGANIZATIONS),
        Operation("PATCH", update, changed, body | docs.takes(fields)),
    )
    _add(
        router,
        path + "/{id}",
        _reading(organizations.get_organization, one, ORGANIZATIONS),
        Operation("PATCH", update, changed, body | docs.takes(docs.ID, fields)),
    )


def _listing(handler: Handler, model: type[schemas.Body], kind: Kind) -> Operation:
    return Operation("GET", handler, docs.answers(200, model, 400), docs.listing(kind))


def _reading(handler: Handler, model: type[schemas.Body], kind: Kind) -> Operation:
    takes = docs.takes(docs.ID, docs.fields(kind.type))
    return Operation("GET", handler, docs.answers(200, model, 400, 404), takes)


def _add(router: APIRouter, path: str, *operations: Operation) -> None:
    for each in operations:
        router.add_api_route(
            path,
            each.handler,
            methods=[each.method],
            status_code=each.status,
            responses=each.responses,
            openapi_extra=each.openapi,
            response_model=None,
        )
        if each.method == "GET":
            router.add_api_route(
                path, each.handler, methods=["HEAD"], include_in_schema=False, response_model=None
            )
    # No methods: whatever the routes above leave over comes here.
    allowed = [each.method for each in operations]
    router.add_route(path, _refusing(allowed), methods=[], include_in_schema=False)


def _refusing(allowed: Sequence[str]) -> Callable[[Request], Awaitable[Response]]:
    async def refuse_method(request: Request) -> Response:
        refusal = method_not_allowed(allowed)
        await judge_caller(request, refusal)
        raise refusal

    return refuse_method
