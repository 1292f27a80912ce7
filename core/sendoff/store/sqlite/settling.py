"""What deliveries came to, on its way from the loop into the file."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sendoff.store.sqlite import deliveries
from sendoff.store.sqlite.deliveries import Settled
from sendoff.store.totals import counts_of_ends

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sendoff.store.promise import Lease, Settlement
    from sendoff.store.sqlite.deliveries import Naming
    from sendoff.store.sqlite.lending import Lending, Taken
    from sendoff.store.sqlite.tables import Tables
    from sendoff.store.totals import Count


class Settling:
    """Some leases that were taken back; those that were `lost` are left as they were."""

    def __init__(
        self, settled: Sequence[tuple[Lease, Settlement]], lending: Callable[[str], Lending],
        now: float,
    ) -> None:  # fmt: skip
        self._now = now
        self._settled: list[Settled] = []
        self._taken: list[tuple[Lending, list[Taken], Naming | None]] = []
        self._counts: Counter[Count] = Counter()
        for route in dict.fromkeys(lease.delivery.route for lease, _settlement in settled):
            of_route = [each for each in settled if each[0].delivery.route == route]
            self._take(route, lending(route), of_route)
        self.lost: list[Lease] = []
        if sum(len(taken) for _, taken, _ in self._taken) < len(settled):
            kept = {item.token for _, taken, _ in self._taken for item, _ in taken}
            self.lost = [lease for lease, _ in settled if lease.token not in kept]

    def write(self, tables: Tables) -> None:
        """Write it down; in the writer's thread."""
        deliveries.settle(tables, self._settled, self._counts, self._now)

    def written(self, _: None) -> None:
        """The file has it: the lines may go on."""
        for lending, taken, naming in self._taken:
            lending.settled(taken, naming)

    def failed(self, _: BaseException) -> None:
        """The file does not have it: whoever has the leases may ask again."""
        for lending, taken, naming in self._taken:
            lending.restore(taken, naming)

    def _take(
        self, route: str, lending: Lending, leases: Sequence[tuple[Lease, Settlement]]
    ) -> None:
        settled = Settled(route)
        taken = lending.take_back(leases, settled)
        self._settled.append(settled)
        self._taken.append((lending, taken, settled.naming))
        self._counts.update(counts_of_ends(route, (settlement for _item, settlement in taken)))
