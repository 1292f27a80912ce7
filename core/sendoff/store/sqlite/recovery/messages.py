"""Makes the log of messages whole: what was decided is known, and no gap is waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sendoff.store.sqlite.recovery.gaps import cut_off, missing

if TYPE_CHECKING:
    import apsw

    from sendoff.store.sqlite.recovery.rows import Table


_KNOWN: Final = (
    "SELECT number FROM decided WHERE number > ?1"
    " UNION SELECT event FROM deliveries WHERE event > ?1"
    " UNION SELECT event FROM dead WHERE event > ?1"
)
"""The messages after a number of which something tells that they were decided."""


def mend_messages(db: apsw.Connection, decided: Table) -> int:
    """Mend, inside a transaction; how many messages were lost, as far as that can be told."""
    lost = cut_off(db, "events", "number", 0, 1 << 62)
    last = int(db.execute("SELECT coalesce(max(number), 0) FROM events").get)
    known_to = _decided_to(db, decided, last)
    if decided.broken:
        known_to = min(known_to, _decide_again(db, known_to))
    absent = set(missing(db, "events", "number", known_to, last))
    absent.update(
        number
        for (number,) in db.execute(
            "SELECT number FROM decided WHERE number > (SELECT min(number) FROM events)"
            " EXCEPT SELECT number FROM events"
        )
    )
    absent.update(
        number
        for (number,) in db.execute(
            "SELECT number FROM keys WHERE number > ?1"
            " UNION SELECT event FROM deliveries WHERE event > ?1", (last,)
        )
    )  # fmt: skip
    _forget_numbers(db, last)
    db.execute("INSERT OR REPLACE INTO cursors VALUES('decided', ?)", (known_to,))
    db.execute("DELETE FROM decided_ahead WHERE number <= ?", (known_to,))
    db.execute(f"INSERT OR IGNORE INTO decided_ahead {_KNOWN}", (known_to,))
    ahead = [(number,) for number in absent if known_to < number <= last]
    db.executemany("INSERT OR IGNORE INTO decided_ahead VALUES(?)", ahead)
    return lost + len(absent)


def _forget_numbers(db: apsw.Connection, last: int) -> None:
    """Let nothing speak of a message that is lost: the numbers after the last are given again."""
    # Who sends a lost one again shall not be told that it is a duplicate.
    db.execute(
        "DELETE FROM keys WHERE number NOT IN (SELECT number FROM events UNION"
        " SELECT event FROM deliveries UNION SELECT event FROM dead)"
    )
    db.execute("UPDATE keys SET number = 0 WHERE number > ?", (last,))
    for table in ("decided", "decided_ahead"):
        db.execute(f"DELETE FROM {table} WHERE number > ?", (last,))  # noqa: S608 - a name of ours
    for table in ("deliveries", "behind", "resent", "dead"):
        db.execute(f"UPDATE {table} SET event = 0 WHERE event > ?", (last,))  # noqa: S608 - as above


def _decide_again(db: apsw.Connection, known_to: int) -> int:
    """Let messages be decided anew of which nothing tells that they were; up to where all were."""
    unknown = f"SELECT number FROM events WHERE number <= ?2 AND number NOT IN ({_KNOWN})"  # noqa: S608 - queries of ours
    first = db.execute(f"SELECT min(number) FROM ({unknown})", (0, known_to)).get  # noqa: S608 - as above
    if first is None:
        return known_to
    # It would be taken for a duplicate of itself.
    db.execute(f"DELETE FROM keys WHERE number IN ({unknown})", (0, known_to))  # noqa: S608 - as above
    return int(first) - 1


def _decided_to(db: apsw.Connection, decided: Table, last: int) -> int:
    """Up to where all was decided: what is said of each message counts more than the one cursor."""
    known = db.execute("SELECT value FROM cursors WHERE name = 'decided'").get
    if decided.broken and known is not None:
        return min(int(known), last)
    # What is before all that is said was decided, if the cursor says so too.
    first_undecided = db.execute(
        "SELECT min(number) FROM events WHERE number NOT IN (SELECT number FROM decided)"
        " AND NOT (number <= ? AND number < (SELECT min(number) FROM decided))",
        (known or 0,),
    ).get
    return last if first_undecided is None else int(first_undecided) - 1
