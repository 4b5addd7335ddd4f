"""What clients send. Every field may be missing or null; what is not named here is ignored."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

# Any: the options of an action, free JSON.
Option = Annotated[
    dict[str, Any], Field(description="options of the action's type; `${name}` in texts is a variable")
]
Variables = Annotated[
    Mapping[str, str | None],
    Field(
        description="at most 100, 64 KiB in all, 32 KiB a value; names are trimmed, `voipbin.*` is dropped",
        examples=[{"customer_name": "Jane"}],
    ),
]


class Body(BaseModel):
    """What all bodies share: JSON types are taken as they are, and never converted."""

    model_config = ConfigDict(strict=True, frozen=True)


class ActionIn(Body):
    """One thing to do."""

    id: str | None = Field(None, description="1–255 characters, for jumps; made when there is none")
    next_id: str | None = Field(None, description="the action that comes next; else the next one in order")
    type: str | None = Field(None, description="name of an action type", examples=["talk"])
    option: Option | None = None


class FlowIn(Body):
    """A flow: actions in order. `PUT` resets what it leaves out."""

    name: str | None = Field(None, description="at most 255 characters")
    detail: str | None = None
    actions: Sequence[ActionIn] | None = None
    on_complete_flow_id: str | None = Field(
        None, description="UUID of a flow that runs when a run of this one has ended well"
    )


class ActiveflowIn(Body):
    """A run to start: of a flow, or of the actions that come along."""

    id: str | None = Field(None, description="UUID for the activeflow; made when there is none")
    flow_id: str | None = Field(None, description="UUID of the flow; wins over `actions`")
    actions: Sequence[ActionIn] | None = None
    variables: Variables | None = None
    webhook_uri: str | None = Field(None, description="http or https URL that is told what the run does")
    webhook_method: str | None = Field(None, description="`POST`, `GET`, `PUT` or `DELETE`")
    reference_type: str | None = Field(
        None, description="`conversation` runs it in the chat `reference_id`; all else is ignored"
    )
    reference_id: str | None = Field(None, description="UUID of a chat")


class ContinueIn(Body):
    """How a run that waits goes on; the body may be left out."""

    current_action_id: str | None = Field(None, description="only if the run waits at this action")
    variables: Variables | None = None
