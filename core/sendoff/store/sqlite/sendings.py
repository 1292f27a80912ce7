"""What became of the delivery of an event on a route: where it stands in the log, and how."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sendoff.store.resends import Sent, Target
from sendoff.store.sqlite import decisions
from sendoff.store.sqlite.records import unpack
from sendoff.store.sqlite.schema import ROUTE_BITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendoff.decision import Decision
    from sendoff.delivery import Delivery
    from sendoff.store.sqlite.tables import Tables

_NEXT: Final = "SELECT seq, event FROM deliveries WHERE seq >= ? AND seq <= ? ORDER BY seq LIMIT 1"


@dataclass(frozen=True, slots=True)
class Found:
    """How a delivery stands, the decision to send it, and what was sent, where that is kept."""

    sent: Sent
    decision: Decision | None = None
    delivery: Delivery | None = None


class Sendings:
    """Looks deliveries up by their events, in one transaction."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._places: dict[str, _Places] = {}

    def find(self, target: Target) -> Found:
        """The last delivery of an event on a route."""
        known = decisions.kept(self._tables, [target.number])
        made = [d for each in known for d in each.decisions if d.route == target.route]
        if not made or made[0].verdict != "send":
            return Found(Sent("not_sent" if known else "gone"))
        [decision] = made
        if self._is_dead(target):
            return Found(Sent("dead", decision.resend))
        place = self._place(target)
        if place is None:
            return Found(Sent("gone", decision.resend))
        if self._waits(target.route, place):
            return Found(Sent("waiting", decision.resend))
        delivery = self._recorded(target.route, place)
        if delivery is not None and delivery.id != decision.delivery_id:
            delivery = None
        sent = Sent("ended", decision.resend, recorded=delivery is not None)
        return Found(sent, decision, delivery)

    def _is_dead(self, target: Target) -> bool:
        query = "SELECT 1 FROM dead WHERE event = ? AND route = ?"
        return self._tables.db.execute(query, target).fetchone() is not None

    def _place(self, target: Target) -> int | None:
        if target.route not in self._places:
            self._places[target.route] = _Places(self._tables, target.route)
        return self._places[target.route].of(target.number)

    def _waits(self, route: str, place: int) -> bool:
        log = self._tables.route(route)
        if place > log.floor and place not in log.above:
            return True
        query = "SELECT 1 FROM behind WHERE seq = ?"
        return self._tables.db.execute(query, (place,)).fetchone() is not None

    def _recorded(self, route: str, place: int) -> Delivery | None:
        query = "SELECT CAST(record AS BLOB), crc FROM deliveries WHERE seq = ?"
        row: Any = self._tables.db.execute(query, (place,)).fetchone()
        return unpack(row[0], row[1], route) if row else None


class _Places:
    """Where the deliveries of one route stand.

    They came in the order of their events, but for those that came again: so the first delivery of
    an event is found by halving, past all that came again. That needs no index, which every event
    would pay for.
    """

    def __init__(self, tables: Tables, route: str) -> None:
        self._db = tables.db
        log = tables.route(route)
        self._first, self._top = log.first + 1, log.top
        again: list[Any] = self._db.execute(
            "SELECT seq, event FROM resent WHERE seq > ? AND seq < ? ORDER BY seq",
            (log.first, log.first + (1 << ROUTE_BITS)),
        ).fetchall()
        self._again: Sequence[int] = [seq for seq, _event in again]
        self._newest: dict[int, int] = {event: seq for seq, event in again}

    def of(self, event: int) -> int | None:
        """The last delivery of an event; None where it is no longer kept."""
        return self._newest.get(event) or self._original(event)

    def _original(self, event: int) -> int | None:
        low, high = self._first, self._top
        while low <= high:
            middle = (low + high) // 2
            number, found = self._from(middle, high)
            if number is None or found > event:
                high = middle - 1
            elif found < event:
                low = number + 1
            else:
                return number
        return None

    def _from(self, place: int, high: int) -> tuple[int | None, int]:
        """The next delivery that is a first one, with its event."""
        while True:
            start = self._past(place)
            row: Any = self._db.execute(_NEXT, (start, high)).fetchone()
            if row is None:
                return None, 0
            place, event = row
            if place == self._past(place):
                return place, event

    def _past(self, place: int) -> int:
        """The place itself, or the end of the row of those that came again there."""
        again = self._again
        at = bisect_left(again, place)
        if at == len(again) or again[at] != place:
            return place
        # Numbers without a gap are as far from each other as their places in the list.
        rest = range(at, len(again))
        return place + bisect_right(rest, place - at, key=lambda each: again[each] - each)
