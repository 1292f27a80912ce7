"""Who is told that a route is held, or goes on: the watchers at once, others through the store."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from sendoff.event import utc_text
from sendoff.store.failures import StoreError
from sendoff.store.promise import Fact

if TYPE_CHECKING:
    from sendoff.clock import Clock
    from sendoff.holds import Hold
    from sendoff.journal import Watcher
    from sendoff.store.promise import Store

KIND = "hold"


class HoldNotice:
    """Tells of one route's holds: the watchers once for each reason, the store at every probe.

    The store keeps `kind`, `reason`, `detail`, and as UTC text `since` and `next_probe`, under the
    fact `hold` of the route; without a hold there is none.
    """

    def __init__(self, route: str, store: Store, watcher: Watcher, clock: Clock) -> None:
        self._route = route
        self._store = store
        self._watcher = watcher
        self._clock = clock
        self._reason: tuple[str, str] | None = None
        self._since = ""
        self._hold: Hold | None = None
        # What an earlier process left is not known until this one has something to say.
        self._left_word = True

    async def tell(self, hold: Hold | None) -> None:
        """Tell where it is news; a store that cannot be told is no reason to stop."""
        reason = (hold.kind, hold.reason) if hold else None
        if reason != self._reason:
            self._reason, self._since = reason, self._time(0.0)
            told, detail = (hold.reason, hold.detail) if hold else (None, "")
            self._watcher.held(self._route, told, detail)
        if hold != self._hold or (hold is None and self._left_word):
            self._hold = hold
            with suppress(StoreError):
                await self._leave_word(hold)

    async def _leave_word(self, hold: Hold | None) -> None:
        if hold is None:
            await self._store.forget(KIND, self._route)
            self._left_word = False
            return
        self._left_word = True
        value = {
            "kind": hold.kind, "reason": hold.reason, "detail": hold.detail,
            "since": self._since,
            "next_probe": self._time(hold.next_probe - self._clock.monotonic()),
        }  # fmt: skip
        await self._store.remember([Fact(KIND, self._route, value)])

    def _time(self, ahead: float) -> str:
        return utc_text(self._clock.now() + timedelta(seconds=ahead))
