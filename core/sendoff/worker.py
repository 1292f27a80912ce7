"""The worker: a lane per route, started and stopped together, and how to wait for their end."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sendoff.waiting import Changes, end_of, first_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sendoff.clock import Clock
    from sendoff.lane import Lane
    from sendoff.store.promise import Depth

GRACE = 5.0
"""Seconds that a lane gets to end when it is stopped: its plugin's grace, and time to settle."""
LOOK_SECONDS = 1.0
"""Between two looks at what is left: nothing tells of what another process has settled."""


class Worker:
    """Delivers what the store holds, until it is stopped."""

    def __init__(self, lanes: Iterable[Lane], clock: Clock, *, grace: float = GRACE) -> None:
        self._clock = clock
        self._grace = grace
        self._lanes = {lane.settings.route: lane for lane in lanes}
        self._tasks: dict[Lane, asyncio.Task[None]] = {}
        self._leaving: dict[Lane, asyncio.Task[None]] = {}
        self._stopped = False
        self._changes = Changes()

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """A lane for each route that is delivered to now."""
        return tuple(self._lanes.values())

    def start(self) -> None:
        """Start every lane in this event loop."""
        self._tasks = {lane: asyncio.create_task(lane.run()) for lane in self.lanes}

    def lane(self, route: str) -> Lane | None:
        """The lane of a route, None where it has none."""
        return self._lanes.get(route)

    def add(self, lane: Lane) -> None:
        """Deliver on one more route, from now on."""
        self._lanes[lane.settings.route] = lane
        self._tasks[lane] = asyncio.create_task(lane.run())
        self._changes.tell()

    def remove(self, route: str) -> None:
        """Lease nothing more on a route; what is out ends, what waits stays in the store."""
        lane = self._lanes.pop(route)
        lane.finish()
        task = self._leaving[lane] = self._tasks.pop(lane)
        task.add_done_callback(lambda _task: self._left(lane))
        self._changes.tell()

    async def failure(self) -> None:
        """Return when the worker is stopped; raises what a lane fails with before."""
        while not self._stopped:
            self._raise_failure()
            changed = self._changes.since(self._changes.count)
            if self._tasks:
                await first_of(changed, end_of(*self._tasks.values()))
            else:
                await changed

    async def stop(self, drain: float = 0.0) -> None:
        """Stop every lane.

        What is out gets `drain` seconds to end; what is out then is given back, also by a plugin
        that does not end when it is told to.
        """
        running, self._tasks = self._tasks | self._leaving, {}
        self._stopped = True
        self._changes.tell()
        for lane in running:
            lane.finish()
        try:
            if running and drain > 0:
                await first_of(_all_ended(running.values()), self._clock.sleep(drain))
        finally:
            # Also when whoever asked has no time for that: nobody else knows of these tasks.
            await self._break_off(running)

    async def drain(self, patience: float | None) -> bool:
        """Wait until all is settled; False when no delivery was for `patience` seconds.

        It may be settled by another process that has the same store. Meanwhile no delivery waits
        for others to join it. A route held for an operator counts as settled: waiting would change
        nothing. False as well when the worker is stopped. Raises what a lane failed with, which is
        a bug of ours or a store that has stopped.
        """
        with ExitStack() as hurry:
            for lane in self.lanes:
                hurry.enter_context(lane.hurried())
            return await self._drain(patience)

    async def _drain(self, patience: float | None) -> bool:
        before, deadline = _Look(-1, 0, is_all=False), 0.0
        while True:
            lanes = self.lanes
            seen = [lane.ended for lane in lanes]
            self._raise_failure()
            look = await _look(lanes)
            if look.is_all:
                return True
            now = self._clock.monotonic()
            if patience is not None and look.is_further_than(before):
                deadline = now + patience
            if not self._tasks or (patience is not None and now >= deadline):
                return False
            before = look
            nap = LOOK_SECONDS if patience is None else min(LOOK_SECONDS, deadline - now)
            waits = [lane.ended_since(n) for lane, n in zip(lanes, seen, strict=True)]
            waits += [end_of(*self._tasks.values()), self._clock.sleep(nap)]
            await first_of(*waits)

    async def _break_off(self, running: Mapping[Lane, asyncio.Task[None]]) -> None:
        for lane, task in running.items():
            lane.lose_patience()
            task.cancel()
        if running:
            ended, _stuck = await asyncio.wait(running.values(), timeout=self._grace)
            # Looked at, so that asyncio does not report it again: the lane has said it.
            _ = [task.cancelled() or task.exception() for task in ended]
        for lane in running:
            await lane.give_back()

    def _raise_failure(self) -> None:
        for task in self._tasks.values():
            if task.done():
                task.result()

    def _left(self, lane: Lane) -> None:
        task = self._leaving.pop(lane, None)
        if task is not None and not task.cancelled():
            task.exception()  # looked at: the lane has said it


async def _all_ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    await asyncio.wait(list(tasks))


@dataclass(frozen=True, slots=True)
class _Look:
    """What was settled by the lanes here, and what waits, whoever settles it."""

    settled: int
    waiting: int
    is_all: bool

    def is_further_than(self, before: _Look) -> bool:
        # An attempt that ends in a retry is no progress: a host that stays away is probed again
        # and again.
        return self.settled != before.settled or self.waiting < before.waiting


async def _look(lanes: Iterable[Lane]) -> _Look:
    depths = [(lane, await lane.depth()) for lane in lanes]
    return _Look(
        sum(lane.settled for lane, _depth in depths),
        sum(depth.waiting for _lane, depth in depths),
        all(_is_settled(lane, depth) for lane, depth in depths),
    )


def _is_settled(lane: Lane, depth: Depth) -> bool:
    if lane.out:
        return False  # what the store has settled, its lane may still have to tell of
    if depth.waiting == 0:
        return True
    return lane.hold is not None and lane.hold.kind == "operator" and depth.leased == 0
