"""Work that may take long, such as what a page tells of a large event."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Aside:
    """Does it beside the event loop, which takes and delivers events meanwhile.

    One piece at a time: they share a processor with the loop, and shall not take it from there.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def done(self, work: Callable[[], T]) -> T:
        """What the work gives, or raises; it is done in a thread."""
        async with self._turn:
            return await asyncio.to_thread(work)
