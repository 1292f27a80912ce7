"""Deliveries in the file: read a part at a time, lent out, and settled."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from sendoff.store.sqlite import damage, letters, listings, lost
from sendoff.store.sqlite.records import unpack
from sendoff.store.sqlite.rows import Row
from sendoff.store.sqlite.schema import ROUTE_BITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sendoff.store.deaths import DeadLetter
    from sendoff.store.sqlite.listings import Listing
    from sendoff.store.sqlite.tables import Tables
    from sendoff.store.totals import Count


@dataclass(frozen=True, slots=True)
class Loaded:
    """A route as it was found.

    `unread` deliveries that wait come after `floor`; others are `listed`, in the lines `asleep`.
    """

    id: int
    floor: int
    unread: int
    listed: int
    asleep: set[int]
    suspects: set[int]
    version: int


@dataclass(frozen=True, slots=True)
class Naming:
    """Deliveries of a route that may be out from now on, of which the suspects for certain."""

    route: int
    version: int
    numbers: Sequence[int]
    suspects: Sequence[int] = ()


@dataclass(slots=True)
class Settled:
    """What became of deliveries of one route.

    `ended` for good, of which `unlisted` had been listed; `later` are to be tried again; `cleared`
    are suspected no longer. With it comes the `naming` of what is lent next, which saves that one
    a transaction of its own.
    """

    route: str
    ended: list[int] = field(default_factory=list)
    unlisted: list[int] = field(default_factory=list)
    later: list[Listing] = field(default_factory=list)
    cleared: list[int] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    naming: Naming | None = None


def load(tables: Tables, name: str) -> Loaded:
    """A route, made if need be."""
    log = tables.route(name)
    asleep = listings.lines(tables, log.id)
    first, last = log.id << ROUTE_BITS, (log.id + 1) << ROUTE_BITS
    suspects: Any = tables.db.execute(
        "SELECT seq FROM suspects WHERE seq > ? AND seq < ?", (first, last)
    )
    version: Any = tables.db.execute("SELECT version FROM routes WHERE id = ?", (log.id,)).get
    with damage.reading("routes"):
        version = int(version)
    return Loaded(
        log.id, log.floor, log.top - log.floor - len(log.above), sum(asleep.values()),
        set(asleep), {number for (number,) in suspects}, version,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stretch:
    """The next deliveries of a log, how far that is, and whether it is the end for now."""

    rows: Sequence[Row]
    to: int
    at_end: bool


def read_on(tables: Tables, name: str, after: int, most: int, most_bytes: int) -> Stretch:
    """The next deliveries of a log that have neither ended nor are listed.

    Those that the log should have and has not are among them, damaged.
    """
    log = tables.route(name)
    rows: list[Row] = []
    found: Iterable[Any] = tables.db.execute(
        "SELECT seq, event, CAST(record AS BLOB), crc FROM deliveries WHERE seq > ? AND seq <= ?"
        " ORDER BY seq",
        (after, log.top),
    )
    before = after
    for number, event, record, crc in found:
        if number != before + 1:
            damage.make_sure_of_order("deliveries", before, number)
            rows += lost.rows_of(tables, name, before, number)
        before = number
        if number in log.above:
            continue
        rows.append(Row(number, event, unpack(record, crc, name)))
        most_bytes -= len(record or b"")
        if len(rows) >= most or most_bytes <= 0:
            return Stretch(rows, number, at_end=number == log.top)
    rows += lost.rows_of(tables, name, before, log.top + 1)
    return Stretch(rows, log.top, at_end=True)


def settle(
    tables: Tables, settled: Sequence[Settled], counts: Mapping[Count, int], now: float
) -> None:
    """Deliveries have ended, or are to be tried again."""
    db = tables.db
    for each in settled:
        if each.unlisted:
            db.executemany("DELETE FROM behind WHERE seq = ?", _ones(each.unlisted))
        if each.cleared:
            db.executemany("DELETE FROM suspects WHERE seq = ?", _ones(each.cleared))
        if each.later:
            listings.put(tables, each.route, each.later)
        tables.route(each.route).end(db, each.ended, ())
        if each.naming:
            name_out(tables, each.naming)
    letters.bury(tables, chain.from_iterable(each.letters for each in settled), now)
    tables.count(counts)


def bury_damaged(tables: Tables, name: str, rows: Sequence[Row], now: float) -> None:
    """Damaged deliveries become dead letters, without what they were."""
    numbers = [row.number for row in rows]
    settled = Settled(name, numbers, numbers, cleared=numbers)
    settled.letters = [damage.of_delivery(row.number, name, row.event) for row in rows]
    settle(tables, [settled], {(name, f"dead {damage.REASON}"): len(rows)}, now)


def name_out(tables: Tables, naming: Naming) -> None:
    """Write down what may be out."""
    tables.db.execute(
        "UPDATE routes SET lending = ?, version = ? WHERE id = ?",
        (array("q", naming.numbers).tobytes(), naming.version, naming.route),
    )
    if naming.suspects:
        tables.db.executemany("UPDATE suspects SET out = 1 WHERE seq = ?", _ones(naming.suspects))


def _ones(numbers: Iterable[int]) -> list[tuple[int]]:
    return [(number,) for number in numbers]
