"""A lane: the deliveries of one route on their way, a few at a time, never slowed by another's."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sendoff.attempt import attempt
from sendoff.delivery import Throttled
from sendoff.holds import RouteHealth
from sendoff.http import Departures
from sendoff.journal import failure
from sendoff.settlement import settlement
from sendoff.store.promise import Later
from sendoff.waiting import Changes, Nudge, first_of, kept_up, to_the_end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sendoff.clock import Clock
    from sendoff.delivery import Outcome
    from sendoff.destination import Batching, Connection
    from sendoff.holds import Hold
    from sendoff.journal import Watcher
    from sendoff.pace import StoreGate
    from sendoff.redact import Redactor
    from sendoff.retry import RetryPolicy
    from sendoff.store.promise import Lease, Store

LEASE_SECONDS = 60.0
_POLL_SECONDS = 30.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LaneSettings:
    """How a route delivers: how many attempts at once, how much in one, and how often again."""

    route: str
    concurrency: int
    batching: Batching
    policy: RetryPolicy


class Lane:
    """Leases a route's deliveries, attempts them and settles them, until it is stopped."""

    def __init__(  # noqa: PLR0913 - one name for each part it is made of
        self,
        settings: LaneSettings,
        *,
        store: Store,
        connection: Connection,
        gate: StoreGate,
        watcher: Watcher,
        redactor: Redactor,
        clock: Clock,
        random: Callable[[], float],
    ) -> None:
        self.settings = settings
        self._store = store
        self._connection = connection
        self._gate = gate
        self._watcher = watcher
        self._redactor = redactor
        self._clock = clock
        self._random = random
        self._health = RouteHealth(settings.concurrency)
        self._told: tuple[str, str] | None = None
        self._out: dict[int, tuple[Lease, Departures]] = {}
        self._busy = 0
        self._hurries = 0
        self._nudge = Nudge()
        self.settled = 0
        self._ends = Changes()

    @property
    def hold(self) -> Hold | None:
        """Why the route waits, None when it does not."""
        return self._health.hold

    @property
    def ended(self) -> int:
        """How many attempts have ended."""
        return self._ends.count

    async def ended_since(self, seen: int) -> None:
        """Return when `ended` is no longer `seen`."""
        await self._ends.since(seen)

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Inside, no delivery waits for others to join it."""
        # What the store is being asked was asked in the other way, so it is asked anew.
        self._hurries += 1
        self._nudge.tell()
        try:
            yield
        finally:
            self._hurries -= 1
            self._nudge.tell()

    async def run(self) -> None:
        """Deliver until cancelled. Raises for a bug of ours or a broken store alone."""
        try:
            async with asyncio.TaskGroup() as attempts:
                while True:
                    await self._turn()
                    await self._start_next(attempts)
        except Exception as error:
            said = failure(error, self._redactor)
            _log.error("route %s has stopped delivering:\n%s", self.settings.route, said)
            raise

    async def give_back(self) -> None:
        """Give back what a lane that was stopped still had out; what had left may have arrived."""
        await self._return(
            (lease, lease.delivery.id in departures) for lease, departures in self._out.values()
        )

    def _may_start(self) -> bool:
        return self._health.may_start(self._busy, self._clock.monotonic())

    async def _turn(self) -> None:
        """Return when one more attempt may start."""
        while not self._may_start():
            waits = [self.ended_since(self.ended)]
            hold = self._health.hold
            if hold is not None and self._busy == 0:
                waits.append(self._clock.sleep(hold.next_probe - self._clock.monotonic()))
            await first_of(*waits)

    async def _lease(self) -> Sequence[Lease]:
        # A probe is one delivery, and waits for no other: a whole batch would be a lot to try a
        # closed door with.
        batching = self.settings.batching
        return await self._store.lease(
            self.settings.route, 1 if self._health.hold else batching.max_events,
            max_bytes=batching.max_bytes, wait=_POLL_SECONDS,
            linger=0.0 if self._health.hold or self._hurries else batching.max_wait,
            lease_for=LEASE_SECONDS,
        )  # fmt: skip

    async def _start_next(self, attempts: asyncio.TaskGroup) -> None:
        leases = await self._nudge.unless_told(self._lease())
        if not leases:
            return
        departures = Departures()
        self._out |= {lease.token: (lease, departures) for lease in leases}
        if self._may_start():
            self._busy += 1
            attempts.create_task(self._attempt(leases, departures))
        else:
            # The route was held while this waited for something to do.
            await self._return((lease, False) for lease in leases)

    async def _return(self, leases: Iterable[tuple[Lease, bool]]) -> None:
        returned = [
            (lease, Later(0.0, "stopped", counts=False, maybe_delivered=maybe_delivered))
            for lease, maybe_delivered in leases
        ]
        if returned:
            await self._store.settle(returned)
        self._forget([lease for lease, _later in returned])

    async def _attempt(self, leases: Sequence[Lease], departures: Departures) -> None:
        try:
            async with kept_up(self._keep_lent(leases)):
                deliveries = [lease.delivery for lease in leases]
                outcomes = await attempt(self._connection, deliveries, self._redactor, departures)
                try:
                    # First of all, and at once: until then requests of the account still leave.
                    for outcome in outcomes:
                        if isinstance(outcome, Throttled):
                            await self._gate.hold(outcome.after)
                finally:
                    await to_the_end(self._settle(leases, outcomes))
        finally:
            self._busy -= 1
            self._ends.tell()

    async def _settle(self, leases: Sequence[Lease], outcomes: Sequence[Outcome]) -> None:
        ended = [(lease.delivery, each) for lease, each in zip(leases, outcomes, strict=True)]
        self._health.seen(ended, self._clock.monotonic())
        # One chance for all: what goes in one request and has to wait comes again in one.
        chance = self._random()
        settled = [
            (lease, settlement(outcome, lease, self.settings.policy, lambda: chance))
            for lease, outcome in zip(leases, outcomes, strict=True)
        ]
        lost = {lease.token for lease in await self._store.settle(settled)}
        self._forget(leases)
        for (lease, settled_as), outcome in zip(settled, outcomes, strict=True):
            if lease.token not in lost:
                self.settled += not isinstance(settled_as, Later)
                self._watcher.attempted(lease.delivery, outcome, settled_as)
        self._tell_hold()

    def _forget(self, leases: Iterable[Lease]) -> None:
        for lease in leases:
            self._out.pop(lease.token, None)

    def _tell_hold(self) -> None:
        hold = self._health.hold
        now = (hold.kind, hold.reason) if hold else None
        if now != self._told:
            self._told = now
            reason, detail = (hold.reason, hold.detail) if hold else (None, "")
            self._watcher.held(self.settings.route, reason, detail)

    async def _keep_lent(self, leases: Sequence[Lease]) -> None:
        while True:
            await self._clock.sleep(LEASE_SECONDS / 3)
            await self._store.extend(leases, LEASE_SECONDS)
