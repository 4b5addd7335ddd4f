"""What an agent keeps in mind between the turns of one action."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from flowgen_core.api import LlmAnswer, LlmMessage, LlmToolCall


@dataclass(frozen=True, slots=True)
class Mind:
    """The messages so far, the tool calls that have no answer yet, and how often the model was asked."""

    messages: tuple[LlmMessage, ...]
    open_calls: tuple[LlmToolCall, ...] = ()
    thoughts: int = 0

    @classmethod
    def begin(cls, instructions: str, messages: Sequence[LlmMessage]) -> Self:
        """Begins with what was said; where nothing was, the instructions are what is asked."""
        return cls(tuple(messages) or (LlmMessage("user", instructions),))

    def wants(self, answer: LlmAnswer) -> Self:
        """Notes that the model wants tools to be called."""
        said = LlmMessage("assistant", answer.text, tool_calls=answer.tool_calls)
        return replace(
            self,
            messages=(*self.messages, said),
            open_calls=answer.tool_calls,
            thoughts=self.thoughts + 1,
        )

    def learns(self, result: str) -> Self:
        """Notes the answer to the first open call."""
        call, *others = self.open_calls
        answer = LlmMessage("tool", result, tool_call_id=call.id)
        return replace(self, messages=(*self.messages, answer), open_calls=tuple(others))

    def to_json(self) -> dict[str, Any]:
        """Gives it as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Reads what `to_json` gave."""
        return cls(tuple(map(_message, kept["messages"])), _calls(kept["open_calls"]), kept["thoughts"])


def _message(kept: dict[str, Any]) -> LlmMessage:
    return LlmMessage(**{**kept, "tool_calls": _calls(kept["tool_calls"])})


def _calls(kept: list[dict[str, Any]]) -> tuple[LlmToolCall, ...]:
    return tuple(LlmToolCall(**call) for call in kept)
