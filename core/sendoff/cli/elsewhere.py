"""Deliveries of this run that another process took, known by the journal that all share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sendoff import records
from sendoff.delivery import Delivered, Delivery
from sendoff.journal import Attempted
from sendoff.store.promise import Dead, Done

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.cli.account import Account
    from sendoff.store.promise import Settlement, Store

_AT_ONCE: Final = 100
_WAIT: Final = 30.0
_LAST_WAIT: Final = 1.0
"""Seconds in which another process has written down what it has settled."""


class Elsewhere:
    """Tells an account how deliveries of its run ended in another process."""

    def __init__(self, store: Store, account: Account) -> None:
        self._store = store
        self._account = account
        self._last = 0

    async def begin(self) -> None:
        """Hear of what happens from now on."""
        newest = await self._store.notes(-1, 1)
        self._last = newest[-1][0] if newest else 0

    async def follow(self) -> None:
        """Tell of it as it happens, without an end."""
        while True:
            await self._read(_WAIT)

    async def catch_up(self) -> None:
        """Tell of what others have settled, and may have written down only just now."""
        for name, route in self._account.tally.routes.items():
            while route.waiting > (await self._store.depth(name)).waiting:
                if not await self._read(_LAST_WAIT):
                    break

    async def _read(self, wait: float) -> bool:
        before = self._last
        self._last, found = await records.after(self._store, before, _AT_ONCE, wait=wait)
        for record in found:
            # What this process has settled is no longer on its way when its record is read.
            if record.get("delivery_id") in self._account.ledger.on_the_way:
                settlement = _settlement(record)
                if settlement is not None:
                    attempt = Attempted(_delivery(record), Delivered(), settlement)
                    self._account.attempted([attempt])
        return self._last != before


def _settlement(record: Mapping[str, Any]) -> Settlement | None:
    """How an attempt settled its delivery; None where it did not, or for another record."""
    reason, detail = (str(record.get(name) or "") for name in ("reason", "detail"))
    match record.get("kind"), record.get("then"):
        case "attempt", "Done":
            delivered = record.get("outcome") == "Delivered"
            return Done("delivered" if delivered else "skipped", reason, detail)
        case "attempt", "Dead":
            return Dead(reason or "too_large", detail)
    return None


def _delivery(record: Mapping[str, Any]) -> Delivery:
    """As much of a delivery as a record tells."""
    return Delivery(
        id=str(record["delivery_id"]), route=str(record["route"]), action="", body=b"",
        order_key="", event_key="", message_id=record.get("message_id"),
    )  # fmt: skip
