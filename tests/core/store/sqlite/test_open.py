"""One owner of a file, and others that reach it through that one."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sendoff.clock import SystemClock
from sendoff.delivery import Delivery
from sendoff.errors import UsageError
from sendoff.plugins import load_plugins
from sendoff.store.engine import StoreOptions
from sendoff.store.failures import StoreDamaged, StoreError, StoreInUse
from sendoff.store.promise import Decided, Done, Incoming, Store
from sendoff.store.sqlite import SQLITE, open_sqlite
from sendoff.store.sqlite.ownership import Ownership

# A process that opens a store, says what it got, and does as it is told, line by line.
PROCESS = """
import asyncio, sys
from pathlib import Path
from sendoff.clock import SystemClock
from sendoff.store.engine import StoreOptions
from sendoff.store.promise import Incoming
from sendoff.store.sqlite import open_sqlite

async def main():
    store = open_sqlite("s.db", SystemClock(), StoreOptions(folder=Path(sys.argv[1])))
    print(type(store).__name__, flush=True)
    loop = asyncio.get_running_loop()
    while line := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        if line == "append":
            print(*await store.append([Incoming(b"theirs")]), flush=True)
        if line == "lease":
            leases = await store.lease("support", 5)
            print(*[lease.delivery.id for lease in leases], flush=True)
    await store.close()
    print("closed", flush=True)

asyncio.run(main())
"""


def opened(folder: Path, address: str = "s.db") -> Store:
    return open_sqlite(address, SystemClock(), StoreOptions(folder=folder))


@asynccontextmanager
async def another_process(folder: Path) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROCESS, str(folder), stdin=PIPE, stdout=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def told(process: Process, line: str = "") -> str:
    assert process.stdin
    assert process.stdout
    if line:
        process.stdin.write(f"{line}\n".encode())
    return (await process.stdout.readline()).decode().strip()


def modes_in(folder: Path) -> dict[str, int]:
    """Who may do what, by the names of the files."""
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()}


async def test_another_process_uses_the_store_through_its_owner(tmp_path: Path) -> None:
    store = opened(tmp_path)
    async with another_process(tmp_path) as other:
        assert await told(other) == "GuestStore"
        assert await told(other, "append") == "1"
        assert [each.body for each in await store.undecided(5)] == [b"theirs"]
        assert await told(other, " ") == "closed"
    await store.close()


async def test_what_a_killed_process_had_on_loan_comes_back_at_once(tmp_path: Path) -> None:
    store = opened(tmp_path)
    [number] = await store.append([Incoming(b"{}")])
    delivery = Delivery("a", "support", "upsert", b"{}", "p", "a")
    await store.decide([Decided(number, "a", [], [delivery])])
    async with another_process(tmp_path) as other:
        await told(other)
        assert await told(other, "lease") == "a"
        other.kill()
        [lease] = await store.lease("support", 1, wait=10)
    assert (lease.delivery.attempt, lease.delivery.maybe_delivered) == (1, True)
    await store.settle([(lease, Done("delivered"))])
    await store.close()


async def test_an_owner_that_does_not_answer_is_named(tmp_path: Path) -> None:
    ownership = Ownership.take(tmp_path / "s.db", SystemClock().now())
    assert ownership
    with pytest.raises(StoreInUse, match=f"process {os.getpid()} .*does not answer: wait"):
        opened(tmp_path)
    ownership.release()


async def test_the_second_store_in_a_process_is_told(tmp_path: Path) -> None:
    store = opened(tmp_path)
    with pytest.raises(StoreInUse, match="use the store that is open"):
        opened(tmp_path)
    await store.close()


async def test_a_link_leads_to_the_same_store(tmp_path: Path) -> None:
    store = opened(tmp_path)
    (tmp_path / "link.db").symlink_to("s.db")
    with pytest.raises(StoreInUse):
        opened(tmp_path, "link.db")
    await store.close()


async def test_a_closed_store_leaves_only_its_file_and_the_lock(tmp_path: Path) -> None:
    store = opened(tmp_path)
    await store.append([Incoming(b"{}")])
    modes = modes_in(tmp_path)
    assert {"s.db", "s.db.lock", "s.db.sock"} <= set(modes)
    assert set(modes.values()) == {0o600}
    await store.close()
    await store.close()
    assert set(modes_in(tmp_path)) - {"s.db.ballast"} == {"s.db", "s.db.lock"}
    await opened(tmp_path).close()


async def test_a_store_that_cannot_be_opened_lets_go_of_what_it_took(tmp_path: Path) -> None:
    (tmp_path / "s.db").write_text("no store\n" * 100)
    for _ in range(2):
        with pytest.raises(StoreError, match="something else"):
            opened(tmp_path)
    assert not (tmp_path / "s.db.sock").exists()
    (tmp_path / "s.db").unlink()
    await opened(tmp_path).close()


async def test_what_stands_where_the_socket_belongs_is_told_and_left(tmp_path: Path) -> None:
    (tmp_path / "s.db.sock").write_text("mine")
    with pytest.raises(StoreError, match="something else stands there"):
        opened(tmp_path)
    assert (tmp_path / "s.db.sock").read_text() == "mine"


async def test_an_address_without_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="names no file"):
        opened(tmp_path, "")


async def test_a_damaged_head_says_how_to_recover(tmp_path: Path) -> None:
    await opened(tmp_path).close()
    path = tmp_path / "s.db"
    path.write_bytes(bytes(16) + path.read_bytes()[16:])
    with pytest.raises(StoreDamaged, match=f"sendoff store recover {path}"):
        opened(tmp_path)


async def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(tmp_path / "s.db.sock"))
    store = opened(tmp_path)
    async with another_process(tmp_path) as other:
        assert await told(other) == "GuestStore"
    await store.close()


def test_it_is_among_the_stores_by_its_scheme() -> None:
    assert load_plugins().stores["sqlite"] is SQLITE
