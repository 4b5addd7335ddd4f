"""Asks for outgoing calls."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from flowgen_core.api import ActionType, Context, Next, Outcome
from flowgen_plugins import loose
from flowgen_plugins.addresses import Address
from flowgen_plugins.requests import request_of

Anonymous = Literal["", "yes", "no", "auto"]


class CallOut(ActionType):
    """Asks for calls to addresses, each with a flow or actions of its own. The server itself dials nothing.

    `${…}` inside `actions` is left as it is: it belongs to the other run.
    """

    name = "call"
    literal = frozenset({"actions"})

    class Option(loose.Sparse):
        """Who is called, and what runs then."""

        source: Address | None = Field(None, description="Who calls.")
        destinations: list[Address] = Field(min_length=1, description="Who is called: at least one address.")
        flow_id: str = Field("", description="The flow that runs on the call.")
        # Actions of another run, kept as they are.
        actions: list[dict[str, Any]] = Field([], description="The actions that run on the call instead.")
        chained: bool = Field(False, description="Whether the calls end together.")
        early_execution: bool = Field(False, description="Whether the flow runs before somebody answers.")
        anonymous: Anonymous = Field("auto", description="Whether the caller's number is hidden.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Asks for the calls."""
        asked = option.model_dump(exclude_unset=True)
        if "actions" in asked:
            asked["actions"] = ctx.raw_option["actions"]
        ctx.emit("call", request_of(ctx, asked))
        return Next()

    def nested(self, option: Option) -> Mapping[str, str]:
        """Names the types of the actions that run on the call."""
        types = [action.get("type") for action in option.actions]
        return {f"actions[{at}].type": kind for at, kind in enumerate(types) if isinstance(kind, str)}
