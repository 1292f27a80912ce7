"""A clock that a test moves: an hour's outage passes in a moment, in the same order every time."""

from __future__ import annotations

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

START: Final = datetime(2026, 1, 2, 14, 0, tzinfo=UTC)


class VirtualClock:
    """A `Clock` whose time passes only while `run` or `advance` moves it.

    Before it moves on to the next sleeper, every task has run as far as it can: the event loop is
    given `turns` turns, each of which lets every task that is ready take a step. Sleepers wake in
    the order of their time, those of the same time in the order in which they lay down. Threads,
    sockets and `asyncio.timeout` know nothing of this clock: give threads and sockets `grace`, in
    real seconds, before each move.
    """

    def __init__(self, start: datetime = START, *, turns: int = 100, grace: float = 0.0) -> None:
        self._start = start
        self._elapsed = 0.0
        self._turns = turns
        self._grace = grace
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """The virtual time of day, in UTC."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Virtual seconds since the start."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has been moved so far; with zero or less, only let others run."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waker = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), waker))
        await waker

    async def advance(self, seconds: float) -> None:
        """Let this many seconds pass, waking every sleeper on the way."""
        until = self._elapsed + seconds
        await self._settle()
        while self._wake_next(until):
            await self._settle()
        self._elapsed = until

    async def run(self, work: Coroutine[object, object, T]) -> T:
        """The result of `work`, with each wait in it and in other tasks skipped.

        Raises RuntimeError when everybody waits for something that is not this clock.
        """
        task = asyncio.ensure_future(work)
        try:
            await self._settle()
            while not task.done():
                if not self._wake_next(float("inf")):
                    raise RuntimeError("nobody sleeps on this clock, and the work is not done")
                await self._settle()
        finally:
            task.cancel()
            await asyncio.wait([task])
        return task.result()

    def _wake_next(self, until: float) -> bool:
        """Wake who is next at or before `until`; False when there is nobody."""
        while self._sleepers and self._sleepers[0][0] <= until:
            due, _, waker = heapq.heappop(self._sleepers)
            if not waker.done():
                self._elapsed = due
                waker.set_result(None)
                return True
        return False

    async def _settle(self) -> None:
        for _ in range(self._turns):
            await asyncio.sleep(0)
        if self._grace:
            await asyncio.sleep(self._grace)
