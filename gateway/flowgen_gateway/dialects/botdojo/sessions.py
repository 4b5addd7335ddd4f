"""Sessions: chats of one flow. Makes them, and finds those that requests name."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from flowgen_core.pb.v1.chat_pb2 import Chat, ChatRef, CreateChatRequest, GetChatRequest
from flowgen_core.pb.v1.flow_pb2 import GetFlowRequest, GetReleaseRequest
from flowgen_core.pb.v1.options_pb2 import SCOPE_WRITE
from flowgen_gateway.deps import idempotency_key
from flowgen_gateway.dialects.botdojo.errors import invalid
from flowgen_gateway.dialects.botdojo.http import Visit, answer, enter, read_body
from flowgen_gateway.dialects.botdojo.refusals import in_terms_of_body, no_release, no_session
from flowgen_gateway.dialects.botdojo.schemas import SessionBody
from flowgen_gateway.dialects.botdojo.translate import draw_session
from flowgen_gateway.errors import CoreError

_NEWEST = ("", "latest", "0.0.0")


async def create_session(request: Request, account_id: str, project_id: str) -> Response:
    """Makes a session, whose flow can read the variables that came along as `${<Name>.<variable>}`."""
    key = idempotency_key(request.headers)
    body, sent = await read_body(request, SessionBody)
    visit = await enter(request, account_id, project_id, SCOPE_WRITE)
    chat = Chat(flow_id=body.params[0], variables_json=_variables(body))
    wanted = CreateChatRequest(chat=chat, request_id=key)
    try:
        made, again = await visit.client.call_once(visit.client.core.chats.CreateChat, wanted)
    except CoreError as error:
        if error.reason == "FLOW_NOT_CHAT_COMPATIBLE":
            raise invalid([("params[0]", error.message)]) from None
        raise in_terms_of_body(error) from None
    return answer(draw_session(made, _state(sent["params"]), visit.project), again=again)


async def require_flow(visit: Visit, flow_id: str) -> None:
    """Raises CoreError (FLOW_NOT_FOUND) for a flow that the project does not have."""
    await visit.client.call(visit.client.core.flows.GetFlow, GetFlowRequest(id=flow_id))


async def require_session(visit: Visit, flow_id: str, session_id: str, version: str = "") -> None:
    """Refuses a session that is not there or is another flow's; a missing flow or release is told first."""
    if await _has_session(visit, flow_id, session_id):
        return
    await require_flow(visit, flow_id)
    await _require_release(visit, flow_id, version)
    raise no_session(session_id)


async def _has_session(visit: Visit, flow_id: str, session_id: str) -> bool:
    wanted = GetChatRequest(chat=ChatRef(id=session_id))
    try:
        chat = await visit.client.call(visit.client.core.chats.GetChat, wanted)
    except CoreError as error:
        if error.reason != "CHAT_NOT_FOUND":
            raise
        return False
    return chat.flow_id == flow_id


async def _require_release(visit: Visit, flow_id: str, version: str) -> None:
    if version in _NEWEST:
        return
    wanted = GetReleaseRequest(flow_id=flow_id, version=version)
    try:
        await visit.client.call(visit.client.core.flows.GetRelease, wanted)
    except CoreError as error:
        if error.reason != "RELEASE_NOT_FOUND":
            raise
        raise no_release(version) from None


def _variables(body: SessionBody) -> str:
    variables = {
        f"{name}.{variable}": value
        for name, part in body.params[1].items()
        for variable, value in part.variables.items()
    }
    return orjson.dumps(variables).decode() if variables else ""


def _state(params: list[Any]) -> dict[str, Any]:  # Any: JSON as it was sent
    return params[1] if len(params) > 1 and params[1] is not None else {}
