"""What a running action sees of the world, and where it leaves what it says and sets."""

import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import structlog

from flowgen_core.api import ActionError, HttpClient, LanguageModel, Mailer, Medium, PastMessage
from flowgen_core.model import jsontext
from flowgen_core.model.flow import Action, Document
from flowgen_core.model.outcomes import Answer
from flowgen_core.model.outside import LlmAnswer, LlmMessage, LlmUsage
from flowgen_core.runtime.frames import Phase
from flowgen_core.runtime.outcome_checks import check_said
from flowgen_core.runtime.outgoing import outgoing
from flowgen_core.runtime.pausing import Pausing
from flowgen_core.store.laters import Later

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
    # What was called inline, by the id under which it is stored.
    documents: dict[str, Document] = field(default_factory=dict)
    # Events to write: type and JSON text.
    emitted: list[tuple[str, str]] = field(default_factory=list)
    laters: list[Later] = field(default_factory=list)
    pause: Pausing | None = None
    input_tokens: int = 0
    output_tokens: int = 0

    def count(self, usage: LlmUsage) -> None:
        """Counts what a language model used."""
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens

    def usage_text(self, before: str) -> str:
        """Adds what was used to what was used before, as JSON text."""
        if not (self.input_tokens or self.output_tokens):
            return before
        known = jsontext.parse(before)
        return jsontext.dump(
            {
                "input_tokens": known.get("input_tokens", 0) + self.input_tokens,
                "output_tokens": known.get("output_tokens", 0) + self.output_tokens,
            }
        )

    def say(self, said: Said) -> None:
        """Adds a text: to the last message of its group where that has the same voices, else as a new one."""
        if len(self.said) > self.group_start and self.said[-1].fits(said):
            self.said[-1].join(said)
        else:
            self.said.append(said)

    def new_group(self) -> None:
        """Begins a new message with the next text."""
        self.group_start = len(self.said)


class Show(Protocol):
    """Shows those who watch what happens while it happens."""

    def progress(self, action: Action, phase: Phase, text: str = "") -> None:
        """An action that begins, or is over."""

    def said(self, sender: str, text: str, internal: bool) -> None:
        """A text that was said as a whole."""

    def token(self, sender: str, text: str) -> None:
        """Text that is being written."""

    def missed(self, texts: Iterable[tuple[str, str]]) -> None:
        """What a whole turn said, (sender, text) each, for those who came in the middle of it."""

    def tool(self, name: str, arguments: Any, result: Any, ended: bool) -> None:
        """A tool call, when it starts and when it has ended."""

    def log(self, level: str, text: str) -> None:
        """A line for the flow's author."""


@dataclass(frozen=True, slots=True)
class Outside:
    """How actions reach the outside; None where it is not configured."""

    http: HttpClient
    llm: LanguageModel | None = None
    mail: Mailer | None = None


class CountedModel:
    """A language model whose usage is counted on the run."""

    def __init__(self, model: LanguageModel, count: Callable[[LlmUsage], None]) -> None:
        self._model, self._count = model, count

    async def chat(self, messages: Sequence[LlmMessage], **options: Any) -> LlmAnswer:
        """Asks the model; see `flowgen_core.api.LanguageModel`."""
        answer = await self._model.chat(messages, **options)
        self._count(answer.usage)
        return answer


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
    show: Show
    lookup: Callable[[str], Any]
    outside: Outside


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
        value = self._around.lookup(name)
        return default if value is None and name not in self._collected.variables else value

    @property
    def http(self) -> HttpClient:
        """Reaches the outside by HTTP."""
        return self._around.outside.http

    @property
    def llm(self) -> LanguageModel:
        """The language model of the settings."""
        return CountedModel(model_of(self._around.outside), self._collected.count)

    def pause(self, reason: str = "") -> None:
        """Hands the chat over to a person with this turn's commit."""
        self._collected.pause = Pausing(reason)
        self.emit("handover", {"reason": reason, "option": dict(self.action.option)})

    def emit(self, kind: str, data: Mapping[str, Any]) -> None:
        """Adds an event to the stream."""
        facts = {"kind": kind, "run_id": self.run_id, "chat_id": self.chat_id, "action_id": self.action.id}
        body = {**facts, "action_type": self.action.type, "move": self.move, "data": dict(data)}
        self._collected.emitted.append(("outbound.created", jsontext.dump(body)))
        message = outgoing(data) if kind == "message" else None
        if message is not None:
            self._put_off("core.channel", message)

    def send(self, chat_id: str, text: str) -> None:
        """Says a text in another chat of the project, after the commit; in its own at once."""
        if chat_id == self.chat_id:
            self.say(text)
        else:
            self._put_off("core.send", {"chat_id": chat_id, "text": _clean(text)[:LONGEST_TEXT]})

    def start(self, flow_id: str, variables: Mapping[str, Any] | None = None) -> None:
        """Starts another flow as a run without a chat, after the commit."""
        self._put_off("core.start", {"flow_id": flow_id, "variables": dict(variables or {})})

    def later(self, data: Any) -> None:
        """Has the action type's `later` called after the commit."""
        self._put_off(self.action.type, data)

    def tool(self, name: str, arguments: Any, result: Any = None, *, ended: bool = False) -> None:
        """Shows a tool call to those who watch the run."""
        self._around.show.tool(name, arguments, result, ended)

    def _put_off(self, action_type: str, data: Any) -> None:
        self._collected.laters.append(Later(action_type, self.move, jsontext.dump(data)))

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
        check_said(text, responses, sender, receiver)
        text = _clean(text)[:LONGEST_TEXT]
        parts: list[Mapping[str, Any]] = list(responses or [_text_response(text, quick_replies)])
        marked = {**(metadata or {}), **({"internal": True} if internal else {})}
        jsontext.dump(
            [parts, marked]
        )  # an action that says what is no JSON must fail here, not at the commit
        self._around.show.said(sender, text, internal)
        self._collected.say(Said(text, parts, sender, receiver or self._around.human, internal, marked))

    def token(self, text: str, *, sender: str = "assistant") -> None:
        """Shows text that is being written."""
        self._around.show.token(sender, text)

    def set(self, name: str, value: Any) -> None:
        """Sets a variable."""
        jsontext.dump(value)
        self._collected.variables[_clean(name)] = value
        self._collected.changed = True

    def log(self, event: str, **facts: Any) -> None:
        """Writes a line to the server's log."""
        log.info(event, run_id=self.run_id, move=self.move, **facts)
        self._around.show.log("info", event)


def model_of(outside: Outside) -> LanguageModel:
    """Gives the language model. Raises `ActionError` `LLM_UNAVAILABLE` where none is configured."""
    if outside.llm is None:
        text = "No language model is configured: set FLOWGEN_LLM__BASE_URL, __API_KEY and __MODEL."
        raise ActionError(text, reason="LLM_UNAVAILABLE")
    return outside.llm


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
