"""The worker: a lane per route, started and stopped together, and how to wait for their end."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING

from sendoff.waiting import end_of, first_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendoff.clock import Clock
    from sendoff.lane import Lane
    from sendoff.store.promise import Store

GRACE = 5.0
"""Seconds that a plugin gets to end when it is stopped."""


class Worker:
    """Delivers what the store holds, until it is stopped."""

    def __init__(
        self, lanes: Sequence[Lane], store: Store, clock: Clock, *, grace: float = GRACE
    ) -> None:
        self.lanes = tuple(lanes)
        self._store = store
        self._clock = clock
        self._grace = grace
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start every lane in this event loop."""
        self._tasks = [asyncio.create_task(lane.run()) for lane in self.lanes]

    async def stop(self) -> None:
        """Stop every lane; what is out is given back, also by a plugin that does not end."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        if tasks:
            ended, _stuck = await asyncio.wait(tasks, timeout=self._grace)
            # Looked at, so that asyncio does not report it again: the lane has said it.
            _ = [task.cancelled() or task.exception() for task in ended]
        for lane in self.lanes:
            await lane.give_back()

    async def settled(self) -> bool:
        """Whether nothing is left to do but what waits for an operator."""
        for lane in self.lanes:
            if not await self._is_settled(lane):
                return False
        return True

    async def drain(self, patience: float | None) -> bool:
        """Wait until all is settled; False when no delivery was for `patience` seconds.

        Meanwhile no delivery waits for others to join it. A route held for an operator counts as
        settled: waiting would change nothing. False as well when the worker is stopped. Raises
        what a lane failed with, which is a bug of ours or a broken store.
        """
        with ExitStack() as hurry:
            for lane in self.lanes:
                hurry.enter_context(lane.hurried())
            return await self._drain(patience)

    async def _drain(self, patience: float | None) -> bool:
        settled, deadline = -1, 0.0
        while True:
            seen = [lane.ended for lane in self.lanes]
            self._raise_failure()
            if await self.settled():
                return True
            if not self._tasks:
                return False
            waits = [lane.ended_since(n) for lane, n in zip(self.lanes, seen, strict=True)]
            waits.append(end_of(*self._tasks))
            if patience is not None:
                now, before = self._clock.monotonic(), settled
                settled = sum(lane.settled for lane in self.lanes)
                # An attempt that ends in a retry is no progress: a host that stays away is probed
                # again and again.
                deadline = deadline if settled == before else now + patience
                waits.append(self._clock.sleep(deadline - now))
            if await first_of(*waits) > len(self.lanes):
                return False

    async def _is_settled(self, lane: Lane) -> bool:
        depth = await self._store.depth(lane.settings.route)
        if depth.waiting == 0:
            return True
        return lane.hold is not None and lane.hold.kind == "operator" and depth.leased == 0

    def _raise_failure(self) -> None:
        for task in self._tasks:
            if task.done():
                task.result()
