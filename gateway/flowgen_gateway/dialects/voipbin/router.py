"""The routes of the flow API, each with and without its prefix."""

from typing import Any

from fastapi import APIRouter

from flowgen_gateway.dialect import Dialect
from flowgen_gateway.dialects.voipbin.action_types import ActionTypes
from flowgen_gateway.dialects.voipbin.activeflows import Activeflows
from flowgen_gateway.dialects.voipbin.answers import (
    ActiveflowOut,
    ActiveflowPage,
    FlowOut,
    FlowPage,
    VariablesOut,
)
from flowgen_gateway.dialects.voipbin.documented import OF_CHAT, PAGING, documented
from flowgen_gateway.dialects.voipbin.drafts import Drafts
from flowgen_gateway.dialects.voipbin.flows import Flows
from flowgen_gateway.dialects.voipbin.http import Handler, judged
from flowgen_gateway.dialects.voipbin.projects import Projects
from flowgen_gateway.dialects.voipbin.refusals import answer_error
from flowgen_gateway.dialects.voipbin.schemas import ActiveflowIn, ContinueIn, FlowIn
from flowgen_gateway.plain_route import PlainRoute

_PREFIX = "/v1.0"
_FLOWS, _ACTIVEFLOWS = "/flows", "/activeflows"


def voipbin_dialect() -> Dialect:
    """Puts the dialect together."""
    router = APIRouter(route_class=PlainRoute)
    projects, drafts = Projects(), Drafts(ActionTypes())
    flows, activeflows = Flows(projects, drafts), Activeflows(projects, drafts)
    for prefix in (_PREFIX, ""):
        _add_flows(router, prefix + _FLOWS, flows)
        _add_activeflows(router, prefix + _ACTIVEFLOWS, activeflows)
    return Dialect("voipbin", (router,), (_PREFIX, _FLOWS, _ACTIVEFLOWS), answer_error)


def _add_flows(router: APIRouter, path: str, flows: Flows) -> None:
    one = path + "/{flow_id}"
    listing = documented("flows", FlowPage, query=PAGING)
    creating = documented("flows", FlowOut, 404, 409, 413, body=FlowIn, once=True, warns=True)
    replacing = documented("flows", FlowOut, 404, 409, 413, body=FlowIn, warns=True)
    _add(router, "GET", path, flows.list_flows, listing)
    _add(router, "POST", path, flows.create_flow, creating)
    _add(router, "GET", one, flows.get_flow, documented("flows", FlowOut, 404))
    _add(router, "PUT", one, flows.update_flow, replacing)
    _add(router, "DELETE", one, flows.delete_flow, documented("flows", FlowOut, 404))


def _add_activeflows(router: APIRouter, path: str, activeflows: Activeflows) -> None:
    tag, model, one = "activeflows", ActiveflowOut, path + "/{activeflow_id}"
    starting = documented(tag, model, 404, 409, 413, body=ActiveflowIn, once=True, warns=True)
    going_on = documented(tag, model, 404, 409, 413, body=ContinueIn, optional_body=True, once=True)
    listing = documented(tag, ActiveflowPage, query=(*PAGING, OF_CHAT))
    _add(router, "GET", path, activeflows.list_activeflows, listing)
    _add(router, "POST", path, activeflows.start_activeflow, starting)
    _add(router, "GET", one, activeflows.get_activeflow, documented(tag, model, 404))
    _add(router, "DELETE", one, activeflows.delete_activeflow, documented(tag, model, 404))
    _add(router, "POST", one + "/stop", activeflows.stop_activeflow, documented(tag, model, 404, 413))
    for verb in ("/continue", "/execute"):
        _add(router, "POST", one + verb, activeflows.continue_activeflow, going_on)
    _add(router, "GET", one + "/variables", activeflows.get_variables, documented(tag, VariablesOut, 404))


def _add(router: APIRouter, method: str, path: str, handler: Handler, options: dict[str, Any]) -> None:
    # Any: whatever FastAPI's own routes take.
    router.add_api_route(path, judged(handler), methods=[method], **options)
