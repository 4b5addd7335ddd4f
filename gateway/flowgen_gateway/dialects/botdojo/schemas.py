"""What clients may send: the bodies of the flow request API."""

import re
from typing import Annotated, Any, Literal

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

MOST_OVERRIDES = 200
MOST_EVALUATIONS = 20
LARGEST_STATE = 64 * 1024
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
RunMode = Literal["async", "block", "skip"]
EventName = Literal[
    "onFlowStart",
    "onFlowRequestStart",
    "flowRequestStart",
    "onNewToken",
    "token",
    "onIntermediateStepUpdate",
    "step",
    "onToolStart",
    "toolStart",
    "onToolEnd",
    "toolEnd",
    "onLog",
    "log",
    "onFlowEnd",
    "onFlowRequestEnd",
    "flowRequestEnd",
    "onComplete",
    "complete",
    "onError",
    "error",
]
JsonObject = dict[str, Any]  # Any: free JSON


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise PydanticCustomError(
            "name", "A name has 1 to 64 letters, digits and `_`, and begins with no digit"
        )
    return text


def _small(state: JsonObject) -> JsonObject:
    if len(orjson.dumps(state)) > LARGEST_STATE:
        raise PydanticCustomError("too_long", "The variables may have 64 KiB as JSON")
    return state


Name = Annotated[str, AfterValidator(_name)]


class Fields(BaseModel):
    """A body or a part of one; what it does not know is ignored, and null is as good as absent."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:  # Any: whatever JSON was sent
        if isinstance(data, dict):
            return {name: value for name, value in data.items() if value is not None}
        return data


class WantedEvaluation(Fields):
    """One evaluation to run."""

    flow_id: str = Field(alias="flowEvalId", description="id of a flow that is marked as an evaluation")
    external: JsonObject = Field(default={}, alias="flowEvalExternalInput")


class EvalOptions(Fields):
    """Which evaluations judge the run, and who waits for them."""

    run_mode: RunMode = Field(default="async", alias="runMode")
    runs: list[WantedEvaluation] | None = Field(
        default=None, max_length=MOST_EVALUATIONS, description="default: those that run by themselves"
    )


class Options(Fields):
    """How to run the flow."""

    flow_session_id: str = Field(default="", description="empty or null: a new session is made")
    version: str = Field(default="", description="a release, or `latest`")
    stream: Literal["none", "http"] = "none"
    stream_events: list[EventName] | None = Field(
        default=None, description="events to send, looked at with `http` only; true is all, false is none"
    )
    override: JsonObject = Field(
        default={}, max_length=MOST_OVERRIDES, description="`<action id or title>.<option field>` to value"
    )
    evaluations: EvalOptions = Field(default=EvalOptions(), alias="evalOptions")

    @field_validator("stream_events", mode="wrap")
    @classmethod
    def _of_streams_only(
        cls, value: Any, judge: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Any:  # Any: whatever JSON was sent, and what is made of it
        if info.data.get("stream") != "http" or value is True:
            return None
        return judge([] if value is False else value)


class RunBody(Fields):
    """Body of a run."""

    body: JsonObject = Field(description="the input of the flow")
    options: Options = Options()


class SessionVariables(Fields):
    """The variables below one name."""

    variables: dict[Name, Any] = {}  # Any: free JSON


class SessionBody(Fields):
    """Body of createSession: the flow, and variables by name."""

    params: tuple[str, Annotated[dict[Name, SessionVariables], Field(description="optional")]]

    @field_validator("params", mode="before")
    @classmethod
    def _with_state(cls, params: Any) -> Any:  # Any: as above
        if not isinstance(params, list):
            return params
        flow_id, state = [*params, None, None][:2]
        return [flow_id, {} if state is None else _small(state) if isinstance(state, dict) else state]


class LoadBody(Fields):
    """Body of loadByFlowSession: the flow and the session."""

    params: tuple[str, str]

    @field_validator("params", mode="before")
    @classmethod
    def _first_two(cls, params: Any) -> Any:  # Any: as above
        return params[:2] if isinstance(params, list) else params
