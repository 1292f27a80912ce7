"""Waiting for one of several things, and doing one thing for as long as another takes."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

T = TypeVar("T")


class Changes:
    """Counts changes, and lets others wait for the next.

    Telling is no await, so no cancellation can come between a change and its being told. Who
    remembers the `count` before it looks misses nothing that happens while it looks.
    """

    def __init__(self) -> None:
        self.count = 0
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Something has changed."""
        self.count += 1
        self._next.set()
        self._next = asyncio.Event()

    async def since(self, seen: int) -> None:
        """Return when `count` is no longer `seen`."""
        if self.count == seen:
            await self._next.wait()


class Nudge:
    """Breaks off waits from outside, so that they can be begun again in another way.

    Each waits in the task that asked: in one of its own it might just have ended, and what it gave
    be lost, when whoever asked is cancelled.
    """

    def __init__(self) -> None:
        self._waits: set[asyncio.Timeout] = set()

    def tell(self) -> None:
        """Break off what waits now."""
        while self._waits:
            self._waits.pop().reschedule(0.0)

    async def unless_told(self, wait: Coroutine[Any, Any, T]) -> T | None:
        """What the wait gives; None where it was broken off, which is as if it was cancelled."""
        broken_off = asyncio.timeout(None)
        try:
            async with broken_off:
                self._waits.add(broken_off)
                return await wait
        except TimeoutError:
            if not broken_off.expired():
                raise
            return None
        finally:
            self._waits.discard(broken_off)


async def first_of(*waits: Coroutine[Any, Any, Any]) -> int:
    """The index of the wait that ended first; the others are cancelled. Raises what it raised."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        ended = next(index for index, task in enumerate(tasks) if task.done())
        tasks[ended].result()
        return ended
    finally:
        await _cancel(tasks)


async def end_of(*tasks: asyncio.Future[Any]) -> None:
    """Return when one of these has ended, however it did; they go on if this is cancelled."""
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


@asynccontextmanager
async def kept_up(chore: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run a chore beside what is inside, and cancel it at the end."""
    task = asyncio.ensure_future(chore)
    try:
        yield
    finally:
        await _cancel([task])


def is_stopping() -> bool:
    """Whether somebody asked this task to end: else a CancelledError is of what it waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """What the work gives. A cancellation is heard when it has ended, so it is never half done."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        # Looked at, so that asyncio does not report it: who asked for it is gone.
        _ = task.cancelled() or task.exception()
        raise


async def _cancel(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
