"""What has been said in a chat, as a language model is told it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flowgen_core.api import LlmMessage, PastMessage

# A chat may hold whole letters; what is kept of each must not make the run's state heavy.
LONGEST = 8000
MOST = 50
FLOW = "assistant"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said, by a person (`user`), by an agent or by the flow itself."""

    author: str
    sender: str
    text: str


def heard(past: Iterable[PastMessage], me: str = FLOW) -> list[Line]:
    """Gives what somebody of this name has heard: all that is public, and what was between them and others.

    What an agent says to itself are its tool calls; they are left out.
    """
    return [
        Line(message.author, message.sender, message.text[:LONGEST])
        for message in past
        if message.text.strip() and (not message.internal or _concerns(message, me))
    ]


def as_messages(lines: Sequence[Line], me: str = FLOW) -> list[LlmMessage]:
    """Tells it to the model, which speaks as `me`; other agents are named in front of what they said."""
    return [_message(line, me) for line in lines]


def _concerns(message: PastMessage, me: str) -> bool:
    return message.sender != message.receiver and me in (message.sender, message.receiver)


def _message(line: Line, me: str) -> LlmMessage:
    if line.author == "user":
        return LlmMessage("user", line.text)
    if line.author == "moderator" or line.sender in (me, FLOW):
        return LlmMessage("assistant", line.text)
    return LlmMessage("user", f"{line.sender}: {line.text}")
