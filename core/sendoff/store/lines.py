"""The deliveries of one route, in line by order key: each key is a line of its own.

A line is in one place at a time: ready, delayed until its first item is due, or lent out. So a
delivery that waits holds back its own line only, and finding what is due never looks at a line
that is not. Times are seconds of a clock that the caller reads.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

from sendoff.store.promise import Depth, Later, Lease

if TYPE_CHECKING:
    from sendoff.delivery import Delivery
    from sendoff.store.promise import Settlement


@dataclass(slots=True, eq=False)
class Item:
    """One delivery in its line; `began` is when it was first lent out."""

    delivery: Delivery
    event_number: int
    due: float = 0.0
    began: float | None = None


@dataclass(slots=True, eq=False)
class _Line:
    key: str
    items: deque[Item] = field(default_factory=deque)
    lent: dict[int, Item] = field(default_factory=dict)
    lent_until: float = 0.0


class RouteLines:
    """All lines of one route."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}
        self._ready: deque[_Line] = deque()
        # Heaps of (when, tie, line). A line lent on or settled leaves its entry behind, which is
        # seen for what it is when its time comes.
        self._delayed: list[tuple[float, int, _Line]] = []
        self._lent: list[tuple[float, int, _Line]] = []
        self._by_token: dict[int, _Line] = {}
        self._tokens = count(1)
        self._waiting = 0

    def add(self, item: Item) -> None:
        """Put a delivery at the end of its line."""
        key = item.delivery.order_key or item.delivery.id
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line(key)
            self._ready.append(line)
        line.items.append(item)
        self._waiting += 1

    def lease(self, now: float, limit: int, max_bytes: int | None, until: float) -> list[Lease]:
        """Up to `limit` deliveries that are due, within `max_bytes` together but at least one."""
        self._wake(now)
        leases: list[Lease] = []
        room = max_bytes if max_bytes is not None else float("inf")
        while self._ready and len(leases) < limit:
            line = self._ready[0]
            size = len(line.items[0].delivery.body)
            if leases and size > room:
                break
            self._ready.popleft()
            for item in line.items:
                size = len(item.delivery.body)
                if len(leases) >= limit or item.due > now or (leases and size > room):
                    break
                room -= size
                leases.append(self._lend(line, item, now))
            line.lent_until = until
            heapq.heappush(self._lent, (until, next(self._tokens), line))
        return leases

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
            self._waiting -= 1
        if not line.lent:
            self._release(line, now)
        return item

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

    def items(self) -> list[Item]:
        """Everything that is not settled, line by line."""
        return [item for line in self._lines.values() for item in line.items]

    def _lend(self, line: _Line, item: Item, now: float) -> Lease:
        token = next(self._tokens)
        line.lent[token] = item
        self._by_token[token] = line
        item.began = now if item.began is None else item.began
        return Lease(token, item.delivery, now - item.began)

    def _release(self, line: _Line, now: float) -> None:
        if not line.items:
            del self._lines[line.key]
        elif line.items[0].due > now:
            heapq.heappush(self._delayed, (line.items[0].due, next(self._tokens), line))
        else:
            self._ready.append(line)

    def _wake(self, now: float) -> None:
        while self._delayed and self._delayed[0][0] <= now:
            self._ready.append(heapq.heappop(self._delayed)[2])
        while self._lent and self._lent[0][0] <= now:
            _until, _tie, line = heapq.heappop(self._lent)
            if not line.lent:
                continue
            if line.lent_until > now:
                heapq.heappush(self._lent, (line.lent_until, next(self._tokens), line))
                continue
            for token in line.lent:
                del self._by_token[token]
            line.lent.clear()
            self._release(line, now)
