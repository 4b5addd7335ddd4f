"""What a call that must have one effect gives back."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """A resource in its present state; `replayed` when the same call made it before."""

    resource: T
    replayed: bool = False
