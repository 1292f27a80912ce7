"""Forgetting: what has ended and was kept for long enough, a little at a time."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from sendoff.store.sqlite.decisions import decided_to
from sendoff.store.sqlite.schema import ROUTE_BITS

if TYPE_CHECKING:
    from sendoff.clock import Clock
    from sendoff.store.sqlite.tables import Tables

EVERY: Final = 60.0
"""Seconds from one round of forgetting to the next."""
STEP: Final = 500
_MANY_FREE: Final = 4096
"""Where so many pages are free, and a quarter of all, the file is made smaller."""


class Pruning:
    """Rounds of forgetting what ended longer than `keep` seconds ago.

    A message stays while a delivery of it waits, or a dead letter stands for it; with it stays its
    key, by which a duplicate is known.
    """

    def __init__(self, clock: Clock, keep: float) -> None:
        self._clock = clock
        self._keep = keep
        self._round_at = clock.monotonic() + EVERY
        self._after = -1  # the message that was looked at last in this round; none is going on

    @property
    def is_due(self) -> bool:
        """Whether there is something to look at."""
        return self._after >= 0 or self._clock.monotonic() >= self._round_at

    def step(self, tables: Tables) -> None:
        """Forget a little; in a transaction."""
        end = _kept_from(tables, self._clock.now().timestamp() - self._keep)
        forgotten = _forget_deliveries(tables, end)
        looked_at = _forget_messages(tables, max(0, self._after), end)
        if looked_at is not None or forgotten:
            self._after = max(0, self._after) if looked_at is None else looked_at
            return
        self._after = -1
        self._round_at = self._clock.monotonic() + EVERY


def shrink(tables: Tables) -> None:
    """Give some of the file's free pages back to the disk, where they are many."""
    free: Any = tables.db.pragma("freelist_count")
    pages: Any = tables.db.pragma("page_count")
    if free > _MANY_FREE and free > pages // 4:
        tables.db.execute(f"PRAGMA incremental_vacuum({STEP})").fetchall()  # a page for each row


def _kept_from(tables: Tables, before: float) -> int:
    """The first message that came at a time of day or later, or is needed whatever its age.

    The newest always is: the next number is counted from it.
    """
    db = tables.db
    low: Any = db.execute("SELECT min(number) FROM events").get
    high: Any = db.execute("SELECT max(number) FROM events").get
    if low is None:
        return 0
    high = min(high, decided_to(tables) + 1, *_waiting_for(tables, high))
    while low < high:
        middle = (low + high) // 2
        came: Any = db.execute(
            "SELECT CAST(received AS REAL) FROM events WHERE number >= ? ORDER BY number LIMIT 1",
            (middle,),
        ).get
        if came < before:
            low = middle + 1
        else:
            high = middle
    return int(low)


def _waiting_for(tables: Tables, otherwise: int) -> list[int]:
    """For each route the message whose delivery is the first of the log to wait."""
    rows: Any = tables.db.execute("SELECT event FROM routes JOIN deliveries ON seq = floor + 1")
    return [event for (event,) in rows] or [otherwise]


def _forget_messages(tables: Tables, after: int, end: int) -> int | None:
    """Forget messages before `end`, some; the last that was looked at, None where none is left."""
    db = tables.db
    rows: list[Any] = db.execute(
        "SELECT number, key FROM events LEFT JOIN decided USING(number)"
        " WHERE number > ? AND number < ? ORDER BY number LIMIT ?",
        (after, end, STEP),
    ).fetchall()
    if not rows:
        return None
    last: int = rows[-1][0]
    needed = _needed(tables, after, last)
    gone = [row for row in rows if row[0] not in needed]
    db.executemany("DELETE FROM keys WHERE key = ? AND number = ?", [(k, n) for n, k in gone])
    numbers = [(number,) for number, _ in gone]
    db.executemany("DELETE FROM decided WHERE number = ?", numbers)
    db.executemany("DELETE FROM events WHERE number = ?", numbers)
    return last


def _needed(tables: Tables, after: int, last: int) -> set[int]:
    """Messages in a stretch that a dead letter or something that waits may still need."""
    rows: Any = tables.db.execute(
        "SELECT event FROM dead WHERE event > ?1 AND event <= ?2"
        " UNION ALL SELECT event FROM behind WHERE event > ?1 AND event <= ?2"
        " UNION ALL SELECT event FROM resent WHERE event > ?1 AND event <= ?2",
        (after, last),
    )
    return {number for (number,) in rows}


def _forget_deliveries(tables: Tables, end: int) -> int:
    """Forget deliveries that have ended of messages before `end`, some of each route; how many."""
    db = tables.db
    forgotten = 0
    routes: list[Any] = db.execute("SELECT id, floor FROM routes").fetchall()
    for route, floor in routes:
        first = route << ROUTE_BITS
        rows: list[Any] = db.execute(
            "SELECT seq, event FROM deliveries WHERE seq > ? AND seq <= ?"
            " AND NOT EXISTS (SELECT 1 FROM behind WHERE behind.seq = deliveries.seq)"
            " ORDER BY seq LIMIT ?",
            (first, floor, STEP),
        ).fetchall()
        gone = [(number,) for number, _ in takewhile(lambda row: row[1] < end, rows)]
        db.executemany("DELETE FROM deliveries WHERE seq = ?", gone)
        db.executemany("DELETE FROM resent WHERE seq = ?", gone)
        forgotten += len(gone)
    return forgotten
