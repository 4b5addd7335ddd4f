"""Users who send, wait for the answer, and send again; and what they saw."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

# Sends one message as a user and returns when the answer is there.
Send = Callable[[int], Awaitable[None]]
WARM_UP = 0.5


@dataclass(frozen=True)
class Seen:
    """What users saw: answers a second, and how long one took, in milliseconds."""

    per_second: float
    p50: float
    p99: float


async def load(send: Send, users: int, seconds: float) -> Seen:
    """Lets users send for some seconds, after a moment of warming up."""
    begin = time.perf_counter() + WARM_UP
    end = begin + seconds
    taken: list[float] = []
    await asyncio.gather(*(_user(send, user, begin, end, taken) for user in range(users)))
    marks = statistics.quantiles(taken, n=100)
    return Seen(len(taken) / seconds, marks[49] * 1000, marks[98] * 1000)


async def _user(send: Send, user: int, begin: float, end: float, taken: list[float]) -> None:
    while (started := time.perf_counter()) < end:
        await send(user)
        if started >= begin:
            taken.append(time.perf_counter() - started)
