"""The gate of one account, as a route's requests meet it: permits from the store, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sendoff.clock import Clock
    from sendoff.store.promise import Store


class StoreGate:
    """Asks the store for every permit, so that all who share the account keep one pace."""

    def __init__(
        self, store: Store, account: str, *, rate: float | None, reserve: float, clock: Clock
    ) -> None:
        self.account = account
        self._store = store
        self._rate = rate
        self._reserve = reserve
        self._clock = clock

    async def permit(self) -> None:
        """Return when one request may leave."""
        while True:
            grant = await self._store.take(self.account, 1, self._rate)
            if grant.granted:
                return
            await self._clock.sleep(grant.wait)

    async def observe(self, total: float | None, remaining: float | None) -> None:
        """Tell the account's quota to all who share it."""
        await self._store.observe(self.account, total, remaining, self._reserve)

    async def hold(self, seconds: float) -> None:
        """Stop all who share the account for that long."""
        await self._store.hold(self.account, seconds)
