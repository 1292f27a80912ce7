"""What was decided about messages: under which keys, how, and which are still undecided."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import apsw
import msgspec
from isal.isal_zlib import crc32

from sendoff.event import content_digest
from sendoff.store.letters import letters_of
from sendoff.store.promise import Earlier
from sendoff.store.sqlite import damage, letters
from sendoff.store.sqlite.facts import remember
from sendoff.store.sqlite.queueing import queue
from sendoff.store.sqlite.records import short
from sendoff.store.totals import counts_of
from sendoff.store.verdicts import pack, replaced, resent, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sendoff.decision import Decision
    from sendoff.delivery import Delivery
    from sendoff.store.promise import Decided, Verdicts
    from sendoff.store.sqlite.queueing import Queued
    from sendoff.store.sqlite.tables import Tables

_KNOWN: Final = "SELECT key, number FROM carray(?) CROSS JOIN keys ON key = value"
_EARLIER: Final = (
    "SELECT key, number, CAST(body AS BLOB), crc FROM carray(?) CROSS JOIN keys ON key = value"
    " LEFT JOIN events USING(number)"
)


def earlier(tables: Tables, keys: Sequence[str]) -> dict[str, Earlier]:
    """Which of these event keys were decided before."""
    if not keys:
        return {}
    asked = tables.fresh.asked = {key: short(key) for key in keys}
    by_short = {each: key for key, each in asked.items()}
    rows: Any = tables.db.execute(_EARLIER, (apsw.carray(tuple(by_short)),))
    return {by_short[key]: Earlier(number, _digest(body, crc)) for key, number, body, crc in rows}


def _digest(body: Any, crc: Any) -> bytes:
    """Of a message's content; blank where it is damaged or gone."""
    return content_digest(body) if isinstance(body, bytes) and crc32(body) == crc else b""


def kept(tables: Tables, numbers: Sequence[int]) -> list[Verdicts]:
    """What was decided about those of these messages that are kept."""
    found = []
    for number in numbers:
        record: Any = tables.db.execute(
            "SELECT verdicts FROM decided WHERE number = ?", (number,)
        ).get
        if isinstance(record, bytes):
            with suppress(msgspec.DecodeError):  # damaged: nothing is known of it
                found.append(unpack(number, record))
    return found


def redecide(tables: Tables, number: int, decision: Decision) -> None:
    """Know of a decision in the place of the one about the same route."""
    _change(tables, number, lambda record: replaced(record, decision))


def repeat(tables: Tables, number: int, delivery: Delivery) -> None:
    """Know of a delivery in the place of the one that it repeats."""
    _change(tables, number, lambda record: resent(record, delivery))


def _change(tables: Tables, number: int, changed: Callable[[bytes], bytes]) -> None:
    record: Any = tables.db.execute("SELECT verdicts FROM decided WHERE number = ?", (number,)).get
    if isinstance(record, bytes):
        with suppress(msgspec.DecodeError):  # damaged: nothing is known of it
            tables.db.execute(
                "UPDATE decided SET verdicts = ? WHERE number = ?", (changed(record), number)
            )


def numbers_of(tables: Tables, message_id: str) -> list[int]:
    """The messages that came with a message id, oldest first."""
    key = short(message_id)
    rows = tables.db.execute(
        "SELECT number FROM keys WHERE key = ? UNION SELECT number FROM decided WHERE message = ?"
        " ORDER BY number",
        (key, key.hex()),
    )
    return [number for (number,) in rows]


def decide(tables: Tables, decided: Sequence[Decided], now: float) -> tuple[list[int], Queued]:
    """Keep decisions and all that follows from them; the numbers of those that were undecided."""
    taken = take_off(tables, [one.number for one in decided])
    fresh = []
    for one in decided:
        if one.number in taken:
            taken.discard(one.number)
            fresh.append(one)
    _know(tables, fresh)
    tables.count(counts_of(fresh))
    letters.bury(tables, letters_of(fresh), now)
    remember(tables, [fact for one in fresh for fact in one.facts])
    added = [(delivery, one.number) for one in fresh for delivery in one.deliveries]
    return [one.number for one in fresh], queue(tables, added)


def bury_damaged(tables: Tables, numbers: Sequence[int], now: float) -> None:
    """Damaged messages become dead letters, and are undecided no longer."""
    if numbers and max(numbers) > _last(tables):
        # Found where no row of that number can be: it would be found again and again.
        raise apsw.CorruptError("events: rows out of order")
    taken = sorted(take_off(tables, numbers))
    letters.bury(tables, (damage.of_message(number) for number in taken), now)
    tables.count({("", "events"): len(taken), ("", "invalid"): len(taken)})
    tables.db.executemany(
        "INSERT INTO decided VALUES(?, x'', NULL, NULL)", [(number,) for number in taken]
    )


def decided_to(tables: Tables) -> int:
    """The last message up to which all are decided."""
    with damage.reading("cursors"):
        return int(tables.db.execute("SELECT value FROM cursors WHERE name = 'decided'").get or 0)


def take_off(tables: Tables, numbers: Sequence[int]) -> set[int]:
    """Those of these messages that were undecided, which they are no longer.

    Messages are decided in their order, so a cursor says which; should one be early, it is listed.
    """
    db = tables.db
    start = cursor = decided_to(tables)
    last = _last(tables)
    ahead = {number for (number,) in db.execute("SELECT number FROM decided_ahead")}
    listed = set(ahead)
    taken = {number for number in numbers if cursor < number <= last} - ahead
    ahead |= taken
    while cursor + 1 in ahead:
        cursor += 1
        ahead.discard(cursor)
    if cursor > start:
        db.execute("INSERT OR REPLACE INTO cursors VALUES('decided', ?)", (cursor,))
    if listed - ahead:
        db.execute("DELETE FROM decided_ahead WHERE number <= ?", (cursor,))
    if ahead - listed:
        db.executemany(
            "INSERT INTO decided_ahead VALUES(?)", [(number,) for number in ahead - listed]
        )
    return taken


def _last(tables: Tables) -> int:
    return int(tables.db.execute("SELECT max(number) FROM events").get or 0)


def _know(tables: Tables, fresh: Sequence[Decided]) -> None:
    rows = []
    asked = tables.fresh.asked
    keys = [asked.get(one.key) or short(one.key) for one in fresh]
    first = _first_with(tables, [(k, one.number) for k, one in zip(keys, fresh, strict=True)])
    for key, one in zip(keys, fresh, strict=True):
        is_first, message = one.number in first, None
        if one.message_id is not None and not (is_first and one.message_id == one.key):
            message = short(one.message_id).hex()
        rows.append((one.number, key if is_first else b"", message, pack(one)))
    tables.db.executemany("INSERT INTO decided VALUES(?, ?, ?, ?)", rows)


def _first_with(tables: Tables, rows: Sequence[tuple[bytes, int]]) -> set[int]:
    """Keep keys with their numbers; the numbers of those whose key was not there before."""
    db = tables.db
    before = db.total_changes()
    db.executemany("INSERT OR IGNORE INTO keys VALUES(?, ?)", rows)
    numbers = {number for _key, number in rows}
    if db.total_changes() - before == len(rows):
        return numbers
    found: Any = db.execute(_KNOWN, (apsw.carray(tuple(key for key, _number in rows)),))
    return numbers.intersection(number for _key, number in found)
