"""A route's connection to Freshdesk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sendoff.clock import utc_now
from sendoff.delivery import Outcome, Rejected
from sendoff.destination import Connection
from sendoff_freshdesk.account import Account
from sendoff_freshdesk.upsert import create, upsert
from sendoff_freshdesk.verification import verify

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sendoff.delivery import Delivery
    from sendoff.destination import Finding
    from sendoff.http import Http

_SEQUENCES: Final[Mapping[str, Callable[[Account, Delivery], Awaitable[Outcome]]]] = {
    "create_contact": create,
    "upsert_contact": upsert,
}


class FreshdeskConnection(Connection):
    """One account, over the HTTP client of one route."""

    def __init__(
        self, settings: Mapping[str, Any], http: Http, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._account = Account(settings, http, now)

    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        """Whether the key works and the contact fields fit; writes nothing."""
        return await verify(self._account, targets)

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """One outcome for each delivery, in order. Routes give one at a time."""
        return [await self._deliver(delivery) for delivery in deliveries]

    async def _deliver(self, delivery: Delivery) -> Outcome:
        sequence = _SEQUENCES.get(delivery.action)
        if sequence is None:
            return Rejected("unknown_action", f"Freshdesk has no action `{delivery.action}`.")
        return await sequence(self._account, delivery)
