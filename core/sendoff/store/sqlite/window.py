"""The part of one route's deliveries that is in memory, in line by order key.

A line is in one place at a time: ready, delayed until its first item is due, or out, with leases
or what they came to on its way into the file. Times are seconds of a clock that the caller reads.
"""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec.structs import replace

from sendoff.store.promise import Depth, Later
from sendoff.store.sqlite.batch import Batch
from sendoff.store.sqlite.line import Item, Line, ReadyLines
from sendoff.store.sqlite.loans import Loans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sendoff.delivery import Delivery
    from sendoff.store.promise import Lease, Settlement

T = TypeVar("T")

_EVER: Final = float("inf")
_FEW: Final = 16
"""Of a line that has more in the file, fewer than so many are not enough."""


class Window:
    """Lines of one route.

    `hungry` are those of which more should come from the file; the `loans` are what is lent.
    """

    def __init__(self, tokens: Iterator[int]) -> None:
        self.ready = ReadyLines()
        self.loans = Loans(tokens)
        self.hungry: list[Line] = []
        self.held = 0
        self.held_bytes = 0
        self.parked = 0
        self._lines: dict[str, Line] = {}
        # A heap of (when, tie, line). A line that is put away leaves its entry behind, which is
        # seen for what it is when its time comes.
        self._delayed: list[tuple[float, int, Line]] = []
        self._ties = count()
        self._delayed_items = 0

    def line(self, key: str) -> Line | None:
        """The line of an order key, None when nothing of it is here."""
        return self._lines.get(key)

    def add(self, item: Item, now: float) -> Line:
        """Put a delivery at the end of its line."""
        key = item.delivery.order_key or item.delivery.id
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Line(key)
        item.line = line
        line.items.append(item)
        line.last = item.number
        line.size += item.size
        self.held += 1
        self.held_bytes += item.size
        if line.ready:
            self.ready.joined(1, item.size)
        elif line.delayed:
            self._delayed_items += 1
        elif not line.lent and not line.settling:
            self._release(line, now)
        return line

    def park(self, line: Line, count: int) -> None:
        """So many more of a line are in the file; a negative number has come from there."""
        line.parked += count
        self.parked += count

    def lease(self, now: float, limit: int, max_bytes: int | None, until: float) -> list[Item]:
        """Up to `limit` deliveries that are due, within `max_bytes` together but at least one.

        A suspect is lent alone: should the process die again, it is known of which.
        """
        self._wake(now)
        batch = Batch(now, limit, max_bytes - 1 if max_bytes is not None else _EVER)
        batch.fill(self.ready)
        for _ in batch.lines:
            self.ready.pop()
        if batch.items:
            self.loans.lend(batch.items, batch.lines, now, until)
        return batch.items

    def next_items(self, most: int) -> list[Item]:
        """What is likely to be lent next, but for suspects."""
        batch = Batch(_EVER, most, _EVER)
        batch.fill(line for line in self.ready if not line.items[0].suspect)
        return batch.items

    def due_since(self, now: float) -> float | None:
        """Since when the first in the queue has been due; None when nothing is."""
        self._wake(now)
        head = self.ready.head
        return head.due if head else None

    def fills(self, limit: int, max_bytes: int | None) -> bool:
        """Whether there is enough for a batch that nothing could join.

        What waits behind a retry in its own line counts as well: that may end a wait too early,
        and saves looking into the lines.
        """
        ready = self.ready
        full = max_bytes is not None and ready.size + 1 >= max_bytes
        return ready.count >= limit or (full and ready.count > 0)

    def extend(self, lease: Lease, until: float, now: float) -> bool:
        """Lend on a lease that is not lost."""
        self._wake(now)
        return self.loans.lend_on(lease, until)

    def give_back(self, leases: Iterable[Lease], now: float) -> None:
        """Take back what nobody has seen, as if it had not been lent."""
        self.settled(self.take_back([(lease, None) for lease in leases], now), now)

    def take_back(self, settled: Iterable[tuple[Lease, T]], now: float) -> list[tuple[Item, T]]:
        """Take leases back whose settlements go into the file, but for those that were lost."""
        self._run_out(now)
        return self.loans.take_back(settled)

    def settled(self, taken: Iterable[tuple[Item, Settlement | None]], now: float) -> None:
        """The file has it: what is to be tried again stays in its line, the rest is gone."""
        doubtful = self.loans.doubtful
        for item, settlement in taken:
            line = item.line
            line.settling -= 1
            item.out = False
            if settlement is not None and doubtful:
                doubtful.discard(item)
            if isinstance(settlement, Later):
                item.delivery = tried(item, settlement)
                item.due = now + settlement.after
                item.listed, item.suspect = True, False
            elif settlement is not None:
                line.items.remove(item)  # among the first few: those that were lent
                line.size -= item.size
                self.held -= 1
                self.held_bytes -= item.size
            if not line.lent and not line.settling:
                self._release(line, now)

    def put_away(self, line: Line, keep: int) -> list[Item]:
        """Take all but the first few of a line out of memory, in order; none that is out.

        Nor any before one that is: of those that were lent together, some may have come back.
        """
        out = (place for place, item in enumerate(line.items, 1) if item.out)
        first = max(keep, max(out, default=0))
        away = line.items[first:]
        del line.items[first:]
        size = sum(item.size for item in away)
        line.size -= size
        self.held -= len(away)
        self.held_bytes -= size
        if line.ready:
            self.ready.joined(-len(away), -size)
        if line.delayed:
            self._delayed_items -= len(away)
        if line.items:
            line.last = line.items[-1].number
        return away

    def drop(self, line: Line) -> list[Item]:
        """Take a delayed line out of memory altogether; what it held, in order."""
        away = self.put_away(line, 0)
        line.delayed = False
        self.parked -= line.parked
        del self._lines[line.key]
        return away

    def fetched(self, line: Line, now: float) -> None:
        """What comes next of a line was looked for in the file."""
        line.fetching = False
        if not line.items:
            self._release(line, now)

    def long_lines(self, longer_than: int) -> list[Line]:
        """The lines with more in memory than that."""
        return [line for line in self._lines.values() if len(line.items) > longer_than]

    def next_change(self) -> float | None:
        """When something may become due without anybody adding it; None when nothing will."""
        times = [self._delayed[0][0] if self._delayed else None, self.loans.next_end]
        return min((time for time in times if time is not None), default=None)

    def depth(self, now: float) -> Depth:
        """How much of what is here is due, delayed and lent out."""
        self._wake(now)
        lent = len(self.loans)
        return Depth(self.held - lent - self._delayed_items, self._delayed_items, lent)

    def _release(self, line: Line, now: float) -> None:
        if line.parked and len(line.items) < _FEW and not line.fetching:
            line.fetching = True
            self.hungry.append(line)
        if not line.items:
            if not line.parked:
                del self._lines[line.key]
        elif line.items[0].due > now:
            line.delayed = True
            self._delayed_items += len(line.items)
            heapq.heappush(self._delayed, (line.items[0].due, next(self._ties), line))
        else:
            self.ready.push(line)

    def _wake(self, now: float) -> None:
        while self._delayed and self._delayed[0][0] <= now:
            line = heapq.heappop(self._delayed)[2]
            if line.delayed:
                line.delayed = False
                self._delayed_items -= len(line.items)
                self.ready.push(line)
        self._run_out(now)

    def _run_out(self, now: float) -> None:
        for line in self.loans.run_out(now):
            if not line.settling:
                self._release(line, now)


def tried(item: Item, later: Later) -> Delivery:
    """The delivery after an attempt that was not its last."""
    before = item.delivery
    attempt = before.attempt + (1 if later.counts else 0)
    maybe = before.maybe_delivered or later.maybe_delivered
    if (attempt, maybe) == (before.attempt, before.maybe_delivered):
        return before
    return replace(before, attempt=attempt, maybe_delivered=maybe)
