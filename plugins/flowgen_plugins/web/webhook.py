"""Calls a server with data of the flow's."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from pydantic import Field

from flowgen_core.api import (
    ActionError,
    ActionType,
    Context,
    HttpAnswer,
    HttpClient,
    HttpFailed,
    HttpRefused,
    LaterContext,
    Next,
    Outcome,
)
from flowgen_plugins import loose
from flowgen_plugins.web.mapping import variables_of

TRIES = 3
SECONDS_BETWEEN = 1


class WebhookSend(ActionType):
    """Calls a URL. With `sync` the run waits for the answer, and a JSON object in it becomes variables.

    `{"customer":{"name":"John"},"tags":["a"]}` sets `customer.name` and `tags.0`. Network errors and answers of
    500 and more are tried again, three times in all, a second apart. Without `sync` the call is made after the
    turn and the run goes on at once.
    """

    name = "webhook_send"
    fatal = False

    class Option(loose.Sparse):
        """What is sent where."""

        sync: bool = Field(False, description="Whether to wait for the answer and to take variables from it.")
        uri: str = Field(min_length=1, description="The URL, http or https.")
        method: Literal["POST", "GET", "PUT", "DELETE"] = Field("POST", description="The HTTP method.")
        data_type: str = Field(
            "application/json", pattern=r"^[\x20-\x7e]*$", description="The header `Content-Type`."
        )
        data: str = Field("", description="The body.")

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Calls and takes the answer, or has the call made later."""
        if not option.sync:
            ctx.later(option.model_dump(exclude={"sync"}))
            return Next()
        answer = await self._call_often(ctx.http, option, f"{ctx.run_id}/{ctx.move}")
        if not 200 <= answer.status < 300:
            raise ActionError(f"HTTP {answer.status}")
        for name, value in variables_of(answer.body).items():
            ctx.set(name, value)
        return Next()

    # `data` is what `run` put off.
    async def later(self, ctx: LaterContext, data: Any) -> None:
        """Calls once; raises what is worth another try."""
        try:
            answer = await _call(ctx.http, self.Option.model_validate(data), ctx.id)
        except HttpRefused:
            return
        if answer.status >= 500:
            raise HttpFailed(f"HTTP {answer.status}")

    async def _call_often(self, http: HttpClient, option: Option, key: str) -> HttpAnswer:
        problem = ""
        for attempt in range(TRIES):
            if attempt:
                await self._sleep(SECONDS_BETWEEN)
            try:
                answer = await _call(http, option, key)
            except HttpRefused as error:
                raise ActionError(str(error)) from error
            except HttpFailed as error:
                problem = str(error)
            else:
                if answer.status < 500:
                    return answer
                problem = f"HTTP {answer.status}"
        raise ActionError(problem)


async def _call(http: HttpClient, option: WebhookSend.Option, key: str) -> HttpAnswer:
    headers = {"Content-Type": option.data_type, "Idempotency-Key": key}
    return await http.request(option.method, option.uri, headers=headers, body=option.data.encode())
