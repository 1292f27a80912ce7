"""The log of one route's deliveries: what was added, and how far all of it has ended."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import apsw

from sendoff.store.sqlite.records import pack
from sendoff.store.sqlite.schema import ROUTE_BITS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sendoff.delivery import Delivery

_END: Final = "INSERT OR IGNORE INTO ended SELECT value FROM carray(?)"


@dataclass(slots=True)
class RouteLog:
    """Numbers of one route's deliveries, which leave no gap.

    All up to `floor` have ended or are listed behind; so have those `above` it, one by one.
    """

    id: int
    name: str
    floor: int
    top: int
    above: set[int] = field(default_factory=set)

    @property
    def first(self) -> int:
        """What all its numbers are greater than."""
        return self.id << ROUTE_BITS

    def add(self, db: apsw.Connection, deliveries: Sequence[tuple[Delivery, int]]) -> list[int]:
        """Put deliveries, each with its event's number, at the end; their numbers."""
        numbers = list(range(self.top + 1, self.top + 1 + len(deliveries)))
        db.executemany(
            "INSERT INTO deliveries VALUES(?, ?, ?, ?)",
            [
                (number, event, *pack(delivery))
                for number, (delivery, event) in zip(numbers, deliveries, strict=True)
            ],
        )
        self.top += len(numbers)
        return numbers

    def end(self, db: apsw.Connection, ended: Collection[int], listed: Collection[int]) -> None:
        """Deliveries have ended, or were listed behind; none of them twice."""
        if self._come_next(ended) and not listed:
            self._raise_floor(db, self.floor + len(ended))
            return
        ended = [number for number in ended if number > self.floor]
        self.above.update(ended, (number for number in listed if number > self.floor))
        floor = self.floor
        while floor + 1 in self.above:
            floor += 1
            self.above.discard(floor)
        if floor > self.floor:
            db.execute("DELETE FROM ended WHERE seq > ? AND seq <= ?", (self.floor, floor))
            self._raise_floor(db, floor)
        if rows := array("q", [number for number in ended if number > floor]):
            db.execute(_END, (apsw.carray(rows),))

    def _come_next(self, ended: Collection[int]) -> bool:
        """Whether these are the first above the floor, without a gap, and nothing is there yet."""
        if self.above or not ended:
            return False
        return min(ended) == self.floor + 1 and max(ended) == self.floor + len(ended)

    def _raise_floor(self, db: apsw.Connection, floor: int) -> None:
        db.execute("UPDATE routes SET floor = ? WHERE id = ?", (floor, self.id))
        self.floor = floor


def read_route(db: apsw.Connection, name: str) -> RouteLog:
    """A route as the file knows it, or made."""
    found: Any = db.execute("SELECT id, floor FROM routes WHERE name = ?", (name,)).fetchone()
    if found is None:
        number = 1 + _last_number(db)
        floor = number << ROUTE_BITS
        db.execute("INSERT INTO routes VALUES(?, ?, ?, x'', 0)", (number, name, floor))
        return RouteLog(number, name, floor, floor)
    number, floor = found
    end = (number + 1) << ROUTE_BITS
    top = db.execute("SELECT max(seq) FROM deliveries WHERE seq > ? AND seq < ?", (floor, end)).get
    log = RouteLog(number, name, floor, max(floor, top or 0))
    for table in ("ended", "behind"):
        query = f"SELECT seq FROM {table} WHERE seq > ? AND seq < ?"  # noqa: S608 - a name of ours
        log.above.update(seq for (seq,) in db.execute(query, (floor, end)))
    return log


def _last_number(db: apsw.Connection) -> int:
    """The greatest number of a route, be it that only something of it is left."""
    last = [int(db.execute("SELECT coalesce(max(id), 0) FROM routes").get)]
    for table in ("deliveries", "ended", "behind"):
        seq = db.execute(f"SELECT coalesce(max(seq), 0) FROM {table}").get  # noqa: S608 - as above
        last.append(int(seq) >> ROUTE_BITS)
    return max(last)
