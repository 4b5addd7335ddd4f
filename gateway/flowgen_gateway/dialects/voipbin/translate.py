"""Flows as this API shows them, and flows of this API as the core takes them: pure functions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from flowgen_core.pb.v1.flow_pb2 import Action, Flow
from flowgen_gateway.dialects.voipbin import ids, moments
from flowgen_gateway.dialects.voipbin.schemas import ActionIn, FlowIn

Drawn = dict[str, Any]  # JSON, with parts that are JSON text already
_DETAIL = "detail"
FIELDS = ("name", "actions", "properties_json", "on_complete_flow_id")


def draw_flow(flow: Flow, project_id: str) -> Drawn:
    """Draws a flow."""
    detail = properties_of(flow).get(_DETAIL)
    deleted = moments.write(flow.delete_time) if flow.HasField("delete_time") else None
    updated = moments.write(flow.update_time) if flow.update_time != flow.create_time else moments.NEVER
    return {
        "id": flow.id,
        "customer_id": project_id,
        "type": "flow",
        "name": flow.name,
        "detail": detail if isinstance(detail, str) else "",
        "actions": [_draw_action(action) for action in flow.actions],
        "on_complete_flow_id": flow.on_complete_flow_id or ids.NIL,
        "tm_create": moments.write(flow.create_time),
        "tm_update": deleted or updated,
        "tm_delete": deleted or moments.NEVER,
    }


def option_part(option_json: str) -> Drawn:
    """Draws an option as the member `option`, or as nothing when it is empty."""
    return {} if option_json in ("", "{}") else {"option": orjson.Fragment(option_json)}


def flow_of(body: FlowIn, new_id: Callable[[], str]) -> Flow:
    """Writes a flow as the core takes it, with its detail as the only property."""
    return Flow(
        name=body.name or "",
        actions=actions_of(body.actions or (), new_id),
        properties_json=with_detail({}, body.detail or ""),
        on_complete_flow_id=ids.named(ids.canonical_id(body.on_complete_flow_id or "")),
    )


def actions_of(actions: Sequence[ActionIn], new_id: Callable[[], str]) -> list[Action]:
    """Writes actions as the core takes them; ids that are missing or may not be kept are made."""
    return [_action_of(action, new_id) for action in actions]


def properties_of(flow: Flow) -> Mapping[str, Any]:  # JSON
    """Reads the properties of a flow."""
    properties = orjson.loads(flow.properties_json) if flow.properties_json else {}
    return properties if isinstance(properties, dict) else {}


def with_detail(properties: Mapping[str, Any], detail: str) -> str:  # JSON
    """Writes properties with another detail, as JSON text; an empty detail is left out."""
    kept = {name: value for name, value in properties.items() if name != _DETAIL}
    return orjson.dumps(kept | ({_DETAIL: detail} if detail else {})).decode()


def _action_of(action: ActionIn, new_id: Callable[[], str]) -> Action:
    own = ids.named(action.id)
    return Action(
        id=new_id() if not own or ids.is_replaced(own) else own,
        type=action.type or "",
        option_json=orjson.dumps(action.option).decode() if action.option else "",
        next_id=ids.named(action.next_id),
    )


def _draw_action(action: Action) -> Drawn:
    head = {"id": action.id, "next_id": action.next_id or ids.NIL, "type": action.type}
    return head | option_part(action.option_json)
