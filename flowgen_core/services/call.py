"""What a servicer may know and tell about the call that it serves."""

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any, TypeAlias

from grpc import aio

from flowgen_core.model.project import Caller

# `Any`: the messages of a call differ from rpc to rpc.
Context: TypeAlias = "aio.ServicerContext[Any, Any]"
# gRPC's context takes no attributes. Every call runs in a task of its own, so this never meets another call.
_caller: ContextVar[Caller] = ContextVar("caller")


def current_caller() -> Caller:
    """Gives who makes this call. Raises LookupError outside a call that needed a credential."""
    return _caller.get()


def set_caller(caller: Caller) -> None:
    """Notes who makes this call; for the interceptor only."""
    _caller.set(caller)


def mark_replayed(context: Context) -> None:
    """Tells the client that its `request_id` was used before, and that nothing was done this time."""
    add_trailing(context, (("flowgen-replayed", "true"),))


def add_trailing(context: Context, pairs: Sequence[tuple[str, str | bytes]]) -> None:
    """Adds to the trailing metadata; setting it would drop the request id."""
    context.set_trailing_metadata((*(context.trailing_metadata() or ()), *pairs))
