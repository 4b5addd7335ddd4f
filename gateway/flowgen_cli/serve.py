"""Runs the core, the gateway or both in one process and one loop, until a signal."""

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

from flowgen_cli.addresses import Address
from flowgen_cli.errors import CliError
from flowgen_cli.ready import Ready
from flowgen_cli.web import Web, check_free
from flowgen_core.server import Core, StartupError
from flowgen_core.server import start as start_core
from flowgen_core.settings import CoreSettings
from flowgen_gateway.app import create_app
from flowgen_gateway.settings import GatewaySettings

# Seconds in which the core must have told its watchers and waiters to go.
DRAIN = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: a core (`settings`), a gateway (`http`), or both."""

    settings: CoreSettings | None = None
    demo: bool = False
    http: Address | None = None
    gateway: GatewaySettings | None = None


def run(plan: Plan, announce: Callable[[Ready], None]) -> None:
    """Runs the plan, tells `announce` when everything answers, and ends at a signal. Raises CliError."""
    asyncio.run(_Servers(plan).run(announce))


class _Servers:
    """What is running, in the order in which it started."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._core: Core | None = None
        self._web: Web | None = None

    async def run(self, announce: Callable[[Ready], None]) -> None:
        stopped = _stop_at_signals()
        if self._plan.http:
            check_free(self._plan.http)
        try:
            await self._start()
            announce(self._ready())
            await stopped.wait()
        finally:
            await self._stop()

    async def _start(self) -> None:
        if self._plan.settings:
            self._core = await _start_core(self._plan.settings, self._plan.demo)
        if self._plan.http:
            web = Web(create_app(self._gateway_settings()), self._plan.http)
            await web.start()
            self._web = web

    def _gateway_settings(self) -> GatewaySettings:
        settings = self._plan.gateway or GatewaySettings()
        return settings.model_copy(update={"core_address": self._core.address}) if self._core else settings

    def _ready(self) -> Ready:
        key = self._core.first_key if self._core else None
        return Ready(
            http=self._web.url if self._web else "",
            grpc=self._core.address if self._core else "",
            project_id=key.project_id if key else "",
            api_key=key.api_key if key else "",
            demo=self._plan.demo,
        )

    async def _stop(self) -> None:
        if self._web:
            self._web.drain()
        if self._core:
            await asyncio.wait({asyncio.create_task(self._core.drain())}, timeout=DRAIN)
        if self._web:
            await self._web.stop()
        if self._core:
            await self._core.stop()


async def _start_core(settings: CoreSettings, demo: bool) -> Core:
    try:
        return await start_core(settings, demo=demo)
    except StartupError as error:
        raise CliError(str(error)) from error


def _stop_at_signals() -> asyncio.Event:
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()

    def stop() -> None:
        if stopped.is_set():
            os._exit(1)  # the second signal: whoever sends it does not want to wait
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    return stopped
