"""The store that lives in this process: for trying out, for tests, and for runs that need no more.

What waits or is dead stays until the process ends; of what is settled only the keys are kept, the
newest million, to know a duplicate by.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from itertools import count
from typing import TYPE_CHECKING, Any

from sendoff.errors import UsageError
from sendoff.store.engine import Engine
from sendoff.store.gates import AccountGate
from sendoff.store.line import Item
from sendoff.store.lines import RouteLines
from sendoff.store.promise import Appended, Dead, DeadLetter, Depth, Earlier, Grant, Lease
from sendoff.waiting import Changes, first_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff.clock import Clock
    from sendoff.store.promise import Decided, Incoming, Settlement

KEYS_KEPT = 1_000_000


class MemoryStore:
    """The promise of a store, kept for as long as the process lives."""

    def __init__(self, clock: Clock, *, keys_kept: int = KEYS_KEPT) -> None:
        self._clock = clock
        self._numbers = count(1)
        self._undecided: OrderedDict[int, Appended] = OrderedDict()
        self._keys: dict[str, Earlier] = {}
        self._key_order: deque[str] = deque()
        self._keys_kept = keys_kept
        self._routes: dict[str, RouteLines] = {}
        self._dead: list[DeadLetter] = []
        self._gates: dict[str, AccountGate] = {}
        self._facts: dict[tuple[str, str], Any] = {}
        self._changes = Changes()

    async def append(self, incoming: Sequence[Incoming]) -> Sequence[int]:
        """Keep messages as they came; their numbers, in order."""
        now = self._clock.now()
        numbers = []
        for message in incoming:
            number = next(self._numbers)
            self._undecided[number] = Appended(number, message.body, now, message.fallback_key)
            numbers.append(number)
        return numbers

    async def undecided(self, limit: int) -> Sequence[Appended]:
        """The oldest messages that no decision was made about."""
        return [message for message, _ in zip(self._undecided.values(), range(limit), strict=False)]

    async def earlier(self, keys: Sequence[str]) -> Mapping[str, Earlier]:
        """Which of these event keys were decided before."""
        return {key: self._keys[key] for key in keys if key in self._keys}

    async def decide(self, decided: Sequence[Decided]) -> Sequence[int]:
        """Keep decisions and their deliveries; the numbers of those that were undecided."""
        now = self._clock.monotonic()
        numbers = []
        for one in decided:
            if self._undecided.pop(one.number, None) is None:
                continue
            numbers.append(one.number)
            self._remember(one)
            for decision in one.decisions:
                if decision.verdict == "dead":
                    self._dead.append(
                        DeadLetter(one.key, decision.route, decision.reason, decision.detail,
                                   one.number)
                    )  # fmt: skip
            for delivery in one.deliveries:
                self._lines(delivery.route).add(Item(delivery, one.number, now))
        self._changes.tell()
        return numbers

    async def lease(  # noqa: PLR0913 - one name for each bound
        self, route: str, limit: int, *, max_bytes: int | None = None, wait: float = 0.0,
        linger: float = 0.0, lease_for: float = 60.0,
    ) -> Sequence[Lease]:  # fmt: skip
        """Deliveries that are due, lent out; waits for the first, and lingers for more."""
        lines = self._lines(route)
        deadline = self._clock.monotonic() + wait
        while True:
            now = self._clock.monotonic()
            since = lines.due_since(now)
            until = deadline if since is None else since + linger
            if now >= until or lines.fills(limit, max_bytes):
                return lines.lease(now, limit, max_bytes, now + lease_for)
            change = lines.next_change()
            until = until if change is None else min(until, change)
            changed = self._changes.since(self._changes.count)
            await first_of(changed, self._clock.sleep(until - now))

    async def extend(self, leases: Sequence[Lease], lease_for: float) -> Sequence[Lease]:
        """Lend on; those that were lost meanwhile."""
        now = self._clock.monotonic()
        return [
            lease
            for lease in leases
            if not self._lines(lease.delivery.route).extend(lease, now + lease_for, now)
        ]

    async def settle(self, settled: Sequence[tuple[Lease, Settlement]]) -> Sequence[Lease]:
        """Say how deliveries ended; those whose lease was lost."""
        now = self._clock.monotonic()
        lost = []
        for lease, settlement in settled:
            item = self._lines(lease.delivery.route).settle(lease, settlement, now)
            if item is None:
                lost.append(lease)
            elif isinstance(settlement, Dead):
                self._dead.append(
                    DeadLetter(item.delivery.id, item.delivery.route, settlement.reason,
                               settlement.detail, item.event_number, item.delivery)
                )  # fmt: skip
        self._changes.tell()
        return lost

    async def dead(self, route: str | None = None) -> Sequence[DeadLetter]:
        """The dead letters of a route, or all of them, oldest first."""
        return [letter for letter in self._dead if route is None or letter.route == route]

    async def depth(self, route: str) -> Depth:
        """How much of a route is not settled."""
        return self._lines(route).depth(self._clock.monotonic())

    async def take(self, account: str, want: int, rate: float | None) -> Grant:
        """Ask the account's gate for requests."""
        return self._gate(account).take(self._clock.monotonic(), want, rate)

    async def hold(self, account: str, seconds: float) -> None:
        """Let no request of the account leave for that long."""
        self._gate(account).hold(self._clock.monotonic(), seconds)

    async def observe(
        self, account: str, total: float | None, remaining: float | None, reserve: float
    ) -> None:
        """Tell the gate the account's quota."""
        self._gate(account).observe(self._clock.monotonic(), total, remaining, reserve)

    async def get(self, kind: str, key: str) -> Any:
        """A fact, None when it is not known."""
        return self._facts.get((kind, key))

    async def set(self, kind: str, key: str, value: Any) -> None:
        """Remember a fact."""
        self._facts[kind, key] = value

    async def forget(self, kind: str, key: str) -> None:
        """Forget a fact."""
        self._facts.pop((kind, key), None)

    async def close(self) -> None:
        """Nothing is held open."""

    def _lines(self, route: str) -> RouteLines:
        return self._routes.setdefault(route, RouteLines())

    def _gate(self, account: str) -> AccountGate:
        return self._gates.setdefault(account, AccountGate())

    def _remember(self, one: Decided) -> None:
        if one.key in self._keys:
            return
        self._keys[one.key] = Earlier(one.number, one.digest)
        self._key_order.append(one.key)
        if len(self._key_order) > self._keys_kept:
            del self._keys[self._key_order.popleft()]


def _open(address: str, clock: Clock) -> MemoryStore:
    if address:
        raise UsageError("`store: memory` takes no address")  # which may hold a password
    return MemoryStore(clock)


MEMORY = Engine("memory", "in this process; gone when it ends", _open)
