"""How many requests are under way: no more than may be; and when nothing is being kept of them."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sendoff.server.refusal import busy
from sendoff.waiting import first_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendoff.clock import Clock

_CALM: Final = 0.003
"""Seconds in which a client that has its answer sends its next request, if it has one."""


class Traffic:
    """Counts the requests that bring events, `under_way` from their heads to their answers."""

    def __init__(self, most: int, clock: Clock) -> None:
        self.under_way = 0
        self._keeping = 0
        self._most = most
        self._clock = clock
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._ended = -_CALM

    @contextmanager
    def request(self) -> Iterator[None]:
        """One more, for the length of a block; raises Refused where that is too many."""
        if self.under_way >= self._most:
            raise busy("too many requests at once: send it again later")
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """What one of them brought is being kept, for the length of a block.

        Its body is there by then, and its sender may send: so nobody who is slow, and no stranger,
        keeps a lull away.
        """
        self._keeping += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._keeping -= 1
            self._ended = self._clock.monotonic()
            if not self._keeping:
                self._quiet.set()

    async def lull(self, longest: float) -> None:
        """Return when nothing is being kept, but after `longest` seconds at the latest.

        A request that has just been answered may be followed by the next of the same client: that
        is no lull yet.
        """
        until = self._clock.monotonic() + longest
        while (now := self._clock.monotonic()) < until:
            if self._keeping:
                await first_of(self._quiet.wait(), self._clock.sleep(until - now))
            elif now < self._ended + _CALM:
                await self._clock.sleep(min(until, self._ended + _CALM) - now)
            else:
                return
