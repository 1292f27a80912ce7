"""What the head of a file tells."""

from __future__ import annotations

import asyncio
from pathlib import Path

import apsw
import pytest

from sendoff.store.failures import StoreDamaged, StoreError
from sendoff.store.sqlite import SqliteStore
from sendoff.store.sqlite.inspection import inspect
from sendoff.testing.clock import VirtualClock


async def _make(path: Path) -> None:
    await SqliteStore(path, VirtualClock()).close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "s.db"
    asyncio.run(_make(path))
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s.db"


def test_a_whole_store_passes(path: Path, whole: bytes) -> None:
    path.write_bytes(whole)
    inspect(path)


def test_no_file_and_an_empty_one_are_stores_to_be(path: Path) -> None:
    inspect(path)
    path.touch()
    inspect(path)


def test_a_store_that_was_about_to_be_made_passes(path: Path) -> None:
    db = apsw.Connection(str(path))
    db.pragma("journal_mode", "wal")
    db.close()
    assert path.stat().st_size
    inspect(path)


def test_a_text_is_no_store(path: Path) -> None:
    path.write_text("apiVersion: sendoff/v1\n" * 20)
    with pytest.raises(StoreError, match="something else; nothing was changed"):
        inspect(path)


def test_another_programs_tables_are_no_store(path: Path) -> None:
    db = apsw.Connection(str(path))
    db.execute("CREATE TABLE t(x)")
    db.close()
    with pytest.raises(StoreError, match="something else"):
        inspect(path)


def test_another_version_is_named_with_ours(path: Path, whole: bytes) -> None:
    path.write_bytes(whole[:60] + (99).to_bytes(4, "big") + whole[64:])
    with pytest.raises(StoreError, match=r"format is 99, ours is \d+"):
        inspect(path)


def test_a_head_that_was_overwritten_is_damage(path: Path, whole: bytes) -> None:
    path.write_bytes(bytes(16) + whole[16:])
    with pytest.raises(StoreDamaged, match=r"its head .*store recover"):
        inspect(path)


@pytest.mark.parametrize("size", [100, 4096])
def test_a_head_of_which_nothing_is_left_is_damage(path: Path, whole: bytes, size: int) -> None:
    for left in (bytes(size), b"\xa5" * min(size, 100)):
        path.write_bytes(left + whole[len(left) :])
        with pytest.raises(StoreDamaged, match=r"its head .*store recover"):
            inspect(path)


def test_a_log_that_tells_of_our_tables_makes_it_ours(path: Path, whole: bytes) -> None:
    path.write_bytes(b"x" * 4096)
    path.with_name("s.db-wal").write_bytes(whole[:8192])
    with pytest.raises(StoreDamaged, match="its head"):
        inspect(path)


def test_a_tail_that_is_missing_is_damage_unless_there_is_a_log(path: Path, whole: bytes) -> None:
    path.write_bytes(whole[:-4096])
    with pytest.raises(StoreDamaged, match="4096 bytes are missing"):
        inspect(path)
    log_beside(path)
    inspect(path)


def log_beside(path: Path) -> Path:
    """A log as another file has it."""
    db = apsw.Connection(str(path.with_name("other.db")))
    db.pragma("journal_mode", "wal")
    db.execute("CREATE TABLE t(x)")
    log = path.with_name("s.db-wal")
    log.write_bytes(path.with_name("other.db-wal").read_bytes())
    db.close()
    return log


@pytest.mark.parametrize("place", [0, 3, 8, 16, 25, 31])
def test_a_log_that_sqlite_would_not_read_is_damage(path: Path, whole: bytes, place: int) -> None:
    path.write_bytes(whole)
    log = log_beside(path)
    content = bytearray(log.read_bytes())
    inspect(path)
    content[place] ^= 0x10
    log.write_bytes(content)
    with pytest.raises(StoreDamaged, match=r"head of its log, s\.db-wal, was .*store recover"):
        inspect(path)


def test_a_log_to_which_nothing_came_is_none(path: Path, whole: bytes) -> None:
    path.write_bytes(whole)
    path.with_name("s.db-wal").write_bytes(bytes(8192))
    inspect(path)


def test_what_cannot_be_read_is_told(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        inspect(path)
