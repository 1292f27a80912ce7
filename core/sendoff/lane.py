"""A lane: the deliveries of one route on their way, a few at a time, never slowed by another's."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from sendoff.attempt import Timing, attempt
from sendoff.hold_notice import HoldNotice
from sendoff.http import Departures
from sendoff.journal import Attempted, failure
from sendoff.patience import Patience
from sendoff.settlement import settlement
from sendoff.store.failures import StoreError
from sendoff.store.promise import Later
from sendoff.terms import Terms
from sendoff.waiting import Changes, Nudge, first_of, kept_up, to_the_end
from sendoff.withdrawal import withdrawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sendoff.clock import Clock
    from sendoff.delivery import Outcome
    from sendoff.holds import Hold
    from sendoff.journal import Watcher
    from sendoff.redact import Redactor
    from sendoff.store.promise import Depth, Lease, Store
    from sendoff.terms import Connected, LaneSettings

LEASE_SECONDS = 60.0
_POLL_SECONDS = 30.0

_log = logging.getLogger(__name__)


class Lane:
    """Leases a route's deliveries, attempts them and settles them, until it is stopped."""

    def __init__(  # noqa: PLR0913 - one name for each part it is made of
        self,
        settings: LaneSettings,
        *,
        store: Store,
        connected: Connected,
        watcher: Watcher,
        redactor: Redactor,
        clock: Clock,
        random: Callable[[], float],
        patience: Patience | None = None,
    ) -> None:
        self._terms = Terms.of(settings, connected)
        self._store = store
        self._patience = patience or Patience(clock)
        self._watcher = watcher
        self._redactor = redactor
        self._clock = clock
        self._random = random
        self._notice = HoldNotice(settings.route, store, watcher, clock)
        self._out: dict[int, tuple[Lease, Departures]] = {}
        self._busy = 0
        self._hurries = 0
        self._nudge = Nudge()
        self._finishing = False
        self._turns = Changes()
        self.settled = 0
        self._ends = Changes()

    @property
    def settings(self) -> LaneSettings:
        """How the route delivers now."""
        return self._terms.settings

    @property
    def hold(self) -> Hold | None:
        """Why the route waits, None when it does not."""
        return self._terms.health.hold

    @property
    def out(self) -> int:
        """How many deliveries are out, or have ended and are not told of yet."""
        return len(self._out)

    @property
    def ended(self) -> int:
        """How many attempts have ended."""
        return self._ends.count

    async def ended_since(self, seen: int) -> None:
        """Return when `ended` is no longer `seen`."""
        await self._ends.since(seen)

    async def depth(self) -> Depth:
        """How much of the route is not settled."""
        route = self.settings.route
        return await self._patience.until_done(lambda: self._store.depth(route))

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Inside, no delivery waits for others to join it."""
        self._hurries += 1
        self._begin_anew()
        try:
            yield
        finally:
            self._hurries -= 1
            self._begin_anew()

    def adopt(self, settings: LaneSettings, connected: Connected | None = None) -> None:
        """Go on under other settings; what is out ends under the old ones.

        With another connection and its gate the route begins anew, without a hold.
        """
        self._terms = self._terms.changed(settings, connected)
        self._begin_anew()

    def finish(self) -> None:
        """Lease nothing more; `run` returns when what is out has ended."""
        self._finishing = True
        self._begin_anew()

    def lose_patience(self) -> None:
        """Wait no longer for a store that does not do what it is asked."""
        self._patience.end()

    async def run(self) -> None:
        """Deliver until finished or cancelled.

        Raises StoreError when the store has stopped, and else for a bug of ours alone.
        """
        try:
            async with asyncio.TaskGroup() as attempts:
                while not self._finishing:
                    await self._turn()
                    await self._start_next(attempts)
        except Exception as error:
            stopped = _stopped_store(error)
            said = failure(error, self._redactor) if stopped is None else str(stopped)
            _log.error("route %s has stopped delivering: %s", self.settings.route, said)
            if stopped is not None:
                raise stopped from None
            raise

    async def give_back(self) -> None:
        """Give back what a lane that was stopped still had out; what had left may have arrived.

        A store that cannot take it back lends it again when the lease is over.
        """
        with suppress(StoreError):
            await self._return(
                (lease, lease.delivery.id in departures) for lease, departures in self._out.values()
            )

    def _begin_anew(self) -> None:
        # What the store is being asked was asked in another way, and so was what is waited for.
        self._nudge.tell()
        self._turns.tell()

    def _may_start(self) -> bool:
        now = self._clock.monotonic()
        return self._terms.health.may_start(self._busy, now) and not self._terms.gate.closed_for

    async def _turn(self) -> None:
        """Return when one more attempt may start, or none shall any more."""
        while not self._may_start() and not self._finishing:
            waits = [self.ended_since(self.ended), self._turns.since(self._turns.count)]
            hold, closed = self._terms.health.hold, self._terms.gate.closed_for
            if closed:
                waits.append(self._clock.sleep(closed))
            elif hold is not None and self._busy == 0:
                waits.append(self._clock.sleep(hold.next_probe - self._clock.monotonic()))
            await first_of(*waits)

    async def _lease(self, terms: Terms) -> Sequence[Lease]:
        # A probe is one delivery, and waits for no other: a whole batch would be a lot to try a
        # closed door with.
        batching, probing = terms.settings.batching, terms.health.hold is not None
        return await self._patience.until_done(lambda: self._store.lease(
            terms.settings.route, 1 if probing else batching.max_events,
            max_bytes=batching.max_bytes, wait=_POLL_SECONDS,
            linger=0.0 if probing or self._hurries else batching.max_wait,
            lease_for=LEASE_SECONDS,
        ))  # fmt: skip

    async def _start_next(self, attempts: asyncio.TaskGroup) -> None:
        if self._finishing:
            return
        leases = await self._nudge.unless_told(self._lease(self._terms))
        if not leases:
            return
        departures = Departures()
        self._out |= {lease.token: (lease, departures) for lease in leases}
        if self._may_start() and not self._finishing:
            self._busy += 1
            attempts.create_task(self._attempt(leases, departures, self._terms))
        else:
            # The route was held while this waited for something to do.
            await self._return((lease, False) for lease in leases)

    async def _return(self, leases: Iterable[tuple[Lease, bool]]) -> None:
        returned = [
            (lease, Later(0.0, "stopped", counts=False, maybe_delivered=maybe_delivered))
            for lease, maybe_delivered in leases
        ]
        if returned:
            await self._patience.until_done(lambda: self._store.settle(returned))
        self._forget([lease for lease, _later in returned])

    async def _attempt(self, leases: Sequence[Lease], departures: Departures, terms: Terms) -> None:
        try:
            async with kept_up(self._keep_lent(leases)):
                outcomes = await self._outcomes(leases, departures, terms)
                await to_the_end(self._settle(leases, outcomes, terms))
        finally:
            self._busy -= 1
            self._ends.tell()

    async def _outcomes(
        self, leases: Sequence[Lease], departures: Departures, terms: Terms
    ) -> Sequence[Outcome]:
        deliveries = [lease.delivery for lease in leases]
        ended: dict[str, Outcome] = dict(
            await self._patience.until_done(
                lambda: withdrawn(deliveries, terms.settings.demands, self._store.facts)
            )
        )
        going = [delivery for delivery in deliveries if delivery.id not in ended]
        if going:
            timing = Timing(terms.settings.deadline, self._clock)
            came = await attempt(
                terms.connection, going, self._redactor, departures, terms.gate.close,
                timing=timing,
            )  # fmt: skip
            terms.health.seen(list(zip(going, came, strict=True)), self._clock.monotonic())
            ended |= dict(zip((delivery.id for delivery in going), came, strict=True))
        return [ended[delivery.id] for delivery in deliveries]

    async def _settle(
        self, leases: Sequence[Lease], outcomes: Sequence[Outcome], terms: Terms
    ) -> None:
        await terms.gate.all_told()
        # One chance for all: what goes in one request and has to wait comes again in one.
        chance = self._random()
        settled = [
            (lease, settlement(outcome, lease, terms.settings.policy, chance))
            for lease, outcome in zip(leases, outcomes, strict=True)
        ]
        gone = await self._patience.until_done(lambda: self._store.settle(settled))
        lost = {lease.token for lease in gone}
        self._forget(leases)
        ended = [
            Attempted(lease.delivery, outcome, settled_as)
            for (lease, settled_as), outcome in zip(settled, outcomes, strict=True)
            if lease.token not in lost
        ]
        self.settled += sum(not isinstance(each.settlement, Later) for each in ended)
        self._watcher.attempted(ended)
        await self._notice.tell(self.hold)

    def _forget(self, leases: Iterable[Lease]) -> None:
        for lease in leases:
            self._out.pop(lease.token, None)

    async def _keep_lent(self, leases: Sequence[Lease]) -> None:
        while True:
            await self._clock.sleep(LEASE_SECONDS / 3)
            with suppress(StoreError):  # whoever settles will hear of it
                await self._store.extend(leases, LEASE_SECONDS)


def _stopped_store(error: Exception) -> StoreError | None:
    """What a store that has stopped said, if that is all that is wrong."""
    while isinstance(error, ExceptionGroup) and len({str(each) for each in error.exceptions}) == 1:
        error = error.exceptions[0]
    return error if isinstance(error, StoreError) else None
