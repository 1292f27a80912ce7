"""Feeds lines into an open pipeline, no faster than they are delivered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sendoff.waiting import end_of, first_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Sequence

    from sendoff.cli.account import Account
    from sendoff.pipeline import Sendoff
    from sendoff.sources import Line

MOST_WAITING: Final = 10_000
"""Deliveries that may wait before reading pauses."""


@dataclass(slots=True)
class Feed:
    """Reads on for as long as that leads anywhere.

    `patience` is how many seconds it waits for room while nothing is settled. `stopped_at` is the
    last line that was read, where reading was given up; `first` is shown the first line.
    """

    sendoff: Sendoff
    account: Account
    patience: float
    first: Callable[[bytes], None] = lambda _line: None
    most_waiting: int = MOST_WAITING
    sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep
    stopped_at: int | None = None

    async def run(self, batches: AsyncIterator[Sequence[Line]]) -> None:
        """Read, keep and decide, batch by batch, until the end or until there is no more hope."""
        async for batch in batches:
            if not batch:
                continue
            if batch[0].number == 1:
                self.first(batch[0].body)
            await self._take(batch)
            if not await self._has_room():
                self.stopped_at = batch[-1].number
                return

    async def _take(self, batch: Sequence[Line]) -> None:
        # In two steps, so that the account knows the lines when it hears of the decisions.
        numbers = await self.sendoff.store.append([line.incoming for line in batch])
        self.account.ledger.read(numbers, batch)
        await self.sendoff.send_many(())

    async def _has_room(self) -> bool:
        """Wait until there is room for more; False when none can be expected."""
        while self.account.tally.waiting > self.most_waiting:
            if not await self._fewer_wait():
                return False
        return True

    async def _fewer_wait(self) -> bool:
        """Wait until fewer deliveries wait; False when that takes too long, or cannot come."""
        tally, endings = self.account.tally, self.account.ledger.endings
        waiting = tally.waiting
        patience = asyncio.ensure_future(self.sleep(self.patience))
        try:
            while tally.waiting >= waiting:
                if self._is_hopeless():
                    return False
                if await first_of(endings.since(endings.count), end_of(patience)):
                    return False
            return True
        finally:
            patience.cancel()

    def _is_hopeless(self) -> bool:
        """Whether every route that still has to deliver is held for an operator."""
        lanes = self.sendoff.worker.lanes if self.sendoff.worker else ()
        holds = {lane.settings.route: lane.hold for lane in lanes}
        waiting = [name for name, route in self.account.tally.routes.items() if route.waiting]
        return all((hold := holds.get(name)) and hold.kind == "operator" for name in waiting)
