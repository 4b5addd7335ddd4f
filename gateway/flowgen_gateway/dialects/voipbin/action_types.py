"""Which types of actions flows of this API may have."""

import time
from collections.abc import Sequence

import orjson

from flowgen_core.pb.v1.plugin_pb2 import ActionType, ListActionTypesRequest
from flowgen_gateway.core import CoreClient
from flowgen_gateway.dialects.voipbin.errors import Detail, Refused, one_field, quote
from flowgen_gateway.dialects.voipbin.schemas import ActionIn
from flowgen_gateway.dialects.voipbin.type_names import TYPES
from flowgen_gateway.pages import collect

OURS = "flowgen-server"
KEPT_SECONDS = 30.0
_PAGE, _MOST_TYPES = 1000, 10_000
_ANONYMOUS = ("", "yes", "no", "auto")


class ActionTypes:
    """Knows the types: those of the service, and those that plugins of other distributions bring.

    What plugins bring is asked of the core when a flow has another type, at most every 30 seconds.
    """

    def __init__(self) -> None:
        self._others: frozenset[str] = frozenset()
        self._stale_at = 0.0

    async def check(self, client: CoreClient, actions: Sequence[ActionIn]) -> None:
        """Raises Refused with every action whose type is none."""
        strange = {action.type or "" for action in actions} - TYPES
        bad = strange - await self._brought(client) if strange else strange
        if not bad:
            return
        names = [(number, action.type or "") for number, action in enumerate(actions)]
        details = [
            Detail(f"actions[{number}].type", _sentence(name)) for number, name in names if name in bad
        ]
        raise Refused("INVALID_ACTION_TYPE", details[0].description, details)

    async def _brought(self, client: CoreClient) -> frozenset[str]:
        if time.monotonic() >= self._stale_at:
            found = await _all_types(client)
            self._others = frozenset(kind.name for kind in found if kind.distribution != OURS)
            self._stale_at = time.monotonic() + KEPT_SECONDS
        return self._others


def check_anonymous(actions: Sequence[ActionIn]) -> None:
    """Raises Refused for the first action that hides its caller in a way that there is not."""
    for number, action in enumerate(actions):
        value = (action.option or {}).get("anonymous")
        if action.type in ("call", "connect") and value is not None and value not in _ANONYMOUS:
            text = value if isinstance(value, str) else orjson.dumps(value).decode()
            message = f"invalid anonymous value for {action.type} action: {quote(text)}"
            raise one_field("INVALID_ANONYMOUS_VALUE", f"actions[{number}].option.anonymous", message)


def _sentence(name: str) -> str:
    return f"not supported action type: {quote(name)}"


async def _all_types(client: CoreClient) -> Sequence[ActionType]:
    async def fetch(size: int, token: str) -> tuple[Sequence[ActionType], str]:
        asked = ListActionTypesRequest(page_size=min(size, _PAGE), page_token=token)
        answer = await client.call(client.core.plugins.ListActionTypes, asked)
        return answer.action_types, answer.next_page_token

    found, _ = await collect(fetch, _MOST_TYPES, "")
    return found
