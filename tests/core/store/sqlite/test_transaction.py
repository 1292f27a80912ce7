"""What a disk that fails does to operations: nothing is acknowledged that is not there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from sendoff.clock import SystemClock
from sendoff.store.failures import StoreDamaged, StoreError, StoreFull
from sendoff.store.promise import Fact, Incoming
from sendoff.store.sqlite import facts, messages
from sendoff.store.sqlite.ballast import Ballast
from sendoff.store.sqlite.opened import open_tables
from sendoff.store.sqlite.pruning import Pruning
from sendoff.store.sqlite.room import Room
from sendoff.store.sqlite.tables import Tables
from sendoff.store.sqlite.transaction import Transactions
from sendoff.store.sqlite.writer import Operation

Fault = Callable[[str], None]


class FailingDisk(apsw.VFS):
    """The disk of this machine, but for what `fault` raises at a `write` or a `sync`."""

    def __init__(self) -> None:
        self.fault: Fault = lambda _what: None
        self.beneath = apsw.vfs_names()[0]
        super().__init__("failing", self.beneath, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _File(self, name, flags)


class _File(apsw.VFSFile):
    def __init__(
        self, disk: FailingDisk, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        self._disk = disk
        super().__init__(disk.beneath, name, flags)

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802
        self._disk.fault("write")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.fault("sync")
        super().xSync(flags)


@pytest.fixture
def disk() -> Iterator[FailingDisk]:
    disk = FailingDisk()
    yield disk
    apsw.set_default_vfs(disk.beneath)
    disk.unregister()


class Opened:
    """A store's file, and the transactions on it."""

    def __init__(self, path: Path, room: Room | None = None) -> None:
        self.tables = open_tables(path, 0.0, room or Room(path, None, None)).tables
        self.transactions = Transactions(self.tables, Pruning(SystemClock(), 1.0))

    def write(self, *keys: str) -> list[BaseException | None]:
        """Each key in an operation of its own, in one transaction; what became of each."""
        operations = [_operation(_put(key)) for key in keys]
        self.transactions.write(operations)
        return [each.error for each in operations]

    def read(self) -> tuple[object, BaseException | None]:
        operation = _operation(_keys)
        self.transactions.read([operation])
        return operation.result, operation.error


@pytest.fixture
def opened(disk: FailingDisk, tmp_path: Path) -> Iterator[Opened]:
    opened = Opened(tmp_path / "s.db")
    yield opened
    disk.fault = lambda _what: None
    opened.tables.db.close(force=True)


def _operation(work: Callable[[Tables], object]) -> Operation:
    loop = asyncio.new_event_loop()
    loop.close()
    return Operation(work, reads=False, loop=loop)


def _put(key: str) -> Callable[[Tables], None]:
    def work(tables: Tables) -> None:
        tables.db.execute("INSERT INTO facts VALUES('kind', ?, x'')", (key,))

    return work


def _keys(tables: Tables) -> list[str]:
    rows: Any = tables.db.execute("SELECT key FROM facts ORDER BY key")
    return [key for (key,) in rows]


def _raising(code: int, at: str) -> Fault:
    def fault(what: str) -> None:
        if what == at:
            raise apsw.exception_for(code)

    return fault


FULL = _raising(apsw.SQLITE_FULL, "write")
NO_SYNC = _raising(apsw.SQLITE_IOERR_FSYNC, "sync")


def test_a_full_disk_fails_all_of_a_transaction_and_goes_on_when_there_is_room(
    opened: Opened, disk: FailingDisk
) -> None:
    disk.fault = FULL
    errors = opened.write("a", "b")
    assert [type(each) for each in errors] == [StoreFull, StoreFull]
    assert "s.db: the disk is full" in str(errors[0])
    assert opened.read() == ([], None)
    disk.fault = lambda _what: None
    assert opened.write("c") == [None]
    assert opened.read() == (["c"], None)


def test_what_was_undone_is_not_read(opened: Opened, disk: FailingDisk) -> None:
    fact = Fact("consent", "u1", {"marketing": True})

    def put(tables: Tables) -> None:
        messages.append(tables, [Incoming(b"1")], 0.0)
        facts.remember(tables, [fact])

    def put_and_fail(tables: Tables) -> None:
        put(tables)
        raise ValueError

    disk.fault = FULL
    opened.transactions.write([_operation(put)])
    disk.fault = lambda _what: None
    opened.transactions.write([_operation(put_and_fail), _operation(put_and_fail)])
    assert messages.undecided(opened.tables, 10) == ([], [])
    assert facts.known(opened.tables, "consent", ["u1"]) == {}
    opened.transactions.write([_operation(put)])
    found, _damaged = messages.undecided(opened.tables, 10)
    assert [each.number for each in found] == [1]
    assert facts.known(opened.tables, "consent", ["u1"]) == {"u1": {"marketing": True}}


def test_after_a_failed_sync_nothing_is_done_until_it_is_opened_again(
    opened: Opened, disk: FailingDisk, tmp_path: Path
) -> None:
    assert opened.write("before") == [None]
    disk.fault = NO_SYNC
    errors = opened.write("a", "b")
    disk.fault = lambda _what: None
    errors += opened.write("c")
    errors.append(opened.read()[1])
    assert {type(each) for each in errors} == {StoreError}
    assert all("the store has stopped" in str(each) for each in errors)
    opened.tables.db.close(force=True)
    again = Opened(tmp_path / "s.db")
    found, _ = again.read()
    assert "before" in found  # type: ignore[operator]
    assert again.write("c") == [None]
    again.tables.db.close()


def test_the_ballast_makes_room_for_what_is_under_way(disk: FailingDisk, tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "s.db", 4096)
    assert ballast.load()
    opened = Opened(tmp_path / "s.db", Room(tmp_path / "s.db", None, ballast))

    def fault(what: str) -> None:
        if (tmp_path / "s.db.ballast").exists():
            FULL(what)

    disk.fault = fault
    assert opened.write("a", "b") == [None, None]
    assert opened.read() == (["a", "b"], None)
    assert not ballast.in_place
    opened.tables.db.close()


def test_a_mistake_of_ours_is_none_of_the_disks(opened: Opened) -> None:
    [error, fine] = _wrong_and_right(opened)
    assert isinstance(error, apsw.SQLError)
    assert fine is None
    assert opened.read() == (["a"], None)


def _wrong_and_right(opened: Opened) -> list[BaseException | None]:
    operations = [_operation(lambda tables: tables.db.execute("NO SQL")), _operation(_put("a"))]
    opened.transactions.write(operations)
    return [each.error for each in operations]


def test_a_damaged_page_stops_the_store_and_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    opened = Opened(path)
    root: Any = opened.tables.db.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name='facts'"
    ).get
    opened.write("a")
    opened.tables.db.close()
    damaged = bytearray(path.read_bytes())
    damaged[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    path.write_bytes(damaged)
    opened = Opened(path)
    _, error = opened.read()
    assert isinstance(error, StoreDamaged)
    assert "sendoff store recover" in str(error)
    assert opened.write("b") == [error]
    opened.tables.db.close()


def test_the_log_is_written_back_when_it_has_grown(opened: Opened, tmp_path: Path) -> None:
    opened.tables.db.pragma("synchronous", "off")
    for n in range(12):
        opened.write(*(f"{n} {'x' * 2000} {i}" for i in range(600)))
        opened.transactions.tidy()
    assert (tmp_path / "s.db").stat().st_size > 10_000_000
    assert (tmp_path / "s.db-wal").stat().st_size < 30_000_000
