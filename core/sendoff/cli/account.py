"""The account of a run: what became of its own events, and of what was in the store beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff.cli.ledger import Ledger
from sendoff.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sendoff.journal import Attempted, DecidedEvent
    from sendoff.store.promise import Store


class Account:
    """A watcher that keeps a run's own events apart from what others left in the store.

    `tally` counts the events of this run; `others` what an earlier run left undecided or waiting,
    and what other processes put there meanwhile.
    """

    def __init__(self, routes: Iterable[str]) -> None:
        names = tuple(routes)
        self.tally = Tally(names)
        self.others = Tally(names)
        self.ledger = Ledger()

    def decided(self, events: Sequence[DecidedEvent]) -> None:
        """Count events where they belong."""
        self.tally.decided(each for each in events if self.ledger.has_read(each))
        self.others.decided(each for each in events if not self.ledger.has_read(each))
        self.ledger.decided(events)

    def attempted(self, attempts: Sequence[Attempted]) -> None:
        """Count attempts where their deliveries belong."""
        own = self.ledger.on_the_way
        self.tally.attempted([each for each in attempts if each.delivery.id in own])
        self.others.attempted([each for each in attempts if each.delivery.id not in own])
        self.ledger.attempted(attempts)

    def held(self, route: str, reason: str | None, detail: str) -> None:
        """Note that a route is held, or goes on."""
        self.tally.held(route, reason, detail)
        self.others.held(route, reason, detail)

    def resumed(self, route: str, waiting: int) -> None:
        """Count what waited before this run began."""
        self.others.resumed(route, waiting)

    async def close(self, store: Store) -> None:
        """Count what else still waits among the others, so that their deliveries add up."""
        for name, route in self.others.routes.items():
            waiting = (await store.depth(name)).waiting - self.tally.routes[name].waiting
            route.resume(max(0, waiting) - route.waiting)
