"""Reads the rows of a table of which parts cannot be read, going round those."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import apsw

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Row = tuple[Any, ...]

UNREADABLE: Final = (apsw.Error, UnicodeDecodeError, MemoryError, TypeError)
_LARGEST: Final = 2**63 - 1
_TYPES: Final = {"INTEGER": (int,), "REAL": (float, int), "TEXT": (str,), "BLOB": (bytes,)}


@dataclass(slots=True)
class Table:
    """A table as a new store has it; where it is `numbered`, `key` has one name, of integers."""

    name: str
    columns: Sequence[str]
    types: Sequence[tuple[type, ...]]
    key: Sequence[str]
    numbered: bool
    broken: bool = field(default=False, init=False)
    """Set while rows are read: some could not be."""

    def fits(self, row: Row) -> bool:
        """Whether these values can have been written by a store."""
        return all(isinstance(value, types) for value, types in zip(row, self.types, strict=True))


def tables(db: apsw.Connection) -> list[Table]:
    """Every table of a new store."""
    found: Any = db.execute(
        "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'"
        " ORDER BY name"
    ).fetchall()
    return [_table(db, name, numbered=not without_rowid) for name, without_rowid in found]


def _table(db: apsw.Connection, name: str, *, numbered: bool) -> Table:
    columns: Any = db.execute(
        'SELECT name, type, "notnull", pk FROM pragma_table_info(?)', (name,)
    ).fetchall()
    absent = type(None)
    types = [
        _TYPES[kind] if required or key else (*_TYPES[kind], absent)
        for _, kind, required, key in columns
    ]
    keys = [column for column, _, _, key in columns if key]
    return Table(name, [column for column, *_ in columns], types, keys, numbered)


def read(db: apsw.Connection, table: Table) -> Iterator[Row]:
    """The rows that can be read, some of them perhaps twice; `table.broken` tells of others."""
    try:
        yield from _by_number(db, table) if table.numbered else _from_both_ends(db, table)
    except UNREADABLE:
        table.broken = True


def _by_number(db: apsw.Connection, table: Table) -> Iterator[Row]:
    [key] = table.key
    start = -_LARGEST
    while True:
        try:
            for row in _rising(_select(db, table, f"WHERE {key} > ? ORDER BY {key}", (start,)), 1):
                start = row[0]
                yield row
        except UNREADABLE:
            table.broken = True
            after = _next_readable(db, table, start)
            if after is None:
                return
            start = after
        else:
            return


def _next_readable(db: apsw.Connection, table: Table, start: int) -> int | None:
    """From which number on rows can be read again: strides that double, then halves between."""
    [key] = table.key

    def readable(number: int) -> bool:
        try:
            for row in _select(db, table, f"WHERE {key} > ? ORDER BY {key} LIMIT 1", (number,)):
                return bool(row[0] > number)
        except UNREADABLE:
            return False
        return True

    base = max(start, 0)
    bad, good = base, base + 1
    while not readable(good):
        bad, good = good, base + 2 * (good - base)
        if good > _LARGEST:
            return None
    while good - bad > 1:
        middle = (good + bad) // 2
        bad, good = (bad, middle) if readable(middle) else (middle, good)
    return good


def _from_both_ends(db: apsw.Connection, table: Table) -> Iterator[Row]:
    width = len(table.key)
    keys = ", ".join(table.key)
    try:
        yield from _rising(_select(db, table, f"ORDER BY {keys}", ()), width)
    except UNREADABLE:
        table.broken = True
        falling = ", ".join(f"{key} DESC" for key in table.key)
        rows = _select(db, table, f"ORDER BY {falling}", ())
        yield from _in_order(rows, width, lambda last, key: key < last)


def _rising(rows: Iterator[Row], width: int) -> Iterator[Row]:
    return _in_order(rows, width, lambda last, key: key > last)


def _in_order(
    rows: Iterator[Row], width: int, follows: Callable[[Row, Row], bool]
) -> Iterator[Row]:
    """Rows as long as they come in the order of their keys: damage may lead round in circles."""
    last: Row | None = None
    for row in rows:
        key = row[:width]
        if last is not None and not follows(last, key):
            raise apsw.CorruptError
        last = key
        yield row


def _select(db: apsw.Connection, table: Table, rest: str, values: Row) -> Iterator[Row]:
    columns = ", ".join(table.columns)
    found: Any = db.execute(f"SELECT {columns} FROM {table.name} NOT INDEXED {rest}", values)  # noqa: S608 - names of our own
    yield from found
