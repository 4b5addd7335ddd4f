"""Runs another flow inside this one."""

from collections.abc import Mapping

from pydantic import Field

from flowgen_core.api import ActionError, ActionType, Call, Context, Outcome
from flowgen_plugins import loose


class FetchFlow(ActionType):
    """Runs the actions of another flow of this project, then goes on."""

    name = "fetch_flow"

    class Option(loose.Option):
        """Which flow."""

        flow_id: loose.Text = Field(description="The flow's id; its newest revision is run.")

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Calls the flow."""
        if not loose.names(option.flow_id):
            raise ActionError("`flow_id` names no flow.", reason="FLOW_NOT_FOUND")
        return Call(flow_id=option.flow_id)

    def flows(self, option: Option) -> Mapping[str, str]:
        """Names the flow."""
        return {"flow_id": option.flow_id}
