"""What a route has lent, by the tokens of its leases, and until when."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sendoff.store.promise import Lease
    from sendoff.store.sqlite.line import Item, Line

T = TypeVar("T")

_FEW: Final = 64
"""So many ends of what came back are not worth a look."""


class Loans:
    """Deliveries that are lent, each until its line's `lent_until`.

    `doubtful` are those whose lease ran out, so that they may have been delivered, which the file
    does not say.
    """

    def __init__(self, tokens: Iterator[int]) -> None:
        self.doubtful: set[Item] = set()
        self._by_token: dict[int, Item] = {}
        # A heap of (when, tie, what). A line that is lent on or settled leaves its entry behind,
        # which is seen for what it is when its time comes.
        self._ends: list[tuple[float, int, Sequence[Line]]] = []
        self._tokens = tokens
        self._ties = count()

    def __len__(self) -> int:
        return len(self._by_token)

    @property
    def items(self) -> Iterable[Item]:
        """Everything that is lent."""
        return self._by_token.values()

    @property
    def next_end(self) -> float | None:
        """When a lease may run out; None when nothing is lent."""
        return self._ends[0][0] if self._ends else None

    def lend(self, items: Sequence[Item], lines: Sequence[Line], now: float, until: float) -> None:
        """Lend deliveries, of these lines."""
        for item in items:
            item.token = token = next(self._tokens)
            self._by_token[token] = item
            item.out = True
            item.line.lent += 1
            if item.began is None:
                item.began = now
        for line in lines:
            line.lent_until = until
        heapq.heappush(self._ends, (until, next(self._ties), lines))
        if len(self._ends) > 2 * len(self._by_token) + _FEW:
            self._forget_ends()

    def lend_on(self, lease: Lease, until: float) -> bool:
        """Lend on; False for a lease that was lost."""
        item = self._by_token.get(lease.token)
        if item is None:
            return False
        item.line.lent_until = max(item.line.lent_until, until)
        return True

    def take_back(self, settled: Iterable[tuple[Lease, T]]) -> list[tuple[Item, T]]:
        """Leases whose settlements go into the file, but for those that were lost."""
        taken = []
        for lease, settlement in settled:
            item = self._by_token.pop(lease.token, None)
            if item is not None:
                item.line.lent -= 1
                item.line.settling += 1
                taken.append((item, settlement))
        return taken

    def restore(self, item: Item, until: float) -> None:
        """The settlement did not get into the file: the lease is what it was before."""
        line = item.line
        line.lent += 1
        line.settling -= 1
        self._by_token[item.token] = item
        line.lent_until = max(line.lent_until, until)
        heapq.heappush(self._ends, (line.lent_until, next(self._ties), (line,)))

    def run_out(self, now: float) -> Iterator[Line]:
        """Void the leases that have run out: of which lines."""
        while self._ends and self._ends[0][0] <= now:
            for line in heapq.heappop(self._ends)[2]:
                if line.lent and line.lent_until > now:
                    heapq.heappush(self._ends, (line.lent_until, next(self._ties), (line,)))
                elif line.lent:
                    self._recall(line, now)
                    yield line

    def _forget_ends(self) -> None:
        """Keep the ends of what is lent alone: at full speed most of it came back long before."""
        lines = {item.line for item in self._by_token.values()}
        self._ends = [(line.lent_until, next(self._ties), (line,)) for line in lines]
        heapq.heapify(self._ends)

    def _recall(self, line: Line, now: float) -> None:
        """Void what a line has lent: whoever had it may have delivered it.

        It is due from now on: what takes its worker down every time is not always the next.
        """
        for item in line.items:
            if item.out and self._by_token.get(item.token) is item:
                del self._by_token[item.token]
                item.out = False
                item.due = now
                item.delivery = replace(item.delivery, maybe_delivered=True)
                self.doubtful.add(item)
        line.lent = 0
