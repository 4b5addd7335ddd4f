"""Runs one action with a context whose outside is lists: what it should answer, and what was asked of it."""

import json
import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from flowgen_core.api import (
    Action,
    ActionError,
    ActionType,
    Answer,
    Cause,
    HttpAnswer,
    LlmAnswer,
    LlmToolCall,
    Medium,
    Outcome,
    PastMessage,
)
from flowgen_core.engine.text import substitute

NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
RUN = "6f18ae1c-ddf8-413b-9572-ad30574604ef"
CHAT = "b1d5c1de-6a0b-4f0e-8f5e-0c8d5a3c9e10"


class FakeHttp:
    """Gives its answers one after the other, the last one for ever; an exception is raised."""

    def __init__(self, *answers: HttpAnswer | Exception) -> None:
        self.answers, self.requests = list(answers), []

    async def request(self, method: str, url: str, **how: Any) -> HttpAnswer:
        self.requests.append({"method": method, "url": url, **how})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeLlm:
    """Says its answers one after the other; a text stands for an answer of it."""

    def __init__(self, *answers: str | LlmAnswer | Exception) -> None:
        self.answers, self.asked = list(answers), []

    async def chat(
        self, messages: Sequence[Any], *, on_token: Callable[[str], None] | None = None, **how: Any
    ):
        self.asked.append({"messages": list(messages), **how})
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        answer = LlmAnswer(answer, model="small-1") if isinstance(answer, str) else answer
        for word in answer.text.split() if on_token else ():
            on_token(word)
        return answer

    def told(self, which: int = -1) -> list[tuple[str, str]]:
        return [(message.role, message.text) for message in self.asked[which]["messages"]]


class FakeMail:
    def __init__(self, *problems: Exception) -> None:
        self.problems, self.sent = list(problems), []

    async def send(self, to: Sequence[str], subject: str, text: str, *, message_id: str = "") -> None:
        if self.problems:
            raise self.problems.pop(0)
        self.sent.append((list(to), subject, text, message_id))


class FakeContext:
    """A whole `Context`; what an action does is kept in lists."""

    def __init__(self, medium: Medium = Medium.CHAT, **variables: Any) -> None:
        self.variables = variables
        self.medium, self.chat_id = medium, "" if medium is Medium.NONE else CHAT
        self.action, self.run_id, self.move = Action("", ""), RUN, 1
        self.now, self.random, self.properties = NOW, random.Random(0), {}
        self.input: Answer | None = None
        self.data: Any = None
        self.past: list[PastMessage] = []
        self.http, self.model = FakeHttp(), None
        self.said, self.tokens, self.tools, self.emitted, self.sent = [], [], [], [], []
        self.put_off, self.started, self.paused = [], [], []

    @property
    def raw_option(self) -> Mapping[str, Any]:
        return self.action.option

    @property
    def llm(self) -> Any:
        return _model(self.model)

    @property
    def texts(self) -> list[str]:
        return [said["text"] for said in self.said]

    def get(self, name: str, default: Any = None) -> Any:
        return self.variables.get(name, default)

    def set(self, name: str, value: Any) -> None:
        self.variables[name] = json.loads(json.dumps(value))

    async def history(self, count: int) -> Sequence[PastMessage]:
        return self.past[-count:] if count else []

    def say(self, text: str, **how: Any) -> None:
        json.dumps(how)
        self.said.append({"text": text, **how})
        sender, internal = how.get("sender", "assistant"), how.get("internal", False)
        self.past.append(PastMessage("bot", sender, how.get("receiver") or "user", text, internal))

    def hear(self, text: str) -> Answer:
        self.past.append(PastMessage("user", "user", "assistant", text, False))
        return Answer(text)

    def token(self, text: str, *, sender: str = "assistant") -> None:
        self.tokens.append((sender, text))

    def tool(self, name: str, arguments: Any, result: Any = None, *, ended: bool = False) -> None:
        self.tools.append((name, arguments, result, ended))

    def pause(self, reason: str = "") -> None:
        self.paused.append(reason)

    def emit(self, kind: str, data: Mapping[str, Any]) -> None:
        self.emitted.append((kind, json.loads(json.dumps(data))))

    def send(self, chat_id: str, text: str) -> None:
        self.sent.append((chat_id, text))

    def start(self, flow_id: str, variables: Mapping[str, Any] | None = None) -> None:
        self.started.append((flow_id, variables))

    def later(self, data: Any) -> None:
        self.put_off.append(json.loads(json.dumps(data)))

    def log(self, event: str, **facts: Any) -> None:
        pass


class FakeLater:
    """A whole `LaterContext`."""

    def __init__(self, ctx: FakeContext, mail: FakeMail | None = None) -> None:
        self.id, self.attempt, self.now = str(uuid.UUID(int=7)), 1, NOW
        self.run_id, self.chat_id = ctx.run_id, ctx.chat_id
        self.http, self.history, self._mail, self._ctx = ctx.http, ctx.history, mail, ctx
        self.values, self.started = {}, []

    @property
    def llm(self) -> Any:
        return _model(self._ctx.model)

    @property
    def mail(self) -> FakeMail:
        if self._mail is None:
            raise ActionError("There is no mail server.")
        return self._mail

    async def set(self, values: Mapping[str, Any]) -> None:
        self.values |= values

    async def start(self, flow_id: str, variables: Mapping[str, Any] | None = None) -> str:
        self.started.append((flow_id, variables))
        return "run"


async def run(kind: ActionType, ctx: FakeContext, **option: Any) -> Outcome:
    """Runs an action as the runtime does, with the option judged and `${…}` replaced."""
    ctx.action = Action("act", kind.name, ctx.action.title, option)
    return await kind.run(ctx, _read(kind, ctx))


async def resume(kind: ActionType, ctx: FakeContext, outcome: Outcome, cause: Cause) -> Outcome:
    """Goes on with an action after what it returned; its data goes through JSON."""
    ctx.data = json.loads(json.dumps(outcome.data))
    ctx.move += 1
    return await kind.resume(ctx, _read(kind, ctx), cause)


async def reason(kind: ActionType, ctx: FakeContext | None = None, **option: Any) -> str:
    """Tells why an action fails."""
    try:
        await run(kind, ctx or FakeContext(), **option)
    except ActionError as error:
        return "skipped" if error.skip else error.reason
    return "no failure"


def call(name: str, id: str = "c1", **arguments: Any) -> LlmAnswer:
    """An answer of a model that wants a tool to be called."""
    return LlmAnswer("", (LlmToolCall(id, name, json.dumps(arguments)),), model="small-1")


def answer(body: Any = b"", status: int = 200) -> HttpAnswer:
    """An HTTP answer; what is no bytes goes out as JSON."""
    return HttpAnswer(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode())


def _model(model: FakeLlm | None) -> FakeLlm:
    if model is None:
        raise ActionError("There is no language model.", reason="LLM_UNAVAILABLE")
    return model


def _read(kind: ActionType, ctx: FakeContext) -> Any:
    try:
        return (kind.Lenient or kind.Option).model_validate(substitute(ctx.action.option, ctx.get))
    except ValidationError as error:
        raise ActionError(str(error), reason="BAD_OPTION") from error
