"""A shift that takes events over HTTP beside delivering them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from sendoff.addresses import is_loopback
from sendoff.cli.shift import Shift
from sendoff.clock import SystemClock
from sendoff.errors import UsageError
from sendoff.server.application import TrackingApi
from sendoff.server.intake import Intake
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
    from sendoff.pipeline_file.server import Address
    from sendoff.server.listening import Listener
    from sendoff.worker import Worker

_SHOWN: int = 2
"""Characters of a write key that tell it from others; a short one shows none."""
_SHORT: int = 12


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
        self._limits = Limits()
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
        app = TrackingApi(
            intake=self._intake, traffic=traffic, metrics=self._metrics, limits=self._limits,
            clock=clock, write_keys=server.write_keys, signing_secret=server.signing_secret,
            is_remote=remote,
        )  # fmt: skip
        async with listening(
            app, self._listen.host, self._listen.port, self._limits, allow_remote=remote
        ) as listener:
            self._listeners.append(listener)
            for sentence in _sentences(listener, server.write_keys, is_remote=remote):
                self._tell_plain(sentence)
            await super().work()

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


def _sentences(listener: Listener, keys: tuple[str, ...], *, is_remote: bool) -> list[str]:
    """What whoever starts the server should know."""
    reach = "for every machine that reaches it" if is_remote else "for this machine alone"
    taken = f"taking events at {listener.address.url}, {reach}"
    if not keys:
        return [taken, "no write key is asked for: `server.write_keys` is empty"]
    shown = ", ".join(_covered(key) for key in keys)
    return [taken, f"whoever sends needs one of {len(keys)} write keys: {shown}"]


def _covered(key: str) -> str:
    return f"{key[:_SHOWN] if len(key) >= _SHORT else ''}***"
