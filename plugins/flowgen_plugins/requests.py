"""What actions ask others to do: the data of the events that tell it."""

import random
import uuid
from datetime import datetime
from typing import Any

from flowgen_core.api import Context
from flowgen_plugins.loose import NIL_ID


def new_id(source: random.Random) -> str:
    """Makes a UUID that is the same whenever the turn is repeated."""
    return str(uuid.UUID(int=source.getrandbits(128), version=4))


def moment(now: datetime) -> str:
    """Writes a time as `2026-01-15 09:30:00.000000`, in UTC."""
    return now.strftime("%Y-%m-%d %H:%M:%S.%f")


# `option` and what is given back are JSON objects.
def request_of(ctx: Context, option: dict[str, Any]) -> dict[str, Any]:
    """Describes what an action asks for: which action of which run, with which option."""
    return {
        "id": new_id(ctx.random),
        "activeflow_id": ctx.run_id,
        "action_id": ctx.action.id,
        "action_type": ctx.action.type,
        "conversation_id": ctx.chat_id or NIL_ID,
        "option": option,
        "tm_create": moment(ctx.now),
    }
