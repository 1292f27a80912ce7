"""Rows found on pages that nothing leads to."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import apsw
import pytest

from sendoff.store.sqlite.recovery.carving import carve_file
from sendoff.store.sqlite.recovery.pages import PAGE
from sendoff.store.sqlite.recovery.rows import tables
from sendoff.store.sqlite.schema import connect

NOT_CARVED = {"cursors", "holds"}


class Filled(Protocol):
    """What the fixture of this folder gives."""

    closed: bytes


def rows(db: apsw.Connection, table: str) -> set[tuple[object, ...]]:
    return set(db.execute(f"SELECT * FROM {table}"))  # noqa: S608 - a name of ours


def carved(folder: Path, content: bytes) -> tuple[apsw.Connection, set[str]]:
    """A new store with what is found in a file, and the tables of which something was."""
    (folder / "found.db").write_bytes(content)
    fresh = connect(folder / "fresh.db")
    kinds = {table.name: table for table in tables(fresh)}
    with fresh:
        carve_file(folder / "found.db", b"", fresh, kinds)
    return fresh, {name for name, table in kinds.items() if table.broken}


def test_every_row_is_found_and_none_that_is_not_there(tmp_path: Path, filled: Filled) -> None:
    fresh, _ = carved(tmp_path, filled.closed)
    whole = apsw.Connection(str(tmp_path / "found.db"))
    names = [table.name for table in tables(fresh) if table.name not in NOT_CARVED]
    # What stands in one page of a table is found as well, so that only the pages count.
    found = {name: rows(fresh, name) for name in names}
    assert found == {name: rows(whole, name) for name in names}
    assert sum(map(len, found.values())) > 1000
    fresh.close()
    whole.close()


def test_what_was_deleted_is_not_found_again(tmp_path: Path, filled: Filled) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(filled.closed)
    db = apsw.Connection(str(path))
    db.execute("DELETE FROM events WHERE number <= 200")
    db.execute("DELETE FROM deliveries")
    db.pragma("wal_checkpoint(truncate)")
    db.close()
    assert path.read_bytes().count(b'{"n":') > 300  # it still stands there
    fresh, _ = carved(tmp_path, path.read_bytes())
    assert fresh.execute("SELECT min(number), count(*) FROM events").fetchone() == (201, 200)
    assert not rows(fresh, "deliveries")
    fresh.close()


@pytest.mark.parametrize("table", ["events", "deliveries", "decided", "keys"])
def test_without_the_root_of_a_table_all_its_other_pages_are_found(
    tmp_path: Path, filled: Filled, table: str
) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(filled.closed)
    db = apsw.Connection(str(path))
    root = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).get
    before = rows(db, table)
    db.close()
    content = bytearray(filled.closed)
    content[(root - 1) * PAGE : root * PAGE] = bytes(PAGE)
    fresh, broken = carved(tmp_path, bytes(content))
    # Of a table without numbers, some rows stand on the root itself.
    assert len(rows(fresh, table)) > len(before) * 9 // 10
    assert rows(fresh, table) <= before
    assert table in broken
    fresh.close()
