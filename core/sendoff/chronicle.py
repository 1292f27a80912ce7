"""The journal's way into the store: in the background, and never in the way of a delivery."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from sendoff.event import utc_text
from sendoff.store.failures import StoreError
from sendoff.waiting import Changes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.clock import Clock
    from sendoff.store.promise import Store

MOST_WAITING: Final = 2_000
"""Entries that wait for the store; what comes while so many do is dropped, and counted."""
LONGEST_BODY: Final = 4_096
"""Characters kept of the body of a request or an answer."""
_BODIES: Final = frozenset({"request_body", "answer_body"})
_AT_ONCE: Final = 500
_GRACE: Final = 2.0
"""Seconds that the last entries get to be kept when the pipeline is closed."""

_log = logging.getLogger(__name__)


class Chronicle:
    """Hands the entries it is given on to the store, with the time at which they came.

    `dropped` counts those that it could not: the store was too slow, or refused them.
    """

    def __init__(self, store: Store, clock: Clock, *, most: int = MOST_WAITING) -> None:
        self.dropped = 0
        self._store = store
        self._clock = clock
        self._most = most
        self._waiting: deque[Mapping[str, Any]] = deque()
        self._came = Changes()
        self._closing = False
        self._told = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, in this event loop."""
        self._task = asyncio.create_task(self._hand_on())

    def take(self, entry: Mapping[str, Any]) -> None:
        """Take an entry, at once, or drop it."""
        if len(self._waiting) >= self._most:
            self.dropped += 1
            return
        self._waiting.append({"at": self._now(), **_shortened(entry)})
        self._came.tell()

    async def close(self) -> None:
        """Hand on what waits, as far as the store takes it soon, and end."""
        if self._task is None:
            return
        self._closing = True
        self._came.tell()
        _ended, late = await asyncio.wait([self._task], timeout=_GRACE)
        if late:
            self._task.cancel()
            await asyncio.wait(late)
            self.dropped += len(self._waiting)
        if self.dropped:
            _log.warning("the store has not kept %d entries of the journal", self.dropped)

    async def _hand_on(self) -> None:
        while True:
            seen = self._came.count
            while self._waiting:
                await self._hand_on_some()
            if self._closing:
                return
            await self._came.since(seen)

    async def _hand_on_some(self) -> None:
        some = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
        untold = self.dropped - self._told
        gap = [{"at": self._now(), "kind": "dropped", "count": untold}] if untold else []
        try:
            await self._store.note([*gap, *some])
        except StoreError:
            self.dropped += len(some)
        else:
            self._told += untold

    def _now(self) -> str:
        return utc_text(self._clock.now())


def _shortened(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry with the start of each long body: ten thousand of them are kept."""
    return {
        name: f"{value[:LONGEST_BODY]}…" if name in _BODIES and len(value) > LONGEST_BODY else value
        for name, value in entry.items()
    }
