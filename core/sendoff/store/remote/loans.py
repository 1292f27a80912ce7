"""What one client has on loan, so that it comes back when the client is gone."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from sendoff.store.failures import StoreError
from sendoff.store.promise import Later, Lease
from sendoff.store.remote.methods import Settled, Ticket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendoff.store.promise import Settlement, Store

# Nobody knows how far the client came with it; that it stopped is not the delivery's fault.
VANISHED: Final = Later(0.0, "stopped", counts=False, maybe_delivered=True)
NOT_TAKEN: Final = Later(0.0, "stopped", counts=False)


class Loans:
    """The leases of one client, by the tickets that it knows them by."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._out: dict[Ticket, Lease] = {}

    def lend(self, leases: Sequence[Lease]) -> None:
        """The client gets these."""
        self._out.update((_ticket(lease), lease) for lease in leases)

    async def extend(self, tickets: Sequence[Ticket], lease_for: float) -> Sequence[int]:
        """Lend on; the positions of those that were lost meanwhile."""
        known = [lease for each in tickets if (lease := self._out.get(each))]
        lost = {_ticket(lease) for lease in await self._store.extend(known, lease_for)}
        for ticket in lost:
            self._out.pop(ticket, None)
        return [place for place, each in enumerate(tickets) if each not in self._out]

    async def settle(self, settled: Sequence[Settled]) -> Sequence[int]:
        """Say how they ended; the positions of those that were lost meanwhile."""
        known: list[tuple[Lease, Settlement]] = []
        for each in settled:
            lease, settlement = self._out.get(each.ticket), each.done or each.later or each.dead
            if lease and settlement:
                known.append((lease, settlement))
        lost = {_ticket(lease) for lease in await self._store.settle(known)}
        held = {_ticket(lease) for lease, _ in known} - lost
        for lease, _ in known:
            self._out.pop(_ticket(lease), None)
        return [place for place, each in enumerate(settled) if each.ticket not in held]

    async def give_back(self) -> None:
        """The client is gone."""
        out, self._out = list(self._out.values()), {}
        # A store that has broken down meanwhile takes back nothing; it lends all again when opened.
        with suppress(StoreError):
            await self._store.settle([(lease, VANISHED) for lease in out])


def _ticket(lease: Lease) -> Ticket:
    return Ticket(lease.delivery.route, lease.token)
