"""What was out when the process died: known anew when the file is opened again.

One of them may be what killed it. So each is lent alone from then on, and named in the file before:
who was out alone three times when the process died has had its last attempt.
"""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from sendoff.store.letters import letter_of
from sendoff.store.promise import Dead
from sendoff.store.sqlite import deliveries, listings
from sendoff.store.sqlite.deliveries import Settled
from sendoff.store.sqlite.records import unpack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff.store.sqlite.listings import Listing
    from sendoff.store.sqlite.route_log import RouteLog
    from sendoff.store.sqlite.tables import Tables

DEATHS: Final = 3
_REASON: Final = "took_the_worker_down"
_DETAIL: Final = f"the process died {DEATHS} times while this alone was being delivered"


def after_crash(tables: Tables, now: float) -> None:
    """Suspect what was out; in a transaction. Nothing is where the store was closed in order."""
    db = tables.db
    found: list[Any] = db.execute(
        "SELECT name, lending, version FROM routes WHERE lending != x''"
    ).fetchall()
    for name, lending, version in found:
        log = tables.route(name)
        suspected = [n for n in array("q", lending) if _was_out(tables, log, n, version)]
        db.executemany("INSERT OR IGNORE INTO suspects VALUES(?, 0, 0)", [(n,) for n in suspected])
    db.execute("UPDATE suspects SET deaths = deaths + 1, out = 0 WHERE out")
    for name, *_ in found:
        _bury(tables, tables.route(name), now)
    put_away(tables, {})


def put_away(tables: Tables, lent: Mapping[str, Sequence[Listing]]) -> None:
    """Nothing is out any more: what was is listed, by route."""
    for name, some in lent.items():
        listings.put(tables, name, some)
    tables.db.execute("UPDATE routes SET lending = x'' WHERE lending != x''")
    tables.db.execute("UPDATE suspects SET out = 0 WHERE out")


def _was_out(tables: Tables, log: RouteLog, number: int, version: int) -> bool:
    """Whether a delivery that was named has not come back since."""
    listed: Any = tables.db.execute("SELECT version FROM behind WHERE seq = ?", (number,)).get
    if listed is not None:
        return bool(listed != version)
    return number > log.floor and number not in log.above


def _bury(tables: Tables, log: RouteLog, now: float) -> None:
    rows: list[Any] = tables.db.execute(
        "SELECT seq, event, CAST(record AS BLOB), crc FROM suspects JOIN deliveries USING(seq)"
        " WHERE seq > ? AND seq <= ? AND deaths >= ?",
        (log.first, log.top, DEATHS),
    ).fetchall()
    for number, event, record, crc in rows:
        delivery = unpack(record, crc, log.name)
        if delivery is None:
            continue  # it dies of that
        dead = Dead(_REASON, _DETAIL)
        settled = Settled(log.name, [number], [number], cleared=[number])
        settled.letters.append(letter_of(replace(delivery, maybe_delivered=True), dead, event))
        deliveries.settle(tables, [settled], Counter({(log.name, f"dead {_REASON}"): 1}), now)
