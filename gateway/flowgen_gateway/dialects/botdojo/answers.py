"""What clients get, as the API's documentation shows it; the answers themselves are drawn by `translate`."""

from typing import Any, Literal

from pydantic import BaseModel, Field

JsonObject = dict[str, Any]  # Any: free JSON
RunMode = Literal["async", "block", "skip"]


class UserMessageOut(BaseModel):
    """What the user said."""

    id: str
    date: str
    role: Literal["user"]
    content: str


class StepOut(BaseModel):
    """A call of a tool by an agent."""

    step_id: str = Field(serialization_alias="stepId")
    step_label: str = Field(serialization_alias="stepLabel")
    step_status: Literal["complete", "error"] = Field(serialization_alias="stepStatus")
    start_time: str = Field(serialization_alias="startTime")
    tool_name: str = Field(serialization_alias="toolName")
    tool_label: str = Field(serialization_alias="toolLabel")
    tool_phase: Literal["complete"] = Field(serialization_alias="toolPhase")
    arguments: str = Field(description="JSON text")
    result: Any  # free JSON
    content: str


class AiMessageOut(BaseModel):
    """What the flow said, as one message."""

    id: str
    date: str | None
    role: Literal["assistant"]
    steps: list[StepOut]
    content: str


class RunErrorOut(BaseModel):
    """Why a run went wrong."""

    code: Literal["ACTION_FAILED", "LIMIT_EXCEEDED", "INVALID_OUTPUT", "STOPPED", "INTERNAL"]
    message: str


class EvaluationOut(BaseModel):
    """What one evaluation found."""

    flow_eval_id: str = Field(serialization_alias="flowEvalId")
    name: str
    variable: str
    flow_request_id: str
    status: Literal["pending", "running", "complete", "error"]
    passed: bool | None = Field(serialization_alias="pass")
    reason: str
    type: str
    value: float | str | None


class OwnedOut(BaseModel):
    """What belongs to a project."""

    created: str
    modified: str
    account_id: str
    project_id: str


class FlowRequestOut(OwnedOut):
    """A flow request: one run of a flow, and its answer."""

    tags: list[str]
    start_time: str = Field(serialization_alias="startTime")
    end_time: str | None = Field(serialization_alias="endTime")
    duration: int | None = Field(description="milliseconds")
    id: str
    flow_id: str
    flow_session_id: str
    body: JsonObject
    request_params: JsonObject = Field(serialization_alias="requestParams")
    override: JsonObject = Field(description="the overrides in force")
    status: Literal["pending", "running", "complete", "error"]
    top_request_id: str
    run_options: JsonObject = Field(serialization_alias="runOptions")
    user_message: UserMessageOut = Field(serialization_alias="userMessage")
    flow_history_id: str
    version: str
    response: JsonObject
    ai_message: AiMessageOut = Field(serialization_alias="aiMessage")
    eval_job_id: str | None
    owner_uid: str
    modified_uid: str
    waiting_for_input: bool = Field(
        serialization_alias="waitingForInput", description="the next run in this session goes on from here"
    )
    error: RunErrorOut | None = Field(default=None, description="only with status `error`")
    evaluations: list[EvaluationOut] | None = Field(default=None, description="only with run mode `block`")


class EvalJobOut(OwnedOut):
    """The job of a flow request's evaluations."""

    id: str
    flow_id: str
    flow_request_id: str
    flow_session_id: str
    run_mode: RunMode = Field(serialization_alias="runMode")
    status: Literal["pending", "running", "complete"]
    results: list[EvaluationOut]


class SessionOut(OwnedOut):
    """A session."""

    id: str
    flow_session_id: str = Field(description="the same as `id`")
    flow_id: str
    state: JsonObject = Field(description="the variables by name, as they were sent")
    owner_uid: str
    modified_uid: str


class FaultOut(BaseModel):
    """Why a request was refused."""

    code: str
    message: str
    details: JsonObject = Field(description="for 400: `violations`, each with `path` and `message`")


class ErrorOut(BaseModel):
    """A request that was refused."""

    error: FaultOut
