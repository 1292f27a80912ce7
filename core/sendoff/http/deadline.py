"""How long a plugin may take, and what becomes of one that takes longer."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from sendoff.clock import Clock

T = TypeVar("T")

GRACE: Final = 3.0
"""Seconds that a plugin gets to end in when it is told to."""


class Overdue(Exception):  # noqa: N818 - it names a state, as the reason does
    """A plugin took longer than it may."""


class Deadline:
    """So many `seconds` that do not pass while a request waits for its turn.

    `is_closed` when the plugin was told to end and had its grace: nothing leaves any more.
    """

    def __init__(self, seconds: float, clock: Clock) -> None:
        self.seconds = seconds
        self.is_closed = False
        self._clock = clock
        self._ends = clock.monotonic() + seconds
        self._waiting = 0
        self._began_to_wait = 0.0
        self._moves = asyncio.Event()
        self._moves.set()

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Inside, no time passes; of several that overlap it counts once."""
        if not self._waiting:
            self._began_to_wait = self._clock.monotonic()
            self._moves.clear()
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._ends += self._clock.monotonic() - self._began_to_wait
                self._moves.set()

    async def keep(self, work: Awaitable[T]) -> T:
        """What a plugin's work gives; raises what it raises, and Overdue when it takes too long.

        Then, or when this is cancelled, it is told to end; what it still gives counts. One that
        does not end is left to itself.
        """
        doing = asyncio.ensure_future(work)
        alarm = asyncio.ensure_future(self._over())
        try:
            await asyncio.wait((doing, alarm), return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                return doing.result()
            await self._break_off(doing)
        except asyncio.CancelledError:
            if not doing.done():
                await self._break_off(doing)
            if not _has_given(doing):
                raise
        finally:
            alarm.cancel()
        if not _has_given(doing):
            raise Overdue
        return doing.result()

    async def _over(self) -> None:
        while not self._moves.is_set() or self._ends > self._clock.monotonic():
            await self._moves.wait()
            await self._clock.sleep(self._ends - self._clock.monotonic())

    async def _break_off(self, doing: asyncio.Future[T]) -> None:
        doing.cancel()
        _disown(doing)
        grace = asyncio.ensure_future(self._clock.sleep(GRACE))
        try:
            await asyncio.wait((doing, grace), return_when=asyncio.FIRST_COMPLETED)
        finally:
            grace.cancel()
            self.is_closed = True


def _has_given(doing: asyncio.Future[T]) -> bool:
    return doing.done() and not doing.cancelled() and doing.exception() is None


def _disown(doing: asyncio.Future[T]) -> None:
    """Let nobody but us wait for its end: it may never come."""
    if isinstance(doing, asyncio.Task) and not doing.done():
        doing.add_done_callback(_has_given)  # looked at, so that asyncio does not report it
        # `asyncio.run` cancels what it knows and waits for it, which may be for ever.
        asyncio.tasks._unregister_task(doing)
        doing._log_destroy_pending = False  # type: ignore[attr-defined] # as asyncio itself does
