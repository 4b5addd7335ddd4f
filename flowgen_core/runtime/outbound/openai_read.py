"""Reads answers in the form of OpenAI's chat completions, whole or in pieces.

The library does not check what endpoints send: any field may be None or of another type, and
what is not JSON comes out as text. What cannot be read raises ValueError, TypeError or AttributeError.
"""

from dataclasses import dataclass, field

from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import ChoiceDelta, ChoiceDeltaToolCall

from flowgen_core.model.outside import LlmAnswer, LlmToolCall, LlmUsage


def answer_of(completion: ChatCompletion) -> LlmAnswer:
    """Reads a whole answer."""
    if not completion.choices:
        raise ValueError("no choices")
    message = completion.choices[0].message
    calls = [call for call in message.tool_calls or () if call.type == "function"]
    return LlmAnswer(
        _text(message.content or message.refusal),
        tuple(_call(one.id, one.function.name, one.function.arguments) for one in calls),
        _usage(completion.usage),
        _text(completion.model),
    )


@dataclass(slots=True)
class _Call:
    id: str = ""
    name: str = ""
    arguments: str = ""

    def add(self, piece: ChoiceDeltaToolCall) -> None:
        self.id = self.id or _text(piece.id)
        if piece.function is not None:
            self.name = self.name or _text(piece.function.name)
            self.arguments += _text(piece.function.arguments)


@dataclass(slots=True)
class Collected:
    """What has come of an answer so far."""

    text: list[str] = field(default_factory=list)
    calls: dict[int, _Call] = field(default_factory=dict)
    usage: LlmUsage = field(default_factory=LlmUsage)
    model: str = ""
    finished: bool = False

    def add(self, chunk: ChatCompletionChunk) -> str:
        """Takes a piece in and gives the text in it."""
        self.model = self.model or _text(chunk.model)
        if chunk.usage is not None:
            self.usage = _usage(chunk.usage)
        # The piece with the usage has no choices.
        if not chunk.choices:
            return ""
        self.finished = self.finished or bool(chunk.choices[0].finish_reason)
        return self._take(chunk.choices[0].delta)

    def _take(self, delta: ChoiceDelta) -> str:
        for piece in delta.tool_calls or ():
            self.calls.setdefault(piece.index, _Call()).add(piece)
        text = _text(delta.content or delta.refusal)
        self.text.append(text)
        return text

    def answer(self) -> LlmAnswer:
        """Gives the answer; a stream that ended before the model had finished is none."""
        if not self.finished:
            raise ValueError("the stream ended early")
        calls = (self.calls[index] for index in sorted(self.calls))
        made = tuple(_call(one.id, one.name, one.arguments) for one in calls)
        return LlmAnswer("".join(self.text), made, self.usage, self.model)


def _call(call_id: str, name: str, arguments: str) -> LlmToolCall:
    if not name:
        raise ValueError("a tool call without a name")
    return LlmToolCall(_text(call_id), _text(name), _text(arguments) or "{}")


def _usage(usage: CompletionUsage | None) -> LlmUsage:
    if usage is None:
        return LlmUsage()
    return LlmUsage(int(usage.prompt_tokens or 0), int(usage.completion_tokens or 0))


def _text(value: str | None) -> str:
    if not isinstance(value, str | None):
        raise TypeError("not text")
    return value or ""
