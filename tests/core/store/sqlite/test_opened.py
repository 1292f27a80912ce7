"""A file that cannot be opened: said in words, and let go of."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from sendoff.store.failures import StoreDamaged, StoreError, StoreInUse
from sendoff.store.sqlite import SqliteStore
from sendoff.store.sqlite.opened import open_tables
from sendoff.store.sqlite.room import Room
from sendoff.store.sqlite.trouble import damaged
from sendoff.testing.clock import VirtualClock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    async def make() -> None:
        store = SqliteStore(tmp_path / "s.db", VirtualClock())
        await store.depth("support")
        await store.hold("acme", 60.0)
        await store.close()

    asyncio.run(make())
    return tmp_path / "s.db"


def change(path: Path, statement: str, *values: object) -> None:
    db = apsw.Connection(str(path))
    db.execute("PRAGMA writable_schema = on")
    db.execute(statement, values)
    db.close()


HARMS: dict[str, Callable[[Path], None]] = {
    "a name that is no text": lambda path: change(
        path, "UPDATE routes SET lending = x'01', name = CAST(x'ff' AS TEXT)"
    ),
    "a list that is no list": lambda path: change(path, "UPDATE routes SET lending = x'010203'"),
    "a time that is a text": lambda path: change(path, "UPDATE holds SET until = 'x'"),
    "a table that is gone": lambda path: change(path, "DROP TABLE suspects"),
    "a schema that is no SQL": lambda path: change(
        path, "UPDATE sqlite_schema SET sql = 'x' WHERE name = 'holds'"
    ),
    "a root elsewhere": lambda path: change(
        path, "UPDATE sqlite_schema SET rootpage = 90000 WHERE name = 'routes'"
    ),
}


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
def test_what_no_store_wrote_is_damage_and_nothing_stays_open(
    path: Path, harm: Callable[[Path], None]
) -> None:
    harm(path)
    with pytest.raises(StoreDamaged, match=f"`sendoff store recover {path}` saves"):
        open_tables(path, 0.0, Room(path, None, None))
    files = [str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    assert str(path) not in files


@pytest.mark.parametrize("error", [struct.error("x"), KeyError("x"), OverflowError("x")])
def test_what_is_said_of_a_value_is_not_repeated(path: Path, error: Exception) -> None:
    assert str(damaged(path, error)) == (
        f"{path}: the file is damaged ({type(error).__name__}); nothing was changed"
        f" (`sendoff store recover {path}` saves what can be read)"
    )


def test_a_file_that_another_program_has_open_is_in_use(path: Path) -> None:
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreInUse, match="another program has the file open"):
        open_tables(path, 0.0, Room(path, None, None))
    other.close(force=True)


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be made"):
        open_tables(tmp_path / "gone" / "s.db", 0.0, Room(tmp_path, None, None))
