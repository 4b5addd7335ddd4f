"""What clients may send: the queries and bodies of the chats API."""

from typing import Annotated, Any, Literal

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

MAX_SEQ = 2**63 - 1
MAX_LIMIT = 1000
MAX_TEXT = 32_768
MAX_METADATA = 16 * 1024
Status = Literal["ready", "running", "wait_for_human_input", "completed", "error"]
KeyScope = Literal["read", "write", "admin"]


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("string_too_short", "The text must have more than white space")
    return text


def _empty_or_not_blank(text: str) -> str:
    return _not_blank(text) if text else text


def _small(metadata: dict[str, Any]) -> dict[str, Any]:
    if len(orjson.dumps(metadata)) > MAX_METADATA:
        raise PydanticCustomError("too_long", "The object may have 16 KiB as JSON")
    return metadata


def _clamped(limit: int) -> int:
    return min(limit, MAX_LIMIT)


def _without_doubles(scopes: list[KeyScope]) -> list[KeyScope]:
    return list(dict.fromkeys(scopes))


def without_nul(text: str) -> str:
    """Puts a mark for U+0000, which the core takes in no text: what is named so is unknown, and not wrong."""
    return text.replace("\0", "\ufffd")


def _fits(seq: int) -> int:
    return min(seq, MAX_SEQ)


# A number larger than all there can be is no mistake: nothing comes after it, everything before it.
Seq = Annotated[int, Field(ge=0), AfterValidator(_fits)]
Limit = Annotated[int, Field(ge=1, description="1…1000; larger is clamped"), AfterValidator(_clamped)]
PageToken = Annotated[
    str, AfterValidator(without_nul), Field(description="from the `Link` of the page before")
]
# Any: free JSON, given back as it came.
Metadata = Annotated[dict[str, Any], AfterValidator(_small), Field(description="at most 16 KiB")]


class Fields(BaseModel):
    """A query or body; fields that it does not know are ignored, for real clients send more."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class ChatsQuery(Fields):
    """Query of GET /chats."""

    limit: Limit = 100
    page_token: PageToken = ""
    status: Status | None = None


class KeysQuery(Fields):
    """Query of GET /admin/api-keys."""

    limit: Limit = 100
    page_token: PageToken = ""


class MessagesQuery(Fields):
    """Query of GET /chats/{chat_id}/messages."""

    after: Seq | None = Field(default=None, description="the first messages with a greater `seq`")
    before: Seq | None = Field(default=None, description="the last messages with a smaller `seq`")
    limit: Limit = 500
    internal: bool = Field(default=True, description="false leaves out talk between agents")

    @field_validator("before")
    @classmethod
    def _not_beside_after(cls, before: int | None, info: ValidationInfo) -> int | None:
        if before is not None and info.data.get("after") is not None:
            raise PydanticCustomError("conflict", "Send `after` or `before`, not both")
        return before


class SendQuery(Fields):
    """Query of POST messages and input."""

    wait: float = Field(
        default=0, ge=0, le=60, allow_inf_nan=False, description="seconds to wait for what is said in return"
    )


class WatchQuery(Fields):
    """Query of GET events and of the socket."""

    after: Seq | None = Field(default=None, description="begin after this `seq`; 0 is everything")


class ResumeHeader(Fields):
    """Header of a reader who comes back; none is sent as empty."""

    last_event_id: Seq | None = Field(default=None, alias="last-event-id")


class ChatBody(Fields):
    """Body of POST /chats."""

    name: str = Field(min_length=1, max_length=200)
    from_type: Literal["flow", "template"]
    from_flow: str | None = Field(default=None, validate_default=True, description="id of a flow")
    from_template: str | None = Field(
        default=None, validate_default=True, description="id of a flow marked as template"
    )

    @field_validator("from_flow", "from_template")
    @classmethod
    def _one_source(cls, value: str | None, info: ValidationInfo) -> str | None:
        if "from_type" not in info.data:
            return value
        if info.field_name == f"from_{info.data['from_type']}":
            if not value:
                raise PydanticCustomError("missing", "Field required")
        elif value:
            raise PydanticCustomError("not_allowed", "Only what `from_type` names may be given")
        return value

    @property
    def flow_id(self) -> str:
        """The flow that the chat runs."""
        return (self.from_flow if self.from_type == "flow" else self.from_template) or ""


class MessageBody(Fields):
    """Body of POST messages."""

    message: Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_not_blank)]
    # Any: it only has to be the same as `message`, which is judged.
    content: Any = Field(default=None, description="another name of `message`")
    sender: str | None = Field(default=None, min_length=1, max_length=64, description="default: `user`")
    metadata: Metadata | None = None
    type: Literal["user"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _take_content(cls, data: Any) -> Any:  # Any: whatever JSON was sent
        if isinstance(data, dict) and "message" not in data and data.get("content") is not None:
            return {**data, "message": data["content"]}
        return data

    @field_validator("content")
    @classmethod
    def _same_as_message(cls, content: Any, info: ValidationInfo) -> Any:  # Any: as the field's
        if content is not None and "message" in info.data and content != info.data["message"]:
            raise PydanticCustomError("conflict", "`message` and `content` must be the same")
        return content


class InputBody(MessageBody):
    """Body of POST input."""

    message: Annotated[
        str,
        Field(max_length=MAX_TEXT, description="empty: nothing was said"),
        AfterValidator(_empty_or_not_blank),
    ]


class KeyBody(Fields):
    """Body of POST /admin/api-keys."""

    name: str = Field(min_length=1, max_length=100)
    scopes: Annotated[list[KeyScope], AfterValidator(_without_doubles), Field(min_length=1)] = [
        "read",
        "write",
    ]


class SocketFrame(Fields):
    """What every frame that comes in by a socket has."""

    type: Literal["message", "input", "abort", "ping"]
    id: str | None = Field(default=None, pattern=r"^[!-~]{1,255}$")
