"""From a request to the store, and from there to decisions: one answers, the other follows.

A request is answered when its events are durable. They are decided afterwards, in their order, by
one task; what is not decided when the process ends is found in the store at the next start.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sendoff.server.refusal import busy
from sendoff.store.failures import StoreError, StoreFull
from sendoff.store.promise import Incoming
from sendoff.waiting import first_of, kept_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from sendoff.clock import Clock
    from sendoff.pipeline import Sendoff
    from sendoff.server.limits import Limits
    from sendoff.server.traffic import Traffic

_PAUSE: Final = 0.25
"""Seconds between two turns of deciding while requests come: they go first."""
_BURST: Final = 5.0
"""Seconds for which they do. Who has been behind for longer takes turns with them."""
_AGAIN: Final = 1.0
_AFTER_FAILURE: Final = 5
_AFTER_FULL: Final = 60
_PROBE_SECONDS: Final = 2.0

_log = logging.getLogger(__name__)


class Intake:
    """Keeps events in the store of a pipeline that is open now; without one it refuses them."""

    def __init__(self, limits: Limits, traffic: Traffic, clock: Clock) -> None:
        self._limits = limits
        self._traffic = traffic
        self._clock = clock
        self._open: Sendoff | None = None
        self._opened = asyncio.Event()
        self._pending = 0
        self._kept = asyncio.Event()
        self._trouble: StoreError | None = None

    @asynccontextmanager
    async def into(self, sendoff: Sendoff) -> AsyncIterator[None]:
        """Take events for this pipeline, and decide them, for the length of a block."""
        self._open = sendoff
        self._opened.set()
        self._kept.set()  # by an earlier process, perhaps
        try:
            async with kept_up(self._decide(sendoff)):
                yield
        finally:
            self._opened.clear()
            self._open = None

    async def keep(self, bodies: Sequence[bytes]) -> None:
        """Return when these events are durable, all of them; raises Refused.

        Refused, they may have been kept all the same: sent again, they are known by their message
        ids.
        """
        if not bodies:
            return
        left = self._limits.answer_seconds
        if self._open is None:  # at the start, or while another process takes over the store
            until = self._clock.monotonic() + left
            await first_of(self._opened.wait(), self._clock.sleep(left))
            left = max(0.0, until - self._clock.monotonic())
        # An event without a message id is like no other: nobody can tell.
        fresh = uuid4().hex
        incoming = [Incoming(body, f"fresh:{fresh}:{n}") for n, body in enumerate(bodies)]
        appending = self._append(incoming, sum(map(len, bodies)))
        await asyncio.wait([appending], timeout=left)
        if not appending.done():
            raise busy("the store takes too long: send it again later", code="store_slow")
        try:
            appending.result()
        except StoreError as error:
            self._tell(error)
            after = _AFTER_FULL if isinstance(error, StoreFull) else _AFTER_FAILURE
            raise _unavailable(after) from None
        self._tell(None)

    async def trouble(self) -> str | None:
        """What keeps events from being kept now, None where nothing does."""
        if self._open is None:
            return "the store is not open"
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                await self._open.store.earlier(())
        except TimeoutError:
            return "the store does not answer"
        except StoreError as error:
            self._tell(error)
        return "the store refuses events" if self._trouble else None

    async def waiting(self) -> dict[str, int]:
        """How many deliveries of each route are not settled; of those that the store can tell."""
        depths: dict[str, int] = {}
        if self._open is not None:
            with suppress(StoreError):
                await first_of(self._count(self._open, depths), self._clock.sleep(_PROBE_SECONDS))
        return depths

    async def _count(self, sendoff: Sendoff, depths: dict[str, int]) -> None:
        for route in sendoff.pipeline.enabled:
            depths[route.name] = (await sendoff.store.depth(route.name)).waiting

    def _append(self, incoming: Sequence[Incoming], size: int) -> asyncio.Future[Sequence[int]]:
        """Give events to the store, and wake whoever decides once they are there."""
        if self._open is None:
            raise _unavailable(_AFTER_FAILURE)
        if self._pending + size > self._limits.pending:
            raise busy("the store is behind: send it again later", code="store_slow")
        self._pending += size

        def ended(appending: asyncio.Future[Sequence[int]]) -> None:
            self._pending -= size
            if not appending.cancelled() and appending.exception() is None:
                self._kept.set()

        # In a task of its own: who asked may leave, and the memory is taken until it has ended.
        appending = asyncio.ensure_future(self._open.store.append(incoming))
        appending.add_done_callback(ended)
        return appending

    async def _decide(self, sendoff: Sendoff) -> None:
        """Decide what is kept, for ever; a store that fails is asked again."""
        while True:
            await self._kept.wait()
            self._kept.clear()
            behind_since = begun = self._clock.monotonic()
            try:
                while await sendoff.decide_next():
                    now = self._clock.monotonic()
                    is_burst = now - behind_since < _BURST
                    await self._traffic.lull(_PAUSE if is_burst else min(_PAUSE, now - begun))
                    begun = self._clock.monotonic()
            except Exception as error:  # noqa: BLE001 - else nothing would be decided any more
                if not isinstance(error, StoreError):  # which those who deliver tell of
                    _log.error("deciding raised %s: it is tried again", type(error).__name__)
                await self._clock.sleep(_AGAIN)
                self._kept.set()

    def _tell(self, trouble: StoreError | None) -> None:
        """Log a trouble once, when it begins, and when it is over."""
        if trouble is not None and self._trouble is None:
            _log.warning("no events are taken: %s", trouble)
        elif trouble is None and self._trouble is not None:
            _log.warning("events are taken again")
        self._trouble = trouble


def _unavailable(after: int) -> Exception:
    message = "the store cannot keep events now: send it again later"
    return busy(message, code="store_unavailable", after=after)
