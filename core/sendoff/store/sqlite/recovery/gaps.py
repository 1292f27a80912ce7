"""Numbers that are missing from a log, which had none when it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import apsw

_WIDEST: Final = 1_000_000
"""More are never missing in one place: what comes after has a number that was damaged."""


def missing(db: apsw.Connection, table: str, key: str, after: int, last: int) -> list[int]:
    """Which numbers are missing, after one and up to another."""
    found: list[int] = []
    for number in _numbers(db, table, key, after, last):
        found.extend(range(after + 1, number))
        after = number
    return found


def cut_off(db: apsw.Connection, table: str, key: str, after: int, last: int) -> int:
    """Delete what has a number that cannot be its own; how many that were."""
    before: int | None = None
    for number in _numbers(db, table, key, after, last):
        if before is not None and number - before > _WIDEST:
            db.execute(
                f"DELETE FROM {table} WHERE {key} >= ? AND {key} <= ?",  # noqa: S608 - as below
                (number, last),
            )
            return db.changes()
        before = number
    return 0


def _numbers(db: apsw.Connection, table: str, key: str, after: int, last: int) -> list[int]:
    rows = db.execute(
        f"SELECT {key} FROM {table} WHERE {key} > ? AND {key} <= ? ORDER BY {key}",  # noqa: S608 - names of ours
        (after, last),
    )
    return [number for (number,) in rows]
