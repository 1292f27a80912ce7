"""The gate of one account, as a route's requests meet it: permits from the store, one by one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sendoff.patience import Patience
from sendoff.store.failures import StoreError

if TYPE_CHECKING:
    from sendoff.clock import Clock
    from sendoff.store.promise import Store


@dataclass(slots=True)
class Closing:
    """Until when an account is closed, as far as this process knows; its routes share one."""

    until: float = 0.0


class StoreGate:
    """Asks the store for every permit, so that all who share the account keep one pace.

    Without the store no permit is given. What it could not be told is no reason to lose an answer
    that has come: a hold is kept here in any case.
    """

    def __init__(  # noqa: PLR0913 - one name for each part it is made of
        self, store: Store, account: str, *, rate: float | None, reserve: float, clock: Clock,
        patience: Patience | None = None, closing: Closing | None = None,
    ) -> None:  # fmt: skip
        self.account = account
        self._store = store
        self._rate = rate
        self._reserve = reserve
        self._clock = clock
        self._patience = patience or Patience(clock)
        self._closing = closing or Closing()
        self._telling: set[asyncio.Future[None]] = set()

    @property
    def closed_for(self) -> float:
        """Seconds that the account has to wait as far as is known here; zero when it may ask."""
        return max(0.0, self._closing.until - self._clock.monotonic())

    async def permit(self) -> None:
        """Return when one request may leave. Raises StoreError when the store has stopped."""
        while True:
            while (closed := self.closed_for) > 0:
                await self._clock.sleep(closed)
            grant = await self._patience.until_done(
                lambda: self._store.take(self.account, 1, self._rate)
            )
            if grant.granted and not self.closed_for:
                return
            await self._clock.sleep(grant.wait)

    async def observe(self, total: float | None, remaining: float | None) -> None:
        """Tell the account's quota to all who share it."""
        with suppress(StoreError):
            await self._store.observe(self.account, total, remaining, self._reserve)

    def close(self, seconds: float) -> None:
        """Stop the account for that long: in this process at once, in others a moment later.

        No await, so no cancellation comes between an answer and what it asked for.
        """
        until = self._clock.monotonic() + seconds
        self._closing.until = max(self._closing.until, until)
        telling = asyncio.ensure_future(self._tell(seconds))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def all_told(self) -> None:
        """Return when everybody has been told of every closing."""
        if self._telling:
            await asyncio.wait(set(self._telling))

    async def hold(self, seconds: float) -> None:
        """Stop all who share the account for that long."""
        self.close(seconds)
        await self.all_told()

    async def _tell(self, seconds: float) -> None:
        with suppress(StoreError):
            await self._store.hold(self.account, seconds)
