"""What clients get, as the API's documentation shows it; the answers themselves are drawn by `translate`."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_TIME = "UTC, `YYYY-MM-DD HH:MM:SS.ffffff`; `9999-01-01 00:00:00.000000` is not yet"


class ActionOut(BaseModel):
    """An action of a flow."""

    id: str
    next_id: str = Field(description="nil UUID for the next one in order")
    type: str
    option: dict[str, Any] | None = Field(None, description="left out when empty")  # Any: free JSON


class Times(BaseModel):
    """When a resource was made, changed and deleted."""

    tm_create: str = Field(description=_TIME)
    tm_update: str = Field(description=_TIME)
    tm_delete: str = Field(description=_TIME)


class FlowOut(Times):
    """A flow."""

    id: str
    customer_id: str = Field(description="the project that owns it")
    type: Literal["flow"]
    name: str
    detail: str
    actions: list[ActionOut]
    on_complete_flow_id: str = Field(description="nil UUID for none")


class MoveOut(ActionOut):
    """An action that a run came to, with its variables filled in; or the place before the first, after the last."""

    tm_execute: str | None = Field(None, description="when the run came there")
    outcome: Literal["done", "skipped", "failed"] | None = None
    message: str | None = None


class RunErrorOut(BaseModel):
    """Why a run failed."""

    reason: str = Field(examples=["TARGET_NOT_FOUND"])
    message: str
    action_id: str


class ActiveflowOut(Times):
    """One execution of a flow."""

    id: str
    customer_id: str = Field(description="the project that owns it")
    flow_id: str = Field(description="nil UUID for actions that came along")
    status: Literal["running", "ended"]
    reference_type: Literal["api", "conversation", "ai"]
    reference_id: str = Field(description="UUID of the chat that it runs in; nil UUID without one")
    reference_activeflow_id: str = Field(description="the activeflow that started it, or nil UUID")
    on_complete_flow_id: str
    webhook_uri: str | None = Field(None, description="left out without one")
    webhook_method: str | None = Field(None, description="left out without one")
    current_action: MoveOut
    forward_action_id: str = Field(description="always the nil UUID")
    executed_actions: list[MoveOut] = Field(description="every place that the run has left, in order")
    execute_count: int = Field(description="how many actions it has come to")
    end_reason: str | None = Field(None, examples=["completed"])
    error: RunErrorOut | None = None


class FlowPage(BaseModel):
    """Flows, newest first."""

    result: list[FlowOut]
    next_page_token: str = Field(description="empty on the last page")


class ActiveflowPage(BaseModel):
    """Activeflows, newest first."""

    result: list[ActiveflowOut]
    next_page_token: str = Field(description="empty on the last page")


class VariablesOut(BaseModel):
    """The variables of a run, ordered by name."""

    variables: dict[str, str]


class ErrorDetailOut(BaseModel):
    """One place in a request that is wrong."""

    field: str = Field(examples=["actions[1].type"])
    description: str


class ErrorFactsOut(BaseModel):
    """What went wrong."""

    status: str = Field(examples=["INVALID_ARGUMENT"])
    reason: str = Field(examples=["INVALID_ACTION_TYPE"])
    message: str
    request_id: str
    details: list[ErrorDetailOut] | None = Field(None, description="left out when there are none")


class RefusalOut(BaseModel):
    """Why a request was refused."""

    model_config = ConfigDict(title="VoipbinError")

    error: ErrorFactsOut
