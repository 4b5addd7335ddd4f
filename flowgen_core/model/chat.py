"""Chats: conversations that last, what is said in them, and the numbered facts about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class ChatState(StrEnum):
    """What the bot does in a chat."""

    READY = "READY"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class Author(StrEnum):
    """Whose side a message is on."""

    USER = "USER"
    BOT = "BOT"
    MODERATOR = "MODERATOR"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run or generation failed."""

    reason: str
    message: str
    action_id: str = ""


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation. JSON stays text: `metadata` as it was sent, `variables` as runs left them."""

    id: str
    project_id: str
    name: str
    flow_id: str
    state: ChatState
    metadata: str
    variables: str
    created_by: str
    create_time: datetime
    update_time: datetime
    activity_time: datetime
    prompt: str = ""
    # Who asked: the receiver of the person's answer.
    prompt_sender: str = ""
    failure: Failure | None = None
    queued: int = 0
    last_seq: int = 0
    last_entry: int = 0
    # A moderator has the floor; until a time, or until the chat is resumed.
    paused: bool = False
    pause_reason: str = ""
    pause_until: datetime | None = None
    # Inputs are numbered: accepted, taken by a turn, and dealt with, that is come to rest.
    last_input: int = 0
    taken: int = 0
    dealt: int = 0
    floor: int = 0
    run_id: str = ""
    delete_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One thing said. `responses` is a JSON list of `{"type", "payload"}`; empty means the plain text alone."""

    id: str
    chat_id: str
    author: Author
    sender: str
    receiver: str
    text: str
    create_time: datetime
    seq: int = 0
    entry: int = 0
    # The number of the chat's input that this message is, or that the bot dealt with when it said this.
    input: int = 0
    run_id: str = ""
    internal: bool = False
    fallback: str = ""
    responses: str = "[]"
    profile: str = "{}"
    metadata: str = "{}"
    # How the bot came to say it: a JSON object with the fields of `MessageOrigin`.
    origin: str = "{}"


class InputKind(StrEnum):
    """What a chat has to deal with."""

    MESSAGE = "MESSAGE"
    EVENT = "EVENT"
    RUN = "RUN"


@dataclass(frozen=True, slots=True)
class Input:
    """One thing in a chat's queue. `data` holds what is no message: an event's name and params, a step to run."""

    chat_id: str
    number: int
    kind: InputKind
    created_by: str
    message: Message | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChatEvent:
    """A fact of a stream; live ones have `seq` 0. At most one of chat, message, token, data (JSON text) is set."""

    chat_id: str
    seq: int
    type: str
    create_time: datetime
    chat: Chat | None = None
    message: Message | None = None
    token: tuple[str, str] | None = None
    data: str = ""
