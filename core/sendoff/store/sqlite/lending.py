"""What one route lends, and takes back."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sendoff.store.letters import letter_of
from sendoff.store.promise import Dead, Depth, Done, Later, Lease
from sendoff.store.sqlite import deliveries
from sendoff.store.sqlite.cover import AHEAD, Cover
from sendoff.store.sqlite.deliveries import Naming
from sendoff.store.sqlite.route_state import RouteState
from sendoff.store.sqlite.shelf import LONG, Shelf
from sendoff.store.sqlite.supply import Supply
from sendoff.store.sqlite.window import Window, tried
from sendoff.waiting import first_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sendoff.delivery import Delivery
    from sendoff.store.promise import Settlement
    from sendoff.store.sqlite.deliveries import Loaded, Settled
    from sendoff.store.sqlite.line import Item
    from sendoff.store.sqlite.listings import Listing
    from sendoff.store.sqlite.times import Times
    from sendoff.store.sqlite.writer import Writer

    Taken = tuple[Item, Settlement]
_RESTORED_FOR = 60.0


class Lending:
    """One route, in the loop: a window on what waits, kept full from the file."""

    def __init__(self, route: str, writer: Writer, times: Times, tokens: Iterator[int]) -> None:
        self._state = RouteState(route, Window(tokens), writer, times)
        self._shelf = Shelf(self._state)
        self._supply = Supply(self._state, self._shelf)
        self._cover = Cover(0)
        self._loaded = False
        self._limit = 1

    async def load(self) -> None:
        """Find out what the file has, the first time."""
        if not self._loaded:
            name = self._state.name
            await self._state.writer.write(
                lambda tables: deliveries.load(tables, name), self._found
            )

    async def lease(
        self, limit: int, max_bytes: int | None, wait: float, linger: float, lease_for: float
    ) -> Sequence[Lease]:
        """What is due: see `Store.lease`."""
        await self.load()
        clock, window, changes = self._state.times.clock, self._state.window, self._state.changes
        self._limit = limit
        deadline = clock.monotonic() + wait
        while True:
            now = clock.monotonic()
            seen = changes.count
            self._look(now)
            since = window.due_since(now)
            until = deadline if since is None else since + linger
            if self._busy and window.ready.count < limit:
                await changes.since(seen)
            elif now >= until or window.fills(limit, max_bytes):
                return await self._lend(limit, max_bytes, lease_for)
            else:
                until = min(until, self._shelf.next_wake, window.next_change() or until)
                await first_of(changes.since(seen), clock.sleep(until - now))

    async def depth(self) -> Depth:
        """How much is due, delayed and lent out, here and in the file."""
        await self.load()
        now = self._state.times.monotonic()
        self._look(now)
        while self._shelf.busy:
            await self._state.changes.since(self._state.changes.count)
            self._look(now)
        here, parked = self._state.window.depth(now), self._state.window.parked
        return Depth(here.due + self._supply.unread + parked,
                     here.delayed + self._shelf.listed - parked, here.leased)  # fmt: skip

    def extend(self, lease: Lease, lease_for: float) -> bool:
        """Lend on; False when it was lost."""
        now = self._state.times.monotonic()
        return self._state.window.extend(lease, now + lease_for, now)

    def queued(self, numbers: Sequence[int], added: Sequence[tuple[Delivery, int]]) -> None:
        """Deliveries were put at the end of the log, each of an event."""
        if self._loaded:  # else they are found there
            self._supply.queued(numbers, added)
            self._state.changes.tell()

    def take_back(
        self, leases: Iterable[tuple[Lease, Settlement]], settled: Settled
    ) -> list[Taken]:
        """Write down what leases came to; those that were not lost. Of the others nothing is."""
        now = self._state.times.monotonic()
        taken = self._state.window.take_back(leases, now)
        self._cover.uncover([item.number for item, _settlement in taken])
        ended = settled.ended
        for item, settlement in taken:
            number = item.number
            if type(settlement) is Done and not item.listed and not item.suspect:
                ended.append(number)  # as nearly all of them
                continue
            if item.suspect:
                settled.cleared.append(number)
            if isinstance(settlement, Later):
                settled.later.append(self._tried(item, settlement, now))
                continue
            if isinstance(settlement, Dead):
                settled.letters.append(letter_of(item.delivery, settlement, item.event))
            ended.append(number)
            if item.listed:
                settled.unlisted.append(number)
        if self._runs_short():
            settled.naming = self._naming()
        return taken

    def settled(self, taken: Sequence[Taken], naming: Naming | None) -> None:
        """The file has what leases came to, and what may be lent next."""
        if naming:
            self._cover.named(naming.version)
        state, window = self._state, self._state.window
        now = state.times.monotonic()
        state.suspects.difference_update(item.number for item, _ in taken if item.suspect)
        window.settled(taken, now)
        for item, _settlement in taken:
            line = item.line
            # What is fetched for a line comes behind what is here of it.
            if line.delayed and not line.fetching and line.items[0].due > now + LONG:
                self._shelf.put_to_sleep(line)
        state.changes.tell()

    def restore(self, taken: Iterable[Taken], naming: Naming | None) -> None:
        """The file does not have it: whoever has the leases may ask again."""
        if naming:
            self._cover.failed(naming.version)
        state = self._state
        until = state.times.monotonic() + _RESTORED_FOR
        for item, _settlement in taken:
            state.window.loans.restore(item, until)
        # What was named meanwhile was named without them.
        again, cover = self._naming(), self._cover
        state.writer.begin(
            lambda tables: deliveries.name_out(tables, again),
            lambda _: cover.named(again.version), lambda _: cover.failed(again.version),
        )  # fmt: skip
        state.changes.tell()

    def given_back(self) -> list[Listing]:
        """What the file is to say of all that is lent: each may have been delivered."""
        loans = self._state.window.loans
        lent = {*loans.items, *(item for item in loans.doubtful if not item.out)}
        for item in lent:
            item.delivery = replace(item.delivery, maybe_delivered=True)
        return [self._shelf.listing(item, item.due) for item in lent]

    def tell(self) -> None:
        """Have those who wait look again."""
        self._state.changes.tell()

    @property
    def _busy(self) -> bool:
        return self._supply.busy or self._shelf.busy

    def _look(self, now: float) -> None:
        self._state.raise_failure()
        self._shelf.look(now)
        self._supply.look(self._limit)

    async def _lend(self, limit: int, max_bytes: int | None, lease_for: float) -> Sequence[Lease]:
        """What is due, once the file says that it may be out."""
        state = self._state
        now = state.times.monotonic()
        items = state.window.lease(now, limit, max_bytes, now + lease_for)
        leases = [Lease(item.token, item.delivery, item.age(now)) for item in items]
        suspects = [item.number for item in items if item.suspect] if state.suspects else []
        if not suspects and self._cover.covers([item.number for item in items]):
            return leases
        try:
            await self._name_out(suspects)
        except BaseException:
            state.window.give_back(leases, state.times.monotonic())
            state.changes.tell()
            raise
        return leases

    def _tried(self, item: Item, later: Later, now: float) -> Listing:
        after = copy(item)
        after.delivery = tried(item, later)
        return self._shelf.listing(after, now + later.after, self._cover.version)

    async def _name_out(self, suspects: Sequence[int]) -> None:
        naming, cover = self._naming(suspects), self._cover
        await self._state.writer.write(
            lambda tables: deliveries.name_out(tables, naming),
            lambda _: cover.named(naming.version), lambda _: cover.failed(naming.version),
        )  # fmt: skip

    def _naming(self, suspects: Sequence[int] = ()) -> Naming:
        window = self._state.window
        loans = window.loans
        numbers = [item.number for each in (loans.items, loans.doubtful) for item in each]
        ahead = max(AHEAD, self._limit)
        numbers += [item.number for item in window.next_items(ahead)]
        return Naming(self._state.id, self._cover.begin(numbers), numbers, suspects)

    def _runs_short(self) -> bool:
        """Whether little is named beyond what is lent, though there is more to be lent."""
        window = self._state.window
        left = self._cover.left - len(window.loans)
        return left < min(max(AHEAD // 4, self._limit), window.ready.count)

    def _found(self, found: Loaded) -> None:
        if self._loaded:
            return
        self._state.id, self._state.suspects = found.id, found.suspects
        self._cover = Cover(found.version)
        self._shelf.found(found.asleep, found.listed)
        self._supply.found(found.floor, found.unread)
        self._loaded = True
