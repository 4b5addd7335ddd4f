"""What happens around every rpc: request id and access line, then errors, then credential and scope."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import grpc
import structlog
from google.protobuf.descriptor import ServiceDescriptor
from grpc import aio
from structlog.contextvars import bind_contextvars

from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.model.project import Caller
from flowgen_core.services import scopes
from flowgen_core.services.behaviours import Behaviour, Handler, reading, rebuilt
from flowgen_core.services.call import Context, add_trailing, set_caller
from flowgen_core.services.errors import CODES, DETAILS_KEY, code_number, to_status

# A stream looks at its credential this often: with the time that callers are cached, a second in all.
RECHECK_SECONDS = 0.5
PUBLIC_SERVICES = frozenset({"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"})
_NAMES = {code_number(code): code.name for code in grpc.StatusCode}
Authenticate = Callable[[str], Awaitable[Caller]]


class CallInterceptor(aio.ServerInterceptor):
    """Wraps every handler once, so that a call itself passes a few plain functions and no interceptor chain.

    Rpcs of `services` need the scope that they declare, those of health and reflection nothing.
    All others are refused.
    """

    def __init__(
        self,
        authenticate: Authenticate,
        services: Iterable[ServiceDescriptor],
        new_id: Callable[[], str],
        recheck_seconds: float = RECHECK_SECONDS,
    ) -> None:
        self._authenticate, self._new_id, self._recheck_seconds = authenticate, new_id, recheck_seconds
        self._log = structlog.get_logger(__name__)
        self._checks: Mapping[str, scopes.Check] = scopes.checks(services)
        self._wrapped: dict[str, Handler] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], "Awaitable[Handler | None]"],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "Handler | None":
        """Gives the wrapped handler of an rpc; gRPC itself answers UNIMPLEMENTED where there is none."""
        method = handler_call_details.method
        wrapped = self._wrapped.get(method)
        if wrapped is None:
            handler = await continuation(handler_call_details)
            if handler is None:
                return handler
            wrapped = self._wrapped[method] = self._wrap(method, handler)
        return wrapped

    def _wrap(self, method: str, handler: Handler) -> Handler:
        behaviour = reading(handler)
        if method[1:].rpartition("/")[0] not in PUBLIC_SERVICES:
            behaviour = self._authorized(method, behaviour, handler.response_streaming)
        return rebuilt(handler, self._identified(method, self._answering_errors(method, behaviour)))

    def _identified(self, method: str, inner: Behaviour) -> Behaviour:
        async def call(request: Any, context: Context) -> Any:
            started = time.perf_counter()
            request_id = _request_id(context) or self._new_id()
            bind_contextvars(request_id=request_id)
            context.set_trailing_metadata((("x-request-id", request_id),))
            code = "CANCELLED"
            try:
                answer = await inner(request, context)
                code = _code(context)
            except aio.AbortError:
                code = _code(context)
                raise
            finally:
                self._log.info(
                    "rpc", method=method, code=code, ms=round((time.perf_counter() - started) * 1000, 2)
                )
            return answer

        return call

    def _answering_errors(self, method: str, inner: Behaviour) -> Behaviour:
        async def call(request: Any, context: Context) -> Any:
            try:
                return await inner(request, context)
            except FlowGenError as error:
                _refuse(context, error)
            except (aio.AbortError, asyncio.CancelledError):
                raise
            except Exception:
                self._log.exception("rpc_failed", method=method)
                _refuse(context, FlowGenError(Reason.INTERNAL, "internal error"))

        return call

    def _authorized(self, method: str, inner: Behaviour, streams: bool) -> Behaviour:
        check = self._checks.get(method, scopes.refuse_all)

        async def call(request: Any, context: Context) -> Any:
            authorization = _metadata(context, "authorization")
            caller = await self._authenticate(authorization)
            check(caller)
            set_caller(caller)
            if streams:
                return await self._while_valid(authorization, inner(request, context))
            return await inner(request, context)

        return call

    async def _while_valid(self, authorization: str, stream: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(stream)
        try:
            while not (await asyncio.wait({task}, timeout=self._recheck_seconds))[0]:
                await self._recheck(authorization)
            task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _recheck(self, authorization: str) -> None:
        try:
            await self._authenticate(authorization)
        except FlowGenError as error:
            # A database that is busy for a moment must not end every stream.
            if error.reason is Reason.UNAUTHENTICATED:
                raise


def _refuse(context: Context, error: FlowGenError) -> None:
    status = to_status(error)
    context.set_code(CODES[error.reason])
    context.set_details(status.message)
    add_trailing(context, ((DETAILS_KEY, status.SerializeToString()),))


def _code(context: Context) -> str:
    # Its type says StatusCode, but it is a number where gRPC itself or `abort` set it.
    code: Any = context.code() or 0
    return code.name if isinstance(code, grpc.StatusCode) else _NAMES.get(code, "UNKNOWN")


def _request_id(context: Context) -> str:
    given = _metadata(context, "x-request-id")
    return given if len(given) <= 128 and all("!" <= char <= "~" for char in given) else ""


def _metadata(context: Context, name: str) -> str:
    for key, value in context.invocation_metadata() or ():
        if key == name:
            return value if isinstance(value, str) else ""
    return ""
