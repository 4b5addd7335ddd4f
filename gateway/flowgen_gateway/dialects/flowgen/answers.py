"""What clients get, as the API's documentation shows it; the answers themselves are drawn by `translate`."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from flowgen_gateway.dialects.flowgen.schemas import KeyScope, Status


class ChatErrorOut(BaseModel):
    """Why a chat is in `error`."""

    code: Literal["ACTION_FAILED", "LIMIT_EXCEEDED", "INVALID_INPUT", "INVALID_OUTPUT", "INTERNAL"]
    detail: str


class StateOut(BaseModel):
    """Where a chat is."""

    status: Status
    prompt: str | None = Field(description="what is being asked, in `wait_for_human_input` only")
    error: ChatErrorOut | None = Field(description="in `error` only")


class ChatOut(StateOut):
    """A chat."""

    id: str
    name: str
    owner: str = Field(description="id of the API key or subject of the token that made it")
    from_type: Literal["flow", "template"]
    from_flow: str | None
    from_template: str | None
    queued: int = Field(description="accepted messages that have not run yet")
    last_seq: int = Field(description="number of its newest event")
    paused: bool = Field(description="a moderator has the floor")
    created: str
    updated: str


class AbortedOut(ChatOut):
    """A chat that was aborted."""

    detail: Literal["Chat aborted.", "Nothing to abort."]


class ResponseOut(BaseModel):
    """One part of a message."""

    type: str
    payload: dict[str, Any]  # Any: free JSON


class MessageOut(BaseModel):
    """A message."""

    id: str
    seq: int = Field(description="number of the event that made it known; grows, with gaps")
    chat: str
    type: Literal["user", "assistant"]
    sender: str
    receiver: str
    content: str
    message: str = Field(description="the same text as `content`")
    responses: list[ResponseOut]
    metadata: dict[str, Any]  # Any: free JSON
    created: str


class SentOut(MessageOut, StateOut):
    """A message that was stored, where its chat is now, and what was said in return within `wait`."""

    messages: list[MessageOut]


class KeyOut(BaseModel):
    """An API key."""

    id: str
    name: str
    key: str = Field(description="whole in the answer that made it, masked ever after")
    owner: str
    scopes: list[KeyScope]
    created: str
    updated: str


class KeyDeletedOut(BaseModel):
    """That an API key was deleted."""

    message: str


class ProblemOut(BaseModel):
    """One thing that is wrong with a request."""

    type: str
    loc: list[str | int]
    msg: str


class ErrorOut(BaseModel):
    """Why a request was refused."""

    detail: str | list[ProblemOut] = Field(description="a list of problems for 422, else a sentence")
    code: str
