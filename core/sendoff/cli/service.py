"""A shift that takes events over HTTP beside delivering them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from sendoff.addresses import is_loopback
from sendoff.cli.shift import Shift
from sendoff.clock import SystemClock
from sendoff.errors import UsageError
from sendoff.server.access import Access
from sendoff.server.application import TrackingApi
from sendoff.server.hosts import Hosts
from sendoff.server.intake import Intake
from sendoff.server.keys import WriteKeys
from sendoff.server.limits import Limits
from sendoff.server.listening import listening
from sendoff.server.metrics import Metrics
from sendoff.server.traffic import Traffic

if TYPE_CHECKING:
    import signal
    from collections.abc import AsyncIterator, Callable

    from sendoff.cli.pages import Pages
    from sendoff.pipeline import Sendoff
    from sendoff.pipeline_file import Pipeline
    from sendoff.pipeline_file.server import Address, ServerConfig
    from sendoff.server.listening import Listener
    from sendoff.worker import Worker

_SHOWN: Final = 2
"""Characters of a write key that tell it from others; a short one shows none."""
_SHORT: Final = 12


class Service(Shift):
    """Takes events, from before the store is open until a signal comes, and delivers them.

    While the store is not open, requests are refused with 503, and come again. `listen` is where,
    `tell_plain` says what holds no event, such as that.
    """

    def __init__(
        self, pipeline: Pipeline, *args: Any, listen: Address, debugger: Pages | None,
        tell_plain: Callable[[str], None], **extra: Any,
    ) -> None:  # fmt: skip
        super().__init__(pipeline, *args, patience=None, **extra)
        self._listen = listen
        self._tell_plain = tell_plain
        self._limits = Limits(connections_per_address=pipeline.server.connections_per_address)
        self._metrics = Metrics()
        self._debugger = debugger
        self._listeners: list[Listener] = []

    async def work(self) -> None:
        """Serve and deliver to the end; raises like a shift, and UsageError for its address."""
        clock = SystemClock()
        traffic = Traffic(self._limits.requests, clock)
        self._intake = Intake(self._limits, traffic, clock)
        remote = not is_loopback(self._listen.host)
        server = self._pipeline.server
        self._app = TrackingApi(
            intake=self._intake, traffic=traffic, metrics=self._metrics, limits=self._limits,
            clock=clock, access=self._access(server),
        )  # fmt: skip
        async with listening(
            self._app, self._listen.host, self._listen.port, self._limits, allow_remote=remote
        ) as listener:
            self._listeners.append(listener)
            reach = "for every machine that reaches it" if remote else "for this machine alone"
            self._tell_plain(f"taking events at {listener.address.url}, {reach}")
            self._tell_plain(_who_may_send(server.write_keys))
            await super().work()

    def _access(self, server: ServerConfig) -> Access:
        remote = not is_loopback(self._listen.host)
        return Access(
            WriteKeys(server.write_keys), Hosts.of(server.hosts, any_name=remote),
            server.signing_secret,
        )  # fmt: skip

    async def _reload(self, sendoff: Sendoff) -> None:
        old = self._pipeline
        await super()._reload(sendoff)
        new = self._pipeline
        if new is old:
            return
        self._app.access = self._access(new.server)
        if new.server.write_keys != old.server.write_keys:
            self._tell_plain(_who_may_send(new.server.write_keys))
        if _fixed(new) != _fixed(old):
            self._tell_plain("where it listens, and for how many, changes at the next start")

    async def _deliver(self, sendoff: Sendoff, came: asyncio.Queue[signal.Signals]) -> None:
        sendoff.watchers.add(self._metrics)
        async with self._intake.into(sendoff), self._shown(sendoff):
            await super()._deliver(sendoff, came)

    async def _stop(self, worker: Worker) -> None:
        finished = [listener.finish(self._grace) for listener in self._listeners]
        await asyncio.gather(*finished, super()._stop(worker))

    @asynccontextmanager
    async def _shown(self, sendoff: Sendoff) -> AsyncIterator[None]:
        """Show the debugger for the length of a block."""
        async with AsyncExitStack() as stack:
            if self._debugger is not None:
                try:
                    listener, where = await stack.enter_async_context(
                        self._debugger.shown(sendoff, self._limits)
                    )
                except UsageError as error:
                    if self._debugger.asked:
                        raise
                    self._tell_plain(f"no debugger is shown: {error} (as `debugger.listen`)")
                else:
                    self._listeners.append(listener)
                    self._tell_plain(f"the debugger is at {where}")
            yield


def _fixed(pipeline: Pipeline) -> tuple[object, ...]:
    """What a server that runs cannot change."""
    server = pipeline.server
    return server.listen, server.connections_per_address, pipeline.debugger


def _who_may_send(keys: tuple[str, ...]) -> str:
    if not keys:
        return "no write key is asked for: `server.write_keys` is empty"
    shown = ", ".join(_covered(key) for key in keys)
    return f"whoever sends needs one of {len(keys)} write keys: {shown}"


def _covered(key: str) -> str:
    return f"{key[:_SHOWN] if len(key) >= _SHORT else ''}***"
