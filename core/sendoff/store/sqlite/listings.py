"""What the file lists behind the floors of the logs: deliveries that wait there, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sendoff.store.sqlite import damage
from sendoff.store.sqlite.records import unpack
from sendoff.store.sqlite.rows import Row

if TYPE_CHECKING:
    from collections.abc import Collection

    from sendoff.store.sqlite.tables import Tables


@dataclass(frozen=True, slots=True)
class Listing:
    """A delivery that waits in its line until `wake`; this and `began` are times of day.

    `version` is that of the naming (see `Cover`) under which it came back.
    """

    number: int
    line: int
    event: int
    wake: float = 0.0
    attempt: int = 1
    maybe: bool = False
    began: float | None = None
    version: int = -1


@dataclass(frozen=True, slots=True)
class Due:
    """Lines in which something is due: up to which place that was looked for, and what is next."""

    lines: frozenset[int]
    place: tuple[float, int]
    next_wake: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """The next deliveries of a line, and how many come after them."""

    rows: list[Row]
    more: int


def put(tables: Tables, name: str, listings: Collection[Listing]) -> None:
    """List deliveries, or list them anew."""
    if not listings:
        return
    log = tables.route(name)
    rows = [
        (each.number, log.id, each.line, each.event, each.wake, each.attempt, each.maybe,
         each.began, each.version)
        for each in listings
    ]  # fmt: skip
    tables.db.executemany("INSERT OR REPLACE INTO behind VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    log.end(tables.db, (), [row[0] for row in rows])


def due(tables: Tables, route: int, after: tuple[float, int], until: float, most: int) -> Due:
    """Lines in which something waits until a time of day, from a place on."""
    rows: list[Any] = tables.db.execute(
        "SELECT wake, seq, line FROM behind WHERE route = ? AND (wake, seq) > (?, ?) AND wake <= ?"
        " ORDER BY wake, seq LIMIT ?",
        (route, *after, until, most),
    ).fetchall()
    place = rows[-1][:2] if rows else after
    next_wake: Any = tables.db.execute(
        "SELECT wake FROM behind WHERE route = ? AND (wake, seq) > (?, ?) ORDER BY wake, seq"
        " LIMIT 1",
        (route, *place),
    ).get
    with damage.reading("behind"):
        next_wake = None if next_wake is None else float(next_wake)
    return Due(frozenset(row[2] for row in rows), place, next_wake)


def part(tables: Tables, name: str, line: int, after: int, most: int) -> Part:
    """The deliveries of a line that come after a number."""
    route = tables.route(name).id
    found: Any = tables.db.execute(
        "SELECT seq, behind.event, CAST(record AS BLOB), crc, wake, attempt, maybe, began"
        " FROM behind LEFT JOIN deliveries USING(seq) WHERE route = ? AND line = ? AND seq > ?"
        " ORDER BY seq LIMIT ?",
        (route, line, after, most),
    )
    rows = [_row(name, each) for each in found]
    for before, row in pairwise([after, *(row.number for row in rows)]):
        damage.make_sure_of_order("behind", before, row)
    if len(rows) < most:
        return Part(rows, 0)
    more: Any = tables.db.execute(
        "SELECT count(*) FROM behind WHERE route = ? AND line = ? AND seq > ?",
        (route, line, rows[-1].number),
    ).get
    return Part(rows, more)


def _row(name: str, found: tuple[Any, ...]) -> Row:
    number, event, record, crc, wake, attempt, maybe, began = found
    try:
        began = None if began is None else float(began)
        delivery = unpack(record, crc, name)
        return Row(number, event, delivery, float(wake), int(attempt), bool(maybe), began)
    except (TypeError, ValueError, OverflowError):
        return Row(number, event, None)


def lines(tables: Tables, route: int) -> dict[int, int]:
    """Every line that something is listed of, and how much."""
    found: Any = tables.db.execute(
        "SELECT line, count(*) FROM behind WHERE route = ? GROUP BY line", (route,)
    )
    return dict(found)
