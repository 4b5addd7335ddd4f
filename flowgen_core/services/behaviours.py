"""Handlers of all four kinds as one kind of function, so that what surrounds them is written once."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, TypeAlias

import grpc

from flowgen_core.services.call import Context
from flowgen_core.services.reading import reader

# `Any`: the messages of a call differ from rpc to rpc.
Behaviour: TypeAlias = "Callable[[Any, Context], Awaitable[Any]]"
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


def reading(handler: Handler) -> Behaviour:
    """Makes the behaviour that reads a handler's requests and calls it, and writes a streamed answer itself.

    So requests are read after the credential was judged: strangers make us parse nothing.
    """
    read = reader(handler.request_deserializer)
    inner: Any = getattr(handler, _kind(handler))

    async def requests(stream: AsyncIterator[bytes]) -> AsyncIterator[Any]:
        async for raw in stream:
            yield read(raw)

    def call(request: Any, context: Context) -> Any:
        return inner(requests(request) if handler.request_streaming else read(request), context)

    async def answer(request: Any, context: Context) -> Any:
        return await call(request, context)

    async def write(request: Any, context: Context) -> None:
        answers = call(request, context)
        if not hasattr(answers, "__aiter__"):
            await answers
            return
        async with aclosing(answers):
            async for message in answers:
                await context.write(message)

    return write if handler.response_streaming else answer


def rebuilt(handler: Handler, behaviour: Behaviour) -> Handler:
    """Makes a handler of the same kind that gets bytes, so that an unreadable request is a plain error."""
    make: Any = getattr(grpc, f"{_kind(handler)}_rpc_method_handler")
    wrapped: Handler = make(behaviour, None, handler.response_serializer)
    return wrapped


def _kind(handler: Handler) -> str:
    names = {False: "unary", True: "stream"}
    return f"{names[handler.request_streaming]}_{names[handler.response_streaming]}"
