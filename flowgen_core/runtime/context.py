"""What a running action sees of the world, and where it leaves what it says and sets."""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from flowgen_core.api import Medium, PastMessage
from flowgen_core.model import jsontext
from flowgen_core.model.flow import Action
from flowgen_core.model.outcomes import Answer

log = structlog.get_logger(__name__)
HUMAN = "user"
LONGEST_TEXT = 64 * 1024


@dataclass(slots=True)
class Said:
    """One message that an action wants to be said, in parts that can be shown."""

    text: str
    responses: list[Mapping[str, Any]]
    sender: str
    receiver: str
    internal: bool
    metadata: Mapping[str, Any]

    def fits(self, other: "Said") -> bool:
        """Tells whether another text can be a further part of this message, which stays one that can be sent."""
        if len(self.text) + len(other.text) >= LONGEST_TEXT:
            return False
        mine = (self.sender, self.receiver, self.internal, self.metadata)
        return mine == (other.sender, other.receiver, other.internal, other.metadata)

    def join(self, other: "Said") -> None:
        """Takes another text in as a further part."""
        self.text = f"{self.text}\n{other.text}"
        self.responses = [*self.responses, *other.responses]


@dataclass(slots=True)
class Collected:
    """What a turn collects for its commit. `group` is what shares one message: a step, else one action."""

    variables: dict[str, Any]
    said: list[Said] = field(default_factory=list)
    changed: bool = False
    group_start: int = 0

    def say(self, said: Said) -> None:
        """Adds a text: to the last message of its group where that has the same voices, else as a new one."""
        if len(self.said) > self.group_start and self.said[-1].fits(said):
            self.said[-1].join(said)
        else:
            self.said.append(said)

    def new_group(self) -> None:
        """Begins a new message with the next text."""
        self.group_start = len(self.said)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all actions of a turn share."""

    run_id: str
    chat_id: str
    human: str
    now: datetime
    medium: Medium
    properties: Mapping[str, Any]
    input: Answer | None
    read_history: Callable[[int], Awaitable[Sequence[PastMessage]]]
    show_token: Callable[[str, str], None]


class ActionContext:
    """The `Context` of one action; see `flowgen_core.api`."""

    def __init__(
        self,
        around: Surroundings,
        collected: Collected,
        action: Action,
        move: int,
        data: Any,
        present: Answer | None,
    ) -> None:
        self._around, self._collected = around, collected
        self.action, self.move, self.data = action, move, data
        self.input = present
        self._random: random.Random | None = None

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self._around.run_id

    @property
    def chat_id(self) -> str:
        """The chat's id."""
        return self._around.chat_id

    @property
    def now(self) -> datetime:
        """The time of this turn."""
        return self._around.now

    @property
    def medium(self) -> Medium:
        """Where the run happens."""
        return self._around.medium

    @property
    def properties(self) -> Mapping[str, Any]:
        """The flow's properties."""
        return self._around.properties

    @property
    def raw_option(self) -> Mapping[str, Any]:
        """The option before `${…}` was replaced."""
        return self.action.option

    @property
    def random(self) -> random.Random:
        """A generator seeded by run and move."""
        if self._random is None:
            self._random = random.Random(f"{self.run_id}/{self.move}")  # noqa: S311  repeatable is the point
        return self._random

    def get(self, name: str, default: Any = None) -> Any:
        """Gives the value of a variable."""
        return self._collected.variables.get(name, default)

    async def history(self, count: int) -> Sequence[PastMessage]:
        """Reads the chat's last messages with what this turn has said so far."""
        past = list(await self._around.read_history(count))
        past += [PastMessage("bot", s.sender, s.receiver, s.text, s.internal) for s in self._collected.said]
        return past[-count:] if count > 0 else []

    def say(
        self,
        text: str,
        *,
        responses: Sequence[Mapping[str, Any]] | None = None,
        quick_replies: Sequence[str] = (),
        sender: str = "assistant",
        receiver: str = "",
        internal: bool = False,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Says a text as one bot message."""
        text = _clean(text)[:LONGEST_TEXT]
        parts: list[Mapping[str, Any]] = list(responses or [_text_response(text, quick_replies)])
        marked = {**(metadata or {}), **({"internal": True} if internal else {})}
        jsontext.dump(
            [parts, marked]
        )  # an action that says what is no JSON must fail here, not at the commit
        self._collected.say(Said(text, parts, sender, receiver or self._around.human, internal, marked))

    def token(self, text: str, *, sender: str = "assistant") -> None:
        """Shows text that is being written."""
        self._around.show_token(sender, text)

    def set(self, name: str, value: Any) -> None:
        """Sets a variable."""
        jsontext.dump(value)
        self._collected.variables[_clean(name)] = value
        self._collected.changed = True

    def log(self, event: str, **facts: Any) -> None:
        """Writes a line to the server's log."""
        log.info(event, run_id=self.run_id, move=self.move, **facts)


def _text_response(text: str, quick_replies: Sequence[str]) -> dict[str, Any]:
    payload: dict[str, Any] = {"text": text}
    if quick_replies:
        payload["quickReplies"] = [{"label": one, "value": one, "type": "text"} for one in quick_replies]
    return {"type": "text", "payload": payload}


def _clean(text: str) -> str:
    # An action may compute anything; what is stored must be text that JSON and every database can hold.
    if jsontext.is_clean(text):
        return text
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
