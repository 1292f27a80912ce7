"""The deliveries of one route, in line by order key: each key is a line of its own.

A line is in one place at a time: ready, delayed until its first item is due, or lent out. So a
delivery that waits holds back its own line only, and finding what is due never looks at a line
that is not. Times are seconds of a clock that the caller reads.
"""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sendoff.store.line import Item, Line, ReadyLines
from sendoff.store.promise import Depth, Later, Lease

if TYPE_CHECKING:
    from sendoff.store.promise import Settlement


class RouteLines:
    """All lines of one route."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._ready = ReadyLines()
        # Heaps of (when, tie, line). A line lent on or settled leaves its entry behind, which is
        # seen for what it is when its time comes.
        self._delayed: list[tuple[float, int, Line]] = []
        self._lent: list[tuple[float, int, Line]] = []
        self._by_token: dict[int, Line] = {}
        self._tokens = count(1)
        self._waiting = 0
        self._events: set[int] = set()

    def add(self, item: Item) -> None:
        """Put a delivery at the end of its line."""
        key = item.delivery.order_key or item.delivery.id
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Line(key)
            self._ready.push(line)
        line.items.append(item)
        line.size += item.size
        if line.ready:
            self._ready.joined(1, item.size)
        self._waiting += 1
        self._events.add(item.event_number)

    def lease(self, now: float, limit: int, max_bytes: int | None, until: float) -> list[Lease]:
        """Up to `limit` deliveries that are due, within `max_bytes` together but at least one."""
        self._wake(now)
        leases: list[Lease] = []
        room = max_bytes - 1 if max_bytes is not None else float("inf")
        while (head := self._ready.head) and len(leases) < limit:
            if leases and head.size > room:
                break
            line = self._ready.pop()
            for item in line.items:
                if len(leases) >= limit or (leases and item.size > room):
                    break
                # The first was due when the line became ready, whatever the clock says now.
                if line.lent and item.due > now:
                    break
                room -= item.size
                leases.append(self._lend(line, item, now))
            line.lent_until = until
            heapq.heappush(self._lent, (until, next(self._tokens), line))
        return leases

    def due_since(self, now: float) -> float | None:
        """Since when the first in the queue has been due; None when nothing is."""
        self._wake(now)
        head = self._ready.head
        return head.due if head else None

    def fills(self, limit: int, max_bytes: int | None) -> bool:
        """Whether there is enough for a batch that nothing could join.

        What waits behind a retry in its own line counts as well: that may end a wait too early,
        and saves looking into the lines.
        """
        ready = self._ready
        full = max_bytes is not None and ready.size + 1 >= max_bytes
        return ready.count >= limit or (full and ready.count > 0)

    def extend(self, lease: Lease, until: float, now: float) -> bool:
        """Lend on a lease that is not lost."""
        self._wake(now)
        line = self._by_token.get(lease.token)
        if line is None:
            return False
        line.lent_until = max(line.lent_until, until)
        return True

    def settle(self, lease: Lease, settlement: Settlement, now: float) -> Item | None:
        """Take a lease back with what it came to; None when it was lost, and nothing changed."""
        self._wake(now)
        line = self._by_token.pop(lease.token, None)
        if line is None:
            return None
        item = line.lent.pop(lease.token)
        if isinstance(settlement, Later):
            attempt = item.delivery.attempt + (1 if settlement.counts else 0)
            maybe = item.delivery.maybe_delivered or settlement.maybe_delivered
            item.delivery = replace(item.delivery, attempt=attempt, maybe_delivered=maybe)
            item.due = now + settlement.after
        else:
            line.items.remove(item)  # among the first few: those that were lent
            line.size -= item.size
            self._waiting -= 1
            self._events.discard(item.event_number)
        if not line.lent:
            self._release(line, now)
        return item

    def give_back(self, now: float) -> None:
        """Void every lease, as if its time had run out."""
        for line in [line for line in self._lines.values() if line.lent]:
            self._recall(line, now)

    def next_change(self) -> float | None:
        """When something may become due without anybody adding it; None when nothing will."""
        times = [heap[0][0] for heap in (self._delayed, self._lent) if heap]
        return min(times, default=None)

    def depth(self, now: float) -> Depth:
        """How much is due, delayed and lent out."""
        self._wake(now)
        lent = len(self._by_token)
        delayed = sum(len(line.items) for _when, _tie, line in self._delayed)
        return Depth(self._waiting - lent - delayed, delayed, lent)

    def holds(self, event_number: int) -> bool:
        """Whether a delivery of an event is not settled."""
        return event_number in self._events

    def items(self) -> list[Item]:
        """Everything that is not settled, line by line."""
        return [item for line in self._lines.values() for item in line.items]

    def _lend(self, line: Line, item: Item, now: float) -> Lease:
        token = next(self._tokens)
        line.lent[token] = item
        self._by_token[token] = line
        item.began = now if item.began is None else item.began
        return Lease(token, item.delivery, now - item.began)

    def _release(self, line: Line, now: float) -> None:
        if not line.items:
            del self._lines[line.key]
        elif line.items[0].due > now:
            heapq.heappush(self._delayed, (line.items[0].due, next(self._tokens), line))
        else:
            self._ready.push(line)

    def _wake(self, now: float) -> None:
        while self._delayed and self._delayed[0][0] <= now:
            self._ready.push(heapq.heappop(self._delayed)[2])
        while self._lent and self._lent[0][0] <= now:
            _until, _tie, line = heapq.heappop(self._lent)
            if not line.lent:
                continue
            if line.lent_until > now:
                heapq.heappush(self._lent, (line.lent_until, next(self._tokens), line))
                continue
            self._recall(line, now)

    def _recall(self, line: Line, now: float) -> None:
        """Void what a line has lent: whoever had it may have delivered it."""
        for token, item in line.lent.items():
            del self._by_token[token]
            item.delivery = replace(item.delivery, maybe_delivered=True)
        line.lent.clear()
        self._release(line, now)
