"""Patience with a store: what it could not do is asked again, for as long as it may recover."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, TypeVar

from sendoff.store.failures import StoreFull, StoreInUse
from sendoff.waiting import first_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sendoff.clock import Clock

T = TypeVar("T")

FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 30.0
"""Seconds between two askings; it doubles from the first to this."""

_MAY_RECOVER = (StoreFull, StoreInUse)
"""Room may be made, and the process that has the store may answer again; else it has stopped."""

_log = logging.getLogger(__name__)


class Patience:
    """Asks again what a store refused; shared by all who wait for the same store.

    `trouble` is what the store said last, None when it does what it is asked. A trouble is logged
    once when it begins, and once when it is over.
    """

    def __init__(self, clock: Clock) -> None:
        self.trouble: str | None = None
        self._clock = clock
        self._over = asyncio.Event()

    async def until_done(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What `ask` gives, asked again while the store may recover.

        Raises StoreError when the store has stopped, or when patience has ended.
        """
        wait = FIRST_WAIT
        while True:
            try:
                given = await ask()
            except _MAY_RECOVER as error:
                if self._over.is_set():
                    raise
                self._tell(str(error))
                await first_of(self._clock.sleep(wait), self._over.wait())
                wait = min(LONGEST_WAIT, 2 * wait)
            else:
                self._tell(None)
                return given

    def end(self) -> None:
        """Let everybody who is asking again ask once more, and then give up."""
        self._over.set()

    def _tell(self, trouble: str | None) -> None:
        if trouble is not None and self.trouble is None:
            _log.warning("deliveries wait for the store: %s", trouble)
        elif trouble is None and self.trouble is not None:
            _log.warning("the store works again")
        self.trouble = trouble
