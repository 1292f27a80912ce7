"""The store that lives in this process: for trying out, for tests, and for runs that need no more.

What waits stays until the process ends. Of the rest the newest are kept: see `Bounds`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sendoff.errors import UsageError
from sendoff.store.engine import WEEK, Engine
from sendoff.store.gates import AccountGate
from sendoff.store.ledger import Bounds, Ledger
from sendoff.store.messages import size_of, within
from sendoff.store.notebook import Notebook
from sendoff.store.promise import Depth, Grant, Lease
from sendoff.waiting import Changes, first_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff.clock import Clock
    from sendoff.store.deaths import DeadCount, DeadLetter, DeadQuery, Redecided
    from sendoff.store.engine import StoreOptions
    from sendoff.store.promise import (
        Appended,
        Decided,
        Earlier,
        Fact,
        GateState,
        Incoming,
        Settlement,
        Verdicts,
    )
    from sendoff.store.resends import Reply, Resend, Sent, Target

BOUNDS = Bounds()


class MemoryStore:
    """The promise of a store, kept for as long as the process lives.

    A decided message and its key are known for `keep` seconds. Beyond the `bounds` the oldest give
    way: a message, unless a delivery or a dead letter needs it; a key, so that its event would be
    delivered again; a dead letter, which the totals go on counting; a record of the journal.
    """

    def __init__(self, clock: Clock, *, keep: float = WEEK, bounds: Bounds = BOUNDS) -> None:
        self._clock = clock
        self._ledger = Ledger(keep, bounds)
        self._gates: dict[str, AccountGate] = {}
        self._notebook = Notebook(bounds.notes, bounds.note_bytes)
        self._changes = Changes()
        self._noted = Changes()

    async def append(self, incoming: Sequence[Incoming]) -> Sequence[int]:
        """Keep messages as they came; their numbers, in order."""
        return self._ledger.messages.append(incoming, self._clock.now())

    async def undecided(self, limit: int, max_bytes: int | None = None) -> Sequence[Appended]:
        """The oldest messages that no decision was made about."""
        return within(self._ledger.messages.undecided(limit), size_of, max_bytes)

    async def earlier(self, keys: Sequence[str]) -> Mapping[str, Earlier]:
        """Which of these event keys were decided before."""
        return self._ledger.messages.earlier(keys)

    async def decide(self, decided: Sequence[Decided]) -> Sequence[int]:
        """Keep decisions and their deliveries; the numbers of those that were undecided."""
        numbers = self._ledger.decide(decided, self._clock.monotonic())
        self._changes.tell()
        return numbers

    async def lease(  # noqa: PLR0913 - one name for each bound
        self, route: str, limit: int, *, max_bytes: int | None = None, wait: float = 0.0,
        linger: float = 0.0, lease_for: float = 60.0,
    ) -> Sequence[Lease]:  # fmt: skip
        """Deliveries that are due, lent out; waits for the first, and lingers for more."""
        lines = self._ledger.lines(route)
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
            if not self._ledger.lines(lease.delivery.route).extend(lease, now + lease_for, now)
        ]

    async def settle(self, settled: Sequence[tuple[Lease, Settlement]]) -> Sequence[Lease]:
        """Say how deliveries ended; those whose lease was lost."""
        lost = self._ledger.settle(settled, self._clock.monotonic())
        self._changes.tell()
        return lost

    async def dead(self, query: DeadQuery) -> Sequence[DeadLetter]:
        """Dead letters, oldest first, at most `query.limit` of them."""
        return self._ledger.letters.find(query, self._clock.monotonic())

    async def count_dead(self, query: DeadQuery) -> Sequence[DeadCount]:
        """How many dead letters fit a query, by route, reason and rule."""
        return self._ledger.letters.count(query, self._clock.monotonic())

    async def replay(self, ids: Sequence[str]) -> Sequence[str]:
        """Let dead deliveries be tried again as they were recorded; the ids of those that will."""
        replayed = self._ledger.replay(ids, self._clock.monotonic())
        self._changes.tell()
        return replayed

    async def redecide(self, redecided: Sequence[Redecided]) -> Sequence[str]:
        """Put new decisions in the place of dead letters; the ids of those that were."""
        found = self._ledger.redecide(redecided, self._clock.monotonic())
        self._changes.tell()
        return found

    async def discard(self, ids: Sequence[str]) -> Sequence[str]:
        """Give dead letters up for good; the ids of those that were there."""
        return self._ledger.discard(ids)

    async def sent(self, targets: Sequence[Target]) -> Sequence[Sent]:
        """How deliveries stand; what was sent is not kept here once it has ended."""
        return [self._ledger.sent(each) for each in targets]

    async def resend(self, resends: Sequence[Resend]) -> Sequence[Reply]:
        """Let deliveries that have ended be sent again, as they are given; what becomes of each."""
        now = self._clock.monotonic()
        replies = [self._ledger.resend(each, now) for each in resends]
        self._changes.tell()
        return replies

    async def event(self, number: int) -> Appended | None:
        """A message as it came, None where it is no longer kept."""
        return self._ledger.messages.get(number)

    async def decisions(self, numbers: Sequence[int]) -> Sequence[Verdicts]:
        """What was decided about messages, in their order, as far as they are kept."""
        return self._ledger.messages.decisions(numbers)

    async def numbers_of(self, message_id: str) -> Sequence[int]:
        """The messages that came with this message id, oldest first, as far as they are kept."""
        return self._ledger.messages.numbers_of(message_id)

    async def totals(self) -> Mapping[str, Mapping[str, int]]:
        """What became of everything since the store was made."""
        return self._ledger.totals.by_route()

    async def depth(self, route: str) -> Depth:
        """How much of a route is not settled."""
        return self._ledger.lines(route).depth(self._clock.monotonic())

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

    async def gates(self) -> Mapping[str, GateState]:
        """The gates of all accounts that were asked for or are held, by account."""
        now = self._clock.monotonic()
        return {account: gate.state(now) for account, gate in self._gates.items()}

    async def facts(self, kind: str, keys: Sequence[str]) -> Mapping[str, Any]:
        """Facts by key; those that are not known are left out."""
        return self._ledger.facts.known(kind, keys)

    async def remember(self, facts: Sequence[Fact]) -> None:
        """Remember facts; a mapping is merged into the one that is known."""
        self._ledger.facts.remember(facts)

    async def forget(self, kind: str, key: str) -> None:
        """Forget a fact."""
        self._ledger.facts.forget(kind, key)

    async def note(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Keep records of the journal, the newest so many."""
        self._notebook.add(records)
        self._noted.tell()

    async def notes(
        self, after: int = 0, limit: int = 1000, *, wait: float = 0.0
    ) -> Sequence[tuple[int, Mapping[str, Any]]]:
        """Records of the journal with their numbers, in order, from the one after a number on."""
        deadline = self._clock.monotonic() + wait
        while not (found := self._notebook.read(after, limit)):
            left = deadline - self._clock.monotonic()
            if left <= 0:
                break
            await first_of(self._noted.since(self._noted.count), self._clock.sleep(left))
        return found

    async def close(self) -> None:
        """Give back leases; everything else stays until the process ends."""
        self._ledger.give_back(self._clock.monotonic())
        self._changes.tell()

    def _gate(self, account: str) -> AccountGate:
        return self._gates.setdefault(account, AccountGate())


def _open(address: str, clock: Clock, options: StoreOptions) -> MemoryStore:
    if address:
        raise UsageError("`store: memory` takes no address")  # which may hold a password
    return MemoryStore(clock, keep=options.keep)


MEMORY = Engine("memory", "in this process; gone when it ends", _open)
