"""A route's connection to Freshdesk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sendoff.delivery import NeedsOperator, Outcome, Rejected, Retry, Throttled
from sendoff.destination import Connection
from sendoff_freshdesk.account import Account
from sendoff_freshdesk.upsert import create, upsert
from sendoff_freshdesk.verification import verify

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence

    from sendoff.delivery import Delivery
    from sendoff.destination import Finding
    from sendoff.http import Http

_SEQUENCES: Final[Mapping[str, Callable[[Account, Delivery], Awaitable[Outcome]]]] = {
    "create_contact": create,
    "upsert_contact": upsert,
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


class FreshdeskConnection(Connection):
    """One account, over the HTTP client of one route."""

    def __init__(
        self, settings: Mapping[str, Any], http: Http, now: Callable[[], datetime] = _utc_now
    ) -> None:
        self._account = Account(settings, http, now)

    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        """Whether the key works and the contact fields fit; writes nothing."""
        return await verify(self._account, targets)

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """One after the other; behind one that has to wait, those that it holds up wait too."""
        outcomes: list[Outcome] = []
        for delivery in deliveries:
            earlier = zip(deliveries, outcomes, strict=False)
            outcomes.append(_held_up(delivery, earlier) or await self._deliver(delivery))
        return outcomes

    async def _deliver(self, delivery: Delivery) -> Outcome:
        sequence = _SEQUENCES.get(delivery.action)
        if sequence is None:
            return Rejected("unknown_action", f"Freshdesk has no action `{delivery.action}`.")
        return await sequence(self._account, delivery)


def _held_up(delivery: Delivery, earlier: Iterable[tuple[Delivery, Outcome]]) -> Outcome | None:
    """The outcome of a delivery that cannot be tried yet, None if it can.

    A pause of the account or a need for an operator holds up everything, a retry only what must
    stay in order with it.
    """
    for before, outcome in earlier:
        if isinstance(outcome, Throttled | NeedsOperator):
            return outcome
        if isinstance(outcome, Retry) and before.order_key == delivery.order_key != "":
            return replace(outcome, maybe_delivered=False)
    return None
