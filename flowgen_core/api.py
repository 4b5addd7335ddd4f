"""All that a plugin imports: action types, flow types, outcomes, and the hooks that register them.

A plugin is a module that the entry-point group `flowgen` names::

    from flowgen_core.api import ActionType, Context, Next, Outcome, hookimpl
    from pydantic import BaseModel

    class Shout(ActionType):
        '''Says a text in capitals.'''
        name = "shout"

        class Option(BaseModel):
            text: str

        async def run(self, ctx: Context, option: Option) -> Outcome:
            ctx.say(option.text.upper())
            return Next()

    @hookimpl
    def register_action_types(register):
        register(Shout())
"""

import random as _random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, JsonValue

from flowgen_core.hookspecs import hookimpl
from flowgen_core.model.channel import Address, OutboundMessage
from flowgen_core.model.errors import Violation
from flowgen_core.model.flow import Action, Problem, Severity
from flowgen_core.model.outcomes import (
    Answer,
    Call,
    Cause,
    Continued,
    Due,
    End,
    EndState,
    FloorBack,
    Jump,
    Next,
    Outcome,
    Wait,
    WaitKind,
    Yield,
    Yielded,
)
from flowgen_core.model.outside import (
    HttpAnswer,
    HttpFailed,
    HttpRefused,
    LlmAnswer,
    LlmMessage,
    LlmTool,
    LlmToolCall,
    LlmUnavailable,
    LlmUsage,
    MailFailed,
)
from flowgen_core.parameters import MAX_VIOLATIONS, judge

__all__ = [
    "Action",
    "ActionError",
    "ActionType",
    "Address",
    "Answer",
    "Call",
    "Cause",
    "ChannelContext",
    "ChannelType",
    "Context",
    "Continued",
    "Due",
    "End",
    "EndState",
    "FloorBack",
    "FlowType",
    "GenerationContext",
    "HttpAnswer",
    "HttpClient",
    "HttpFailed",
    "HttpRefused",
    "InvalidParameters",
    "JsonValue",
    "Jump",
    "LanguageModel",
    "LaterContext",
    "LlmAnswer",
    "LlmMessage",
    "LlmTool",
    "LlmToolCall",
    "LlmUnavailable",
    "LlmUsage",
    "MailFailed",
    "Mailer",
    "Medium",
    "Next",
    "OutboundMessage",
    "Outcome",
    "PastMessage",
    "Problem",
    "RunFacts",
    "Severity",
    "VariableSource",
    "Violation",
    "Wait",
    "WaitKind",
    "Yield",
    "Yielded",
    "hookimpl",
]  # fmt: skip


class Medium(StrEnum):
    """Where a run happens: without a chat, in a chat, or on a call."""

    NONE = "NONE"
    CHAT = "CHAT"
    VOICE = "VOICE"


class ActionError(Exception):
    """An action that cannot do its work. Ends the run unless `skip`, or unless the action type is not `fatal`.

    `reason` is one of the run's failure reasons, such as `ACTION_FAILED`, `BAD_OPTION`, `TARGET_NOT_FOUND`.
    """

    def __init__(self, message: str, *, reason: str = "ACTION_FAILED", skip: bool = False) -> None:
        super().__init__(message)
        self.reason, self.message, self.skip = reason, message, skip


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message of the chat's history; `author` is `user`, `bot` or `moderator`."""

    author: str
    sender: str
    receiver: str
    text: str
    internal: bool


class HttpClient(Protocol):
    """Reaches the outside by HTTP."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout: float = 10,  # noqa: ASYNC109  a limit of the whole exchange, kept by the client
        max_bytes: int = 1024 * 1024,
    ) -> HttpAnswer:
        """Sends one request; redirects are not followed. Raises `HttpRefused` and `HttpFailed`."""


class LanguageModel(Protocol):
    """A language model."""

    async def chat(
        self,
        messages: Sequence[LlmMessage],
        *,
        tools: Sequence[LlmTool] = (),
        json_schema: Mapping[str, Any] | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        on_token: Callable[[str], None] | None = None,
    ) -> LlmAnswer:
        """Asks the model; usage is counted on the run. Raises `LlmUnavailable`."""


class Mailer(Protocol):
    """Sends e-mail."""

    async def send(self, to: Sequence[str], subject: str, text: str, *, message_id: str = "") -> None:
        """Sends a message. Raises `MailFailed`."""


class VariableSource(Protocol):
    """Gives values to variables that nobody has set: names that begin with `prefix`."""

    prefix: str

    def get(self, name: str, facts: "RunFacts") -> Any:
        """Gives the JSON value of a variable, or None where there is none of this name."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a variable source knows. Ids are empty where there is none; `depth` counts on-complete runs before."""

    run_id: str
    flow_id: str
    project_id: str
    chat_id: str
    parent_id: str
    depth: int
    # The last thing that a person said in the chat, and who.
    message_id: str = ""
    message_text: str = ""
    human: str = "user"


class Context(Protocol):
    """What a running action knows and may do. Nothing is shown or stored before the turn commits."""

    @property
    def action(self) -> Action:
        """The action as the flow has it, `${…}` not yet replaced in its option."""

    @property
    def run_id(self) -> str:
        """The run's id."""

    @property
    def chat_id(self) -> str:
        """The chat's id; empty in a run without a chat."""

    @property
    def move(self) -> int:
        """The number of this move in its run; with `run_id` an idempotency key for calls to the outside."""

    @property
    def now(self) -> datetime:
        """The time of this turn, in UTC; the same for all its actions."""

    @property
    def random(self) -> _random.Random:
        """A generator seeded by run and move: a turn that is repeated draws the same."""

    @property
    def input(self) -> Answer | None:
        """What the turn deals with, where that is something said."""

    @property
    def data(self) -> Any:
        """What this action's last `Wait` or `Yield` kept; None at first. JSON."""

    @property
    def raw_option(self) -> Mapping[str, Any]:
        """The option as the flow has it, `${…}` not replaced. JSON."""

    @property
    def medium(self) -> Medium:
        """Where the run happens."""

    @property
    def properties(self) -> Mapping[str, Any]:
        """The `properties` of the run's flow. JSON."""

    def get(self, name: str, default: Any = None) -> Any:
        """Gives the value of a variable (JSON), with what this turn has set so far."""

    async def history(self, count: int) -> Sequence[PastMessage]:
        """Reads the chat's last messages, oldest first, with what this turn has said so far."""

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
        """Says a text as one bot message. `responses` (`{"type", "payload"}`) replace its plain form.

        An empty `receiver` is the person that the chat is with; `internal` is talk between agents.
        """

    def token(self, text: str, *, sender: str = "assistant") -> None:
        """Shows text that is being written to those who watch; it is not stored and may be lost."""

    def tool(self, name: str, arguments: Any, result: Any = None, *, ended: bool = False) -> None:
        """Shows a tool call to those who watch the run: once when it starts, once when it has `ended`. JSON."""

    @property
    def http(self) -> HttpClient:
        """Reaches the outside by HTTP; private addresses are refused unless a setting allows them."""

    @property
    def llm(self) -> LanguageModel:
        """The language model of the settings. Raises `ActionError` `LLM_UNAVAILABLE` where there is none."""

    def pause(self, reason: str = "") -> None:
        """Hands the chat over to a person with this turn's commit; return `Wait(WaitKind.FLOOR)` with it."""

    def emit(self, kind: str, data: Mapping[str, Any]) -> None:
        """Adds the event `outbound.created` to the stream: a message, e-mail, call or case that is asked for.

        `kind` is such as `message`, `email`, `call`, `case`; `data` is a JSON object. A `message` with `source`,
        `destinations` and `text` is sent after the commit, where a channel owns its source; see `ChannelType`.
        """

    def send(self, chat_id: str, text: str) -> None:
        """Says a text in another chat of the project, after the commit; in its own at once."""

    def start(self, flow_id: str, variables: Mapping[str, Any] | None = None) -> None:
        """Starts another flow as a run without a chat, after the commit. Variables are JSON values."""

    def later(self, data: Any) -> None:
        """Has the action type's `later` called with this JSON after the commit; it is tried up to three times."""

    def set(self, name: str, value: Any) -> None:
        """Sets a variable to a JSON value."""

    def log(self, event: str, **facts: Any) -> None:
        """Writes one line to the server's log; never put what people said into it."""


class LaterContext(Protocol):
    """What work after a commit knows and may do."""

    @property
    def id(self) -> str:
        """Names this piece of work; the same in every try: an idempotency key for calls to the outside."""

    @property
    def run_id(self) -> str:
        """The run that put it off."""

    @property
    def chat_id(self) -> str:
        """The run's chat; empty without one."""

    @property
    def attempt(self) -> int:
        """Which try this is, from 1."""

    @property
    def now(self) -> datetime:
        """The time of this try, in UTC."""

    @property
    def http(self) -> HttpClient:
        """Reaches the outside by HTTP."""

    @property
    def llm(self) -> LanguageModel:
        """The language model of the settings. Raises `ActionError` `LLM_UNAVAILABLE` where there is none."""

    @property
    def mail(self) -> Mailer:
        """Sends e-mail. Raises `ActionError` where no server is set."""

    async def history(self, count: int) -> Sequence[PastMessage]:
        """Reads the chat's last messages, oldest first."""

    async def set(self, values: Mapping[str, Any]) -> None:
        """Sets variables of the run (JSON values), where it is still open."""

    async def start(self, flow_id: str, variables: Mapping[str, Any] | None = None) -> str:
        """Starts another flow as a run without a chat and gives the run's id; in every try the same one."""


class ActionType:
    """One kind of action. A subclass names it, gives its option's model and runs it.

    The class docstring is what users read about it.
    """

    name: ClassVar[str]
    media: ClassVar[frozenset[Medium]] = frozenset(Medium)
    # Whether an action that goes wrong ends the run; else it is traced as failed and the run goes on.
    fatal: ClassVar[bool] = True
    # Names of option fields in which `${…}` is not replaced, as they belong to another run.
    literal: ClassVar[frozenset[str]] = frozenset()

    class Option(BaseModel):
        """The JSON object that the action takes; without fields any object does."""

        model_config = ConfigDict(extra="allow")

    # Whether a jump to an action that there is not goes on to the one that follows: `Jump(…, optional=True)`.
    optional_jumps: ClassVar[bool] = False
    # Reads the option of a run where runs forgive what validation refuses; without it `Option` does.
    Lenient: ClassVar[type[BaseModel] | None] = None

    async def run(self, ctx: Context, option: Any) -> Outcome:
        """Does the action. `option` is an `Option` with `${…}` replaced. Raises `ActionError`."""
        raise NotImplementedError

    async def resume(self, ctx: Context, option: Any, cause: Cause) -> Outcome:
        """Goes on after a `Wait` or `Yield` that `run` or `resume` returned; needed only for those."""
        raise NotImplementedError

    async def later(self, ctx: "LaterContext", data: Any) -> None:
        """Does what `Context.later` put off. Happens at least once; raising has it tried again a second later."""

    def targets(self, option: Any) -> Mapping[str, str]:
        """Names the actions that the option may jump to: path inside the option → action id."""
        return {}

    def flows(self, option: Any) -> Mapping[str, str]:
        """Names the flows that the option calls: path inside the option → flow id."""
        return {}

    def always_leaves(self, option: Any) -> bool:
        """Tells whether the action never goes on to its `next_id` or the one that follows."""
        return False

    def nested(self, option: Any) -> Mapping[str, str]:
        """Names the types of actions that the option holds for another run: path inside the option → type.

        What such a part of the option reads is not judged: its `${…}` belong to the other run.
        """
        return {}

    def sets(self, option: Any) -> Collection[str] | None:
        """Names the variables that have a value after the action, in whichever way it ends; None: maybe any."""
        return None

    def reads(self, option: Any) -> Collection[str]:
        """Names the variables that the option asks for by name; those of `${…}` are known without."""
        return ()

    def waits(self, option: Any) -> bool:
        """Tells whether the action may wait, yield, end the run, or fail."""
        return True


@dataclass(frozen=True, slots=True)
class GenerationContext:
    """The one value from outside that a flow type may use: ids derived from it repeat when the job is repeated."""

    generation_id: str


class InvalidParameters(Exception):
    """The parameters or the context of a generation are wrong; `violations` name all of it at once.

    A violation's path begins with `parameters` or `context`; a key that is no name is written `["a key"]`.
    """

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__(f"{len(violations)} problems")
        self.violations = tuple(violations)


class FlowType:
    """A kind of flow that is written from parameters and context."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    cost: ClassVar[int] = 1

    class Parameters(BaseModel):
        """The JSON object `parameters`; its JSON Schema is what `ListFlowTypes` gives."""

        model_config = ConfigDict(extra="forbid")

    class Context(BaseModel):
        """The JSON object `context`; its JSON Schema is what `ListFlowTypes` gives."""

        model_config = ConfigDict(extra="forbid")

    def check(self, parameters: Any, context: Any) -> tuple[Any, Any]:
        """Judges JSON values and gives `Parameters` and `Context`, None where absent.

        Raises `InvalidParameters` with at most 100 violations, those of the context first.
        """
        about, violations = (None, []) if context is None else judge(self.Context, context, "context")
        judged, more = judge(self.Parameters, parameters, "parameters")
        if violations or more:
            raise InvalidParameters([*violations, *more][:MAX_VIOLATIONS])
        return judged, about

    async def generate(self, ctx: GenerationContext, parameters: Any, context: Any) -> Mapping[str, Any]:
        """Writes the flow document (JSON) from what `check` gave. The same values must give the same document."""
        raise NotImplementedError


class ChannelContext(Protocol):
    """What a channel type that sends knows and may do."""

    @property
    def id(self) -> str:
        """Names this piece of work; the same in every try: an idempotency key for calls to the outside."""

    @property
    def attempt(self) -> int:
        """Which try this is, from 1."""

    @property
    def now(self) -> datetime:
        """The time of this try, in UTC."""

    @property
    def http(self) -> HttpClient:
        """Reaches the outside by HTTP; private addresses are refused unless a setting allows them."""


class ChannelType:
    """One kind of channel: a way in and out of chats. The class docstring is what users read about it."""

    name: ClassVar[str]

    class Config(BaseModel):
        """A channel's configuration, a JSON object; its JSON Schema is what `ListChannelTypes` gives.

        Fields of the type `SecretStr` are never shown: they come back as `…`, which keeps them when it is sent.
        """

        model_config = ConfigDict(extra="forbid")

    def owns(self, config: Any, address: Address) -> bool:
        """Tells whether a channel with this `Config` sends the messages that come from an address."""
        return False

    async def send(self, ctx: ChannelContext, config: Any, message: OutboundMessage) -> None:
        """Sends a message; needed only where `owns` says yes.

        Happens at least once; raising has it tried again a second later, up to three times in all.
        """
        raise NotImplementedError
