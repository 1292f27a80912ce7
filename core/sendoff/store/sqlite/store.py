"""The store that is one SQLite file, as its owner's process has it."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Final

from sendoff.store.engine import WEEK
from sendoff.store.sqlite import decisions, facts, gates, letters, messages, notebook, resending
from sendoff.store.sqlite.lending import Lending
from sendoff.store.sqlite.opened import open_tables
from sendoff.store.sqlite.pruning import Pruning
from sendoff.store.sqlite.room import Room
from sendoff.store.sqlite.sendings import Sendings
from sendoff.store.sqlite.settling import Settling
from sendoff.store.sqlite.suspects import put_away
from sendoff.store.sqlite.tables import totals
from sendoff.store.sqlite.times import Times
from sendoff.store.sqlite.writer import Writer
from sendoff.waiting import Changes, first_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sendoff.clock import Clock
    from sendoff.store.deaths import DeadCount, DeadLetter, DeadQuery, Redecided
    from sendoff.store.promise import (
        Appended,
        Decided,
        Depth,
        Earlier,
        Fact,
        GateState,
        Grant,
        Incoming,
        Lease,
        Settlement,
        Verdicts,
    )
    from sendoff.store.resends import Reply, Resend, Sent, Target
    from sendoff.store.sqlite.ballast import Ballast
    from sendoff.store.sqlite.queueing import Queued

_TOKEN_BITS: Final = 40


class SqliteStore:
    """The promise of a store, kept in one file that one process has open."""

    def __init__(
        self, path: Path, clock: Clock, *, keep: float = WEEK, most_bytes: int | None = None,
        ballast: Ballast | None = None,
    ) -> None:  # fmt: skip
        """Opens the file, which is made if need be. Raises StoreError where that cannot be done.

        Settled events are kept for `keep` seconds. Above `most_bytes` no new ones are taken, nor
        while the `ballast` is not in place, the room that is kept for settling what is under way.
        """
        self._times = Times(clock)
        opening = self._times.epoch()
        pruning = Pruning(clock, keep)
        room = Room(path, most_bytes, ballast)
        self._writer = Writer(path.name, lambda: open_tables(path, opening, room), pruning)
        # No lease is taken for one of an earlier opening.
        self._tokens = count(self._writer.opened.opening << _TOKEN_BITS)
        self._lendings: dict[str, Lending] = {}
        self._gates = gates.Gates()
        self._gates.restore(self._writer.opened.holds, self._times.monotonic())
        self._noted = Changes()

    async def append(self, incoming: Sequence[Incoming]) -> Sequence[int]:
        """Keep messages as they came; their numbers, in order."""
        now = self._times.epoch()
        return await self._writer.write(lambda tables: messages.append(tables, incoming, now))

    async def undecided(self, limit: int, max_bytes: int | None = None) -> Sequence[Appended]:
        """The oldest messages that no decision was made about."""
        while True:
            found, damaged = await self._writer.read(
                lambda tables: messages.undecided(tables, limit, max_bytes)
            )
            if not damaged:
                return found
            await self._bury_damaged(damaged)

    async def earlier(self, keys: Sequence[str]) -> Mapping[str, Earlier]:
        """Which of these event keys were decided before, within the window that is kept."""
        return await self._writer.read(lambda tables: decisions.earlier(tables, keys))

    async def decide(self, decided: Sequence[Decided]) -> Sequence[int]:
        """Keep decisions and their deliveries; the numbers of those that were undecided."""
        now = self._times.epoch()
        numbers, _queued = await self._writer.write(
            lambda tables: decisions.decide(tables, decided, now),
            lambda done: self._queued(done[1]),
        )
        return numbers

    async def lease(  # noqa: PLR0913 - one name for each bound
        self, route: str, limit: int, *, max_bytes: int | None = None, wait: float = 0.0,
        linger: float = 0.0, lease_for: float = 60.0,
    ) -> Sequence[Lease]:  # fmt: skip
        """Deliveries that are due, lent out; waits for the first, and lingers for more."""
        return await self._lending(route).lease(limit, max_bytes, wait, linger, lease_for)

    async def extend(self, leases: Sequence[Lease], lease_for: float) -> Sequence[Lease]:
        """Lend on; those that were lost meanwhile."""
        return [
            lease
            for lease in leases
            if not self._lending(lease.delivery.route).extend(lease, lease_for)
        ]

    async def settle(self, settled: Sequence[tuple[Lease, Settlement]]) -> Sequence[Lease]:
        """Say how deliveries ended; those whose lease was lost."""
        settling = Settling(settled, self._lending, self._times.epoch())
        await self._writer.write(settling.write, settling.written, settling.failed)
        return settling.lost

    async def dead(self, query: DeadQuery) -> Sequence[DeadLetter]:
        """Dead letters, oldest first, at most `query.limit` of them."""
        now = self._times.epoch()
        return await self._writer.read(lambda tables: letters.find(tables, query, now))

    async def count_dead(self, query: DeadQuery) -> Sequence[DeadCount]:
        """How many dead letters fit a query, by route, reason and rule."""
        now = self._times.epoch()
        return await self._writer.read(lambda tables: letters.count(tables, query, now))

    async def replay(self, ids: Sequence[str]) -> Sequence[str]:
        """Let dead deliveries be tried again; the ids of those that will be."""
        now = self._times.epoch()
        replayed, _queued = await self._writer.write(
            lambda tables: resending.replay(tables, ids, now), lambda done: self._queued(done[1])
        )
        return replayed

    async def redecide(self, redecided: Sequence[Redecided]) -> Sequence[str]:
        """Put new decisions in the place of dead letters; the ids of those that were."""
        now = self._times.epoch()
        found, _queued = await self._writer.write(
            lambda tables: resending.redecide(tables, redecided, now),
            lambda done: self._queued(done[1]),
        )
        return found

    async def discard(self, ids: Sequence[str]) -> Sequence[str]:
        """Give dead letters up for good; the ids of those that were there."""
        return await self._writer.write(lambda tables: resending.discard(tables, ids))

    async def sent(self, targets: Sequence[Target]) -> Sequence[Sent]:
        """How the deliveries of events on routes stand."""
        # Not as a mere reading: a route that is asked for the first time is made.
        return await self._writer.write(
            lambda tables: [each.sent for each in map(Sendings(tables).find, targets)]
        )

    async def resend(self, resends: Sequence[Resend]) -> Sequence[Reply]:
        """Let deliveries that have ended be sent again; what becomes of each."""
        replies, _queued = await self._writer.write(
            lambda tables: resending.resend(tables, resends), lambda done: self._queued(done[1])
        )
        return replies

    async def event(self, number: int) -> Appended | None:
        """A message as it came, None where it is no longer kept."""
        return await self._writer.read(lambda tables: messages.event(tables, number))

    async def decisions(self, numbers: Sequence[int]) -> Sequence[Verdicts]:
        """What was decided about messages, in their order, as far as they are kept."""
        return await self._writer.read(lambda tables: decisions.kept(tables, numbers))

    async def numbers_of(self, message_id: str) -> Sequence[int]:
        """The messages that came with this message id, oldest first, as far as they are kept."""
        return await self._writer.read(lambda tables: decisions.numbers_of(tables, message_id))

    async def totals(self) -> Mapping[str, Mapping[str, int]]:
        """What became of everything since the store was made."""
        return await self._writer.read(totals)

    async def depth(self, route: str) -> Depth:
        """How much of a route is not settled."""
        return await self._lending(route).depth()

    async def take(self, account: str, want: int, rate: float | None) -> Grant:
        """Ask the account's gate for requests."""
        return self._gates.of(account).take(self._times.monotonic(), want, rate)

    async def hold(self, account: str, seconds: float) -> None:
        """Let no request of the account leave for that long, not even after a restart."""
        self._gates.of(account).hold(self._times.monotonic(), seconds)
        until = self._times.epoch() + seconds
        await self._writer.write(lambda tables: gates.hold(tables, account, until))

    async def observe(
        self, account: str, total: float | None, remaining: float | None, reserve: float
    ) -> None:
        """Tell the gate the account's quota."""
        self._gates.of(account).observe(self._times.monotonic(), total, remaining, reserve)

    async def gates(self) -> Mapping[str, GateState]:
        """The gates of all accounts that were asked for or are held, by account."""
        return self._gates.states(self._times.monotonic())

    async def facts(self, kind: str, keys: Sequence[str]) -> Mapping[str, Any]:
        """Facts by key; those that are not known are left out."""
        return await self._writer.read(lambda tables: facts.known(tables, kind, keys))

    async def remember(self, facts_: Sequence[Fact]) -> None:
        """Remember facts; a mapping is merged into the one that is known."""
        await self._writer.write(lambda tables: facts.remember(tables, facts_))

    async def forget(self, kind: str, key: str) -> None:
        """Forget a fact."""
        await self._writer.write(lambda tables: facts.forget(tables, kind, key))

    async def note(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Keep records of the journal, the newest so many; returns before they are durable."""
        self._writer.begin(
            lambda tables: notebook.add(tables, records), lambda _: self._noted.tell(), lazy=True
        )

    async def notes(
        self, after: int = 0, limit: int = 1000, *, wait: float = 0.0
    ) -> Sequence[tuple[int, Mapping[str, Any]]]:
        """Records of the journal with their numbers, in order, from the one after a number on."""
        clock = self._times.clock
        deadline = clock.monotonic() + wait
        while True:
            seen = self._noted.count
            # Not as a mere reading: those come before what was noted just now.
            found = await self._writer.write(lambda tables: notebook.read(tables, after, limit))
            left = deadline - clock.monotonic()
            if found or left <= 0:
                return found
            await first_of(self._noted.since(seen), clock.sleep(left))

    async def close(self) -> None:
        """Give back leases, and close the file."""
        lent = {route: each.given_back() for route, each in self._lendings.items()}
        await self._writer.close(lambda tables: put_away(tables, lent))
        for lending in self._lendings.values():
            lending.tell()
        self._noted.tell()

    async def _bury_damaged(self, numbers: Sequence[int]) -> None:
        now = self._times.epoch()
        await self._writer.write(lambda tables: decisions.bury_damaged(tables, numbers, now))

    def _lending(self, route: str) -> Lending:
        lending = self._lendings.get(route)
        if lending is None:
            lending = self._lendings[route] = Lending(
                route, self._writer, self._times, self._tokens
            )
        return lending

    def _queued(self, queued: Queued) -> None:
        for route, (numbers, added) in queued.items():
            self._lending(route).queued(numbers, added)
