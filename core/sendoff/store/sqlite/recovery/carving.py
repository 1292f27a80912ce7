"""Finds the rows on pages that nothing leads to any more, by what they look like."""

from __future__ import annotations

import os
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from sendoff.store.sqlite.recovery.cells import Cell, Reader, cells_of
from sendoff.store.sqlite.recovery.pages import PAGE
from sendoff.store.sqlite.recovery.whole import is_whole
from sendoff.store.sqlite.schema import ROUTE_BITS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    import apsw

    from sendoff.store.sqlite.recovery.rows import Row, Table

_ALIKE: Final = frozenset({"cursors", "holds"})
"""Their rows look like those of an index; each has one page, which is there or is not."""
_ONE_COLUMN: Final = ("decided_ahead", "ended")

# The map of pages, chapter 1.8 of the file format: each page of it tells of those behind it.
_MAP_ENTRY: Final = 5
_MAPPED: Final = PAGE // _MAP_ENTRY
_FIRST_MAP: Final = 2
_FREE: Final = 2
_KINDS_OF_PAGE: Final = frozenset(range(6))
_LOCK_PAGE: Final = (1 << 30) // PAGE + 1


def carve_file(
    file: Path, rest: bytes, fresh: apsw.Connection, tables: Mapping[str, Table]
) -> None:
    """Add the rows of every page of a file that are not there yet, but those of free pages.

    `rest` is what was left of the page after the last. A table that they were missing from is
    `broken`.
    """
    with file.open("rb") as opened:
        pages = os.fstat(opened.fileno()).st_size // PAGE

        def read(number: int) -> bytes:
            return rest if number == pages + 1 else _page(opened.fileno(), number)

        free = _free(read, pages)
        numbers = (each for each in range(2, pages + 2) if each not in free)
        _carve((read(number) for number in numbers), read, fresh, tables)


def carve_log(
    file: Path, log: Mapping[int, bytes], fresh: apsw.Connection, tables: Mapping[str, Table]
) -> None:
    """Add the messages that stand on pages of the log alone; all else is in doubt.

    What was decided of them, and what became of it, is not: there are states of several moments.
    """
    with file.open("rb") as opened:

        def read(number: int) -> bytes:
            there = log.get(number)
            return there if there is not None else _page(opened.fileno(), number)

        _carve(iter(log.values()), read, fresh, {"events": tables["events"]})
    for table in tables.values():
        table.broken = True


def _carve(
    pages: Iterator[bytes], read: Reader, fresh: apsw.Connection, tables: Mapping[str, Table]
) -> None:
    """Add the rows of these pages that are not there yet."""
    shapes = _shapes(tables)
    for page in pages:
        found: dict[str, list[Row]] = defaultdict(list)
        for cell in cells_of(page, read):
            table, row = _recognised(cell, shapes)
            if table is not None and is_whole(table, row):
                found[table.name].append(row)
        for name, rows in found.items():
            _add(fresh, tables[name], rows)


def _page(file: int, number: int) -> bytes:
    return os.pread(file, PAGE, (number - 1) * PAGE) if number > 0 else b""


def _add(fresh: apsw.Connection, table: Table, rows: Sequence[Row]) -> None:
    places = ", ".join("?" * len(table.columns))
    before: Any = fresh.total_changes()
    fresh.executemany(f"INSERT OR IGNORE INTO {table.name} VALUES({places})", rows)
    if fresh.total_changes() != before:
        table.broken = True


def _shapes(tables: Mapping[str, Table]) -> Mapping[tuple[bool, int], Sequence[Table]]:
    shapes: dict[tuple[bool, int], list[Table]] = defaultdict(list)
    for table in tables.values():
        if table.name not in _ALIKE:
            shapes[table.numbered, len(table.columns)].append(table)
    return shapes


def _recognised(
    cell: Cell, shapes: Mapping[tuple[bool, int], Sequence[Table]]
) -> tuple[Table | None, Row]:
    """Of which table a row is, and its values in the order of the columns."""
    numbered = cell.number is not None
    fitting = [
        (table, row)
        for table in shapes.get((numbered, len(cell.values)), ())
        if (row := _in_order(cell, table)) is not None and table.fits(row)
    ]
    if len(fitting) > 1 and len(cell.values) == 1 and cell.number is not None:
        name = _ONE_COLUMN[cell.number >> ROUTE_BITS > 0]
        fitting = [each for each in fitting if each[0].name == name]
    return fitting[0] if len(fitting) == 1 else (None, ())


def _in_order(cell: Cell, table: Table) -> Row | None:
    if table.numbered:
        # The number stands before the row, and nothing in its own place.
        place = table.columns.index(table.key[0])
        if cell.values[place] is not None:
            return None
        return (*cell.values[:place], cell.number, *cell.values[place + 1 :])
    stored = [*table.key, *(column for column in table.columns if column not in table.key)]
    by_name = dict(zip(stored, cell.values, strict=True))
    return tuple(by_name[column] for column in table.columns)


def _free(read: Reader, pages: int) -> Collection[int]:
    """Which pages are free: rows that stand there were deleted."""
    free: set[int] = set()
    for first in range(_FIRST_MAP, pages + 1, _MAPPED + 1):
        number = first + (first == _LOCK_PAGE)
        kinds = read(number)[: _MAPPED * _MAP_ENTRY : _MAP_ENTRY]
        if _KINDS_OF_PAGE.issuperset(kinds):  # else it is no map any more
            free.add(number)
            free.update(number + 1 + place for place, kind in enumerate(kinds) if kind == _FREE)
    return free
