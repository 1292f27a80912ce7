"""Copies what is whole from a damaged store into a new one, table by table."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final
from zlib import crc32

import apsw

from sendoff.store.sqlite.recovery.rows import Row, Table, read, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

_AT_ONCE: Final = 1000
_SUMMED: Final = {"events": "body", "deliveries": "record", "dead": "record"}


def copy_whole(damaged: apsw.Connection, fresh: apsw.Connection) -> dict[str, Table]:
    """Copy every row that can be read and is as it was written; the tables, by name.

    A table is `broken` where rows could not be read, or were no rows any more.
    """
    found = tables(fresh)
    for table in found:
        places = ", ".join("?" * len(table.columns))
        # A row that was read twice, or under another's key, is there already.
        insert = f"INSERT OR IGNORE INTO {table.name} VALUES({places})"
        rows = _whole(table, read(damaged, table))
        while batch := list(islice(rows, _AT_ONCE)):
            fresh.executemany(insert, batch)
    return {table.name: table for table in found}


def _whole(table: Table, rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        if is_whole(table, row):
            yield row
        else:
            table.broken = True


def is_whole(table: Table, row: Row) -> bool:
    """Whether a row is one of the table's, and its content as it was written."""
    if not table.fits(row):
        return False
    if table.name not in _SUMMED:
        return True
    content = row[table.columns.index(_SUMMED[table.name])]
    return content is None or crc32(content) == row[table.columns.index("crc")]
