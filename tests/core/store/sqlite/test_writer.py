"""The thread that writes: who shares a transaction, and what the failure of one costs others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from sendoff.clock import SystemClock
from sendoff.store.failures import StoreError
from sendoff.store.sqlite.opened import open_tables
from sendoff.store.sqlite.pruning import Pruning
from sendoff.store.sqlite.room import Room
from sendoff.store.sqlite.tables import Tables
from sendoff.store.sqlite.writer import Writer


class Counted:
    """A writer on a file, and how many transactions it has committed."""

    def __init__(self, path: Path) -> None:
        self.commits = 0
        pruning = Pruning(SystemClock(), 1.0)
        self.writer = Writer(
            path.name, lambda: open_tables(path, 0.0, Room(path, None, None)), pruning
        )
        self.writer.opened.tables.db.set_commit_hook(self._committed)

    def _committed(self) -> bool:
        self.commits += 1
        return False


@pytest.fixture
async def counted(tmp_path: Path) -> AsyncIterator[Counted]:
    counted = Counted(tmp_path / "s.db")
    yield counted
    with suppress(StoreError):
        await counted.writer.close(lambda _tables: None)


def put(key: str) -> Callable[[Tables], str]:
    def work(tables: Tables) -> str:
        tables.db.execute("INSERT INTO facts VALUES('kind', ?, x'')", (key,))
        return key

    return work


def said(name: str) -> Callable[[Tables], str]:
    return lambda _tables: name


def keys(tables: Tables) -> list[str]:
    rows: Any = tables.db.execute("SELECT key FROM facts ORDER BY key")
    return [key for (key,) in rows]


class Held:
    """Work that goes on until it is let go."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.may_end = threading.Event()

    def __call__(self, tables: Tables) -> None:
        self.began.set()
        assert self.may_end.wait(10)
        put("held")(tables)

    async def begin(self, writer: Writer) -> asyncio.Task[None]:
        """Have the writer busy with it."""
        task = asyncio.ensure_future(writer.write(self))
        await asyncio.to_thread(self.began.wait, 10)
        return task


async def test_what_queues_up_behind_a_commit_shares_the_next(counted: Counted) -> None:
    held = Held()
    busy = await held.begin(counted.writer)
    many = [asyncio.ensure_future(counted.writer.write(put(str(n)))) for n in range(50)]
    await asyncio.sleep(0)
    held.may_end.set()
    assert await asyncio.gather(*many) == [str(n) for n in range(50)]
    await busy
    assert counted.commits == 2


async def test_who_comes_alone_waits_for_nobody(counted: Counted) -> None:
    for n in range(3):
        await counted.writer.write(put(str(n)))
    assert counted.commits == 3


async def test_one_that_fails_by_itself_costs_no_other_and_leaves_nothing(
    counted: Counted,
) -> None:
    def fails(tables: Tables) -> None:
        put("half")(tables)
        raise LookupError("mine")

    held = Held()
    busy = await held.begin(counted.writer)
    first = asyncio.ensure_future(counted.writer.write(put("a")))
    bad = asyncio.ensure_future(counted.writer.write(fails))
    last = asyncio.ensure_future(counted.writer.write(put("b")))
    await asyncio.sleep(0)
    held.may_end.set()
    with pytest.raises(LookupError, match="mine"):
        await bad
    await asyncio.gather(busy, first, last)
    assert await counted.writer.read(keys) == ["a", "b", "held"]


async def test_one_that_fails_alone_leaves_nothing(counted: Counted) -> None:
    with pytest.raises(ZeroDivisionError):
        await counted.writer.write(lambda tables: (put("a")(tables), 1 / 0))
    assert await counted.writer.read(keys) == []


async def test_what_was_asked_is_done_though_who_asked_is_cancelled(counted: Counted) -> None:
    held = Held()
    busy = await held.begin(counted.writer)
    applied: list[str] = []
    asked = asyncio.ensure_future(counted.writer.write(put("a"), applied.append))
    await asyncio.sleep(0)
    asked.cancel()
    held.may_end.set()
    await busy
    assert await counted.writer.write(keys) == ["a", "held"]
    assert applied == ["a"]
    assert asked.cancelled()


async def test_whoever_is_not_waited_for_is_told_of_a_failure(counted: Counted) -> None:
    told: list[BaseException] = []
    counted.writer.begin(lambda _tables: 1 / 0, failed=told.append)
    await counted.writer.write(put("a"))
    assert [type(each) for each in told] == [ZeroDivisionError]


async def test_what_was_done_is_told_of_in_the_order_in_which_it_was_done(counted: Counted) -> None:
    told: list[str] = []
    held = Held()
    busy = await held.begin(counted.writer)
    for name in ("r1", "r2", "r3"):
        counted.writer.begin(said(name), told.append, reads=True)
    counted.writer.begin(put("w"), told.append)
    held.may_end.set()
    # All of it is done before this loop, which the wait keeps from running, hears of any.
    done = threading.Event()
    counted.writer.begin(lambda _tables: done.set())
    assert done.wait(10)
    await busy
    await counted.writer.write(keys)
    assert told == ["r1", "r2", "r3", "w"]


def failing(_key: str) -> None:
    raise ValueError("this end fails")


async def test_an_end_that_fails_keeps_no_other_from_ending(counted: Counted) -> None:
    told: list[str] = []
    failures: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: failures.append(context["exception"]))
    held = Held()
    busy = await held.begin(counted.writer)
    counted.writer.begin(put("a"), failing)
    counted.writer.begin(put("b"), told.append)
    held.may_end.set()
    await busy
    assert await counted.writer.write(keys) == ["a", "b", "held"]
    assert told == ["b"]
    assert [type(each) for each in failures] == [ValueError]


async def test_what_is_lazy_shares_the_transaction_of_who_is_not(counted: Counted) -> None:
    counted.writer.begin(put("lazy"), lazy=True)
    await counted.writer.write(put("a"))
    assert await counted.writer.read(keys) == ["a", "lazy"]
    assert counted.commits == 1


async def test_what_is_lazy_is_written_though_nobody_comes(counted: Counted) -> None:
    written: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    counted.writer.begin(put("lazy"), written.set_result, lazy=True)
    assert await asyncio.wait_for(written, 10) == "lazy"


async def test_closing_does_what_was_asked_before_and_one_thing_more(tmp_path: Path) -> None:
    counted = Counted(tmp_path / "s.db")
    asked = asyncio.ensure_future(counted.writer.write(put("a")))
    await asyncio.sleep(0)
    await counted.writer.close(put("last"))
    assert await asked == "a"
    await counted.writer.close(put("twice"))
    counted.writer.begin(put("late"))
    with pytest.raises(StoreError, match=r"s\.db: the store was closed"):
        await counted.writer.write(put("late"))
    again = Counted(tmp_path / "s.db")
    assert await again.writer.read(keys) == ["a", "last"]
    await again.writer.close(lambda _tables: None)


async def test_what_opening_raises_is_raised_where_it_was_asked_for(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be made"):
        Counted(tmp_path / "no such folder" / "s.db")
