"""How a run begins: the fields of the request, judged in the order of their documentation."""

from urllib.parse import urlsplit

from flowgen_core.pb.v1.run_pb2 import OPEN_RUN_REFUSE, StartRunRequest
from flowgen_gateway.dialects.voipbin import ids
from flowgen_gateway.dialects.voipbin.errors import Refused, bad_id
from flowgen_gateway.dialects.voipbin.schemas import ActiveflowIn
from flowgen_gateway.dialects.voipbin.variables import variables_json

_METHODS = ("", "POST", "GET", "PUT", "DELETE")


def start_of(body: ActiveflowIn, key: str) -> StartRunRequest:
    """Writes the request for the core, without inline actions. Raises Refused."""
    asked = StartRunRequest(
        id=_own_id(body.id),
        flow_id=_flow_id(body.flow_id),
        chat_id=_chat_id(body),
        open_run=OPEN_RUN_REFUSE,
        variables_json=variables_json(body.variables),
        webhook_uri=_uri(body.webhook_uri or ""),
        lenient=True,
        request_id=key,
    )
    method = _method(body.webhook_method or "")
    # A method without an address is about nothing.
    if asked.webhook_uri:
        asked.webhook_method = method or "POST"
    return asked


def _own_id(text: str | None) -> str:
    return ids.named(ids.canonical_id(text or ""))


def _flow_id(text: str | None) -> str:
    name = ids.named(text)
    id = ids.canonical_id(name)
    if name and id is None:
        raise bad_id()
    return id or ""


def _chat_id(body: ActiveflowIn) -> str:
    if body.reference_type != "conversation":
        return ""
    # The nil UUID names no chat either: the core says so when it is its turn.
    return ids.canonical_id(body.reference_id or "") or ids.NIL


def _uri(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if text and not good:
        raise Refused("INVALID_WEBHOOK_URI", "webhook_uri must be a valid http or https URL")
    return text


def _method(text: str) -> str:
    if text not in _METHODS:
        raise Refused("INVALID_WEBHOOK_METHOD", "webhook_method must be POST, GET, PUT or DELETE")
    return text
