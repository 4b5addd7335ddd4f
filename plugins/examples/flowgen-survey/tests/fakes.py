"""A context that keeps in lists what an action says and sets."""

from datetime import UTC, datetime
from typing import Any

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


class FakeContext:
    """What `rating` needs of a context, and nothing else."""

    def __init__(self, data: Any = None) -> None:
        self.now, self.data = NOW, data
        self.variables: dict[str, Any] = {}
        self.said: list[str] = []

    def say(self, text: str, **_more: Any) -> None:
        self.said.append(text)

    def set(self, name: str, value: Any) -> None:
        self.variables[name] = value
