"""Deliveries that a log should have and has not, such as those of a page that was lost.

Nothing of theirs is left but their numbers; what was decided tells of which events they were.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import apsw
import msgspec

from sendoff.store.sqlite.rows import Row
from sendoff.store.sqlite.schema import ROUTE_BITS
from sendoff.store.verdicts import unpack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sendoff.store.sqlite.tables import Tables

MOST: Final = 1_000_000
"""More are never lost in one place: what comes after them has a number that was damaged."""
UNKNOWN: Final = 0
"""The number of no event."""


def rows_of(tables: Tables, route: str, after: int, before: int) -> list[Row]:
    """The deliveries that are missing between two numbers, damaged, each with its event.

    The event is UNKNOWN where what comes next does not tell. Raises CorruptError where the log
    cannot have had so many.
    """
    count = before - after - 1
    if not count:
        return []
    if count > MOST:
        raise apsw.CorruptError("deliveries: a number that cannot be")
    above = tables.route(route).above
    if all(number in above for number in range(after + 1, before)):
        return []
    resent = dict(_resent(tables, after, before))
    events = [UNKNOWN] * count if resent else _sent_before(tables, route, before, count)
    return [
        Row(number, resent.get(number, event), None)
        for number, event in enumerate(events, after + 1)
        if number not in above
    ]


def _resent(tables: Tables, after: int, before: int) -> list[Any]:
    rows: list[Any] = tables.db.execute(
        "SELECT seq, event FROM resent WHERE seq > ? AND seq <= ?", (after, before)
    ).fetchall()
    return rows


def _sent_before(tables: Tables, route: str, number: int, count: int) -> Sequence[int]:
    """The events of so many deliveries before one that is there: a log is in the order of events.

    It is not where something was decided ahead of its turn: then an event is found twice.
    """
    event: Any = tables.db.execute("SELECT event FROM deliveries WHERE seq = ?", (number,)).get
    if event is None:
        return [UNKNOWN] * count
    events = list(islice(_sent(tables, route, event), count))[::-1]
    if len(events) < count or _has_others(tables, number >> ROUTE_BITS, events):
        return [UNKNOWN] * count
    return events


def _sent(tables: Tables, route: str, before: int) -> Iterator[int]:
    """The events that were to be sent on a route, the newest first.

    Behind a decision that cannot be read, there is no telling.
    """
    rows: Any = tables.db.execute(
        "SELECT number, verdicts FROM decided WHERE number < ? AND verdicts IS NOT NULL"
        " ORDER BY number DESC",
        (before,),
    )
    with suppress(msgspec.DecodeError, TypeError):  # damaged, or no bytes at all
        for number, record in rows:
            if any(
                each.verdict == "send" and each.route == route
                for each in unpack(number, record).decisions
            ):
                yield number


def _has_others(tables: Tables, route: int, events: Sequence[int]) -> bool:
    """Whether a delivery that is there is of one of these events."""
    found: Any = tables.db.execute(
        "SELECT count(*) FROM deliveries WHERE seq > ? AND seq < ? AND event BETWEEN ? AND ?",
        (route << ROUTE_BITS, (route + 1) << ROUTE_BITS, min(events), max(events)),
    ).get
    return bool(found)
