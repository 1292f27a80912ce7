"""Makes the logs of deliveries whole.

What is in doubt is never taken for done: it waits once more, marked as perhaps delivered, or is a
dead letter for somebody to look at.
"""

from __future__ import annotations

from array import array
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import msgspec
from msgspec.json import encode as json_encode

from sendoff.decision import DeliveryIds
from sendoff.delivery import Delivery
from sendoff.store.sqlite.records import line_of, unpack
from sendoff.store.sqlite.recovery.gaps import cut_off, missing
from sendoff.store.sqlite.recovery.rows import UNREADABLE
from sendoff.store.sqlite.recovery.vanished import bury_vanished
from sendoff.store.sqlite.schema import ROUTE_BITS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import apsw

    from sendoff.store.sqlite.recovery.rows import Table

REASON: Final = "recovered"
_DETAIL: Final = (
    "the store was damaged, and it is not known whether this was delivered"
    " (replay it if it is to be sent again)"
)
_STATE: Final = ("routes", "ended", "behind", "suspects")


def mend_routes(
    db: apsw.Connection, damaged: apsw.Connection, saved: Mapping[str, Table], now: float
) -> int:
    """Mend, inside a transaction; how many deliveries were lost, as far as that can be told."""
    # A number of another route's would be taken for this one's.
    db.execute(
        "UPDATE routes SET floor = -1 WHERE floor >> ? != id OR id < 1", (ROUTE_BITS,)
    )  # fmt: skip
    lost = _bury_orphans(db, now)
    db.execute("UPDATE routes SET floor = id << ?, lending = x'' WHERE floor = -1", (ROUTE_BITS,))
    # Asked while it is still known what waited.
    buried = bury_vanished(db, REASON, now) if saved["deliveries"].broken else {}
    listed = _listed_by_index(db, damaged) if saved["behind"].broken else set()
    in_doubt = any(saved[table].broken for table in _STATE)
    routes: list[Any] = db.execute("SELECT id, name, floor, lending FROM routes").fetchall()
    for number, name, floor, lending in routes:
        lost += max(0, _close_gaps(db, number, floor) - buried.get(name, 0))
        _lend_what_is_there(db, number, lending)
        if in_doubt:
            _doubt(db, number, name, floor, listed)
    return lost


def _bury_orphans(db: apsw.Connection, now: float) -> int:
    """Deliveries of which it is not known how far their route had come are dead letters now."""
    lost = 0
    rows: list[Any] = db.execute(
        "SELECT seq, event, record, crc FROM deliveries"
        " WHERE seq >> ? NOT IN (SELECT id FROM routes WHERE floor >= 0)",
        (ROUTE_BITS,),
    ).fetchall()
    for number, event, record, crc in rows:
        delivery = _by_itself(record, crc)
        if delivery is None:
            lost += 1
        else:
            db.execute(
                "INSERT OR IGNORE INTO dead(id, route, reason, detail, rule, message_id, event,"
                " died, record, crc) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (delivery.id, delivery.route, REASON, _DETAIL, delivery.rule, delivery.message_id,
                 event, now, record, crc),
            )  # fmt: skip
        db.execute("DELETE FROM deliveries WHERE seq = ?", (number,))
    return lost


def _by_itself(record: bytes, crc: int) -> Delivery | None:
    """The delivery, if it is what its id was made of."""
    try:
        delivery = msgspec.msgpack.decode(record, type=Delivery)
    except (msgspec.MsgspecError, ValueError):
        return None
    made = DeliveryIds(delivery.route).of(delivery.event_key, delivery.resend)
    return delivery if made == delivery.id and crc32(record) == crc else None


def _listed_by_index(db: apsw.Connection, damaged: apsw.Connection) -> set[int]:
    """What was listed behind the floor, by the indexes of that table: they may be whole yet."""
    listed: set[int] = set()
    for (index,) in db.execute("SELECT name FROM pragma_index_list('behind')").fetchall():
        with suppress(*UNREADABLE):
            rows = damaged.execute(f"SELECT seq FROM behind INDEXED BY {index}")  # noqa: S608
            listed.update(number for (number,) in rows)
    return listed


def _close_gaps(db: apsw.Connection, route: int, floor: int) -> int:
    """Take what is missing for ended, so that nobody waits for it; how many those are."""
    end = ((route + 1) << ROUTE_BITS) - 1
    lost = cut_off(db, "deliveries", "seq", route << ROUTE_BITS, end)
    last: int = db.execute(
        "SELECT coalesce(max(seq), ?1) FROM deliveries WHERE seq > ?1 AND seq <= ?2", (floor, end)
    ).get
    absent = set(missing(db, "deliveries", "seq", floor, last))
    ended = {number for (number,) in db.execute("SELECT seq FROM ended")}
    listed = db.execute(
        "SELECT seq FROM behind WHERE seq > ? AND seq <= ? EXCEPT SELECT seq FROM deliveries",
        (route << ROUTE_BITS, end),
    )
    gone = (absent - ended) | {number for (number,) in listed}
    db.executemany("INSERT OR IGNORE INTO ended VALUES(?)", [(number,) for number in absent])
    db.execute("DELETE FROM ended WHERE seq > ? AND seq <= ?", (last, end))
    for table in ("behind", "suspects", "resent"):
        db.execute(
            f"DELETE FROM {table} WHERE seq > ? AND seq <= ?"  # noqa: S608 - a name of ours
            " AND seq NOT IN (SELECT seq FROM deliveries)",
            (route << ROUTE_BITS, end),
        )
    return lost + len(gone)


def _lend_what_is_there(db: apsw.Connection, route: int, lending: bytes) -> None:
    """Keep of those that were perhaps out what is there yet."""
    out = array("q", lending[: len(lending) // 8 * 8])
    there = [
        number
        for number in out
        if db.execute("SELECT 1 FROM deliveries WHERE seq = ?", (number,)).fetchone()
    ]
    db.execute("UPDATE routes SET lending = ? WHERE id = ?", (array("q", there).tobytes(), route))


def _doubt(db: apsw.Connection, route: int, name: str, floor: int, listed: Collection[int]) -> None:
    """All that waits may have been delivered: what would say that it was has been damaged."""
    end = ((route + 1) << ROUTE_BITS) - 1
    db.execute("UPDATE behind SET maybe = 1 WHERE route = ?", (route,))
    rows: list[Any] = db.execute(
        "SELECT seq, event, record, crc FROM deliveries WHERE seq > ? AND seq <= ? AND"
        " (seq > ? OR seq IN (SELECT value FROM json_each(?)))"
        " AND seq NOT IN (SELECT seq FROM ended) AND seq NOT IN (SELECT seq FROM behind)",
        (route << ROUTE_BITS, end, floor, json_encode(list(listed)).decode()),
    ).fetchall()
    for number, event, record, crc in rows:
        delivery = unpack(record, crc, name)
        key = delivery.order_key if delivery else ""
        db.execute(
            "INSERT INTO behind VALUES(?, ?, ?, ?, 0.0, 1, 1, NULL, -1)",
            (number, route, line_of(route, key) if key else number, event),
        )
