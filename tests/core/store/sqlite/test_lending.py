"""What a route lends is named in the file first; who is cancelled has taken nothing."""

from __future__ import annotations

import asyncio
import threading
from array import array
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from sendoff.clock import SystemClock
from sendoff.delivery import Delivery
from sendoff.store.failures import StoreError
from sendoff.store.promise import Done, Later
from sendoff.store.sqlite.cover import AHEAD
from sendoff.store.sqlite.deliveries import Settled
from sendoff.store.sqlite.store import SqliteStore
from sendoff.store.sqlite.tables import Tables
from sendoff.store.sqlite.writer import AT_ONCE

Make = Callable[..., Delivery]
Keep = Callable[..., Coroutine[Any, Any, Sequence[int]]]
DELIVERED = Done("delivered")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "s.db", SystemClock())
    yield store
    await store.close()


async def named(store: SqliteStore) -> tuple[int, int]:
    """How many deliveries the file names as perhaps out, and how often it was told."""

    def read(tables: Tables) -> tuple[int, int]:
        row: Any = tables.db.execute("SELECT lending, version FROM routes").fetchone()
        return len(array("q", row[0])), row[1]

    return await store._writer.read(read)


async def test_those_that_come_next_are_named_with_those_that_go(
    store: SqliteStore, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery(str(n)) for n in range(200)])
    await store.lease("support", 1)
    assert await named(store) == (1 + AHEAD, 1)
    for _ in range(AHEAD):
        await store.lease("support", 1)
    assert await named(store) == (1 + AHEAD, 1)
    await store.lease("support", 1)
    assert (await named(store))[1] == 2


async def test_naming_goes_with_settling_where_all_goes_well(
    store: SqliteStore, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery(str(n)) for n in range(1000)])
    await store.depth("support")
    commits = 0

    def committed() -> bool:
        nonlocal commits
        commits += 1
        return False

    await store._writer.read(lambda tables: tables.db.set_commit_hook(committed))
    while leases := await store.lease("support", 100):
        await store.settle([(lease, DELIVERED) for lease in leases])
    assert commits == 11, "one for each batch, and one before the first"


async def test_who_is_cancelled_while_the_file_is_told_has_taken_nothing(
    store: SqliteStore, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery("a")])
    await store.depth("support")
    began, may_end = threading.Event(), threading.Event()

    def busy(_tables: Tables) -> None:
        began.set()
        assert may_end.wait(10)

    holding = asyncio.ensure_future(store._writer.write(busy))
    await asyncio.to_thread(began.wait, 10)
    leasing = asyncio.ensure_future(store.lease("support", 1))
    await asyncio.sleep(0)
    assert (await store.depth("support")).leased == 1
    leasing.cancel()
    await asyncio.gather(leasing, return_exceptions=True)
    may_end.set()
    await holding
    assert (await store.depth("support")).leased == 0
    [lease] = await store.lease("support", 1)
    assert (lease.delivery.id, lease.delivery.maybe_delivered) == ("a", False)


async def test_a_lease_is_taken_back_once_though_it_is_settled_twice_at_once(
    store: SqliteStore, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery("a")])
    [lease] = await store.lease("support", 1)
    first, second = await asyncio.gather(
        store.settle([(lease, DELIVERED)]), store.settle([(lease, Later(0.0))])
    )
    assert (first, second) == ([], [lease])
    assert (await store.totals())["support"] == {"delivered": 1}
    assert (await store.depth("support")).waiting == 0


async def test_who_waits_is_told_when_the_store_is_closed(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "other.db", SystemClock())
    leasing = asyncio.ensure_future(store.lease("support", 1, wait=3600))
    noting = asyncio.ensure_future(store.notes(wait=3600))
    await store.depth("support")  # asked behind them
    await store.close()
    for waiting in (leasing, noting):
        with pytest.raises(StoreError, match="was closed"):
            await asyncio.wait_for(waiting, 10)


async def test_a_lease_of_more_than_memory_holds_is_read_for(
    store: SqliteStore, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery(str(n)) for n in range(6000)])
    assert len(await store.lease("support", 6000)) == 6000


async def test_what_could_not_be_settled_is_named_again(
    store: SqliteStore, delivery: Make, keep: Keep
) -> None:
    await keep(store, ["a"])
    [lease] = await store.lease("support", 1)
    await keep(store, ["b"])
    lending, settled = store._lending("support"), Settled("support")
    taken = lending.take_back([(lease, DELIVERED)], settled)
    await store.lease("support", 1)
    lending.restore(taken, settled.naming)
    await store.hold("account", 1.0)  # is done after what was asked before
    assert (await named(store))[0] == 2


async def test_what_is_lent_while_others_are_named_is_named_with_them(
    store: SqliteStore, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery("z"), delivery("w", person="a"), delivery("x", person="a")])
    await store.lease("support", 1)
    await keep(store, ["p"])
    [first] = await store.lease("support", 1)
    began, settles, names = (threading.Event() for _ in range(3))

    def busy(_tables: Tables) -> None:
        began.set()
        assert settles.wait(10)

    holding = asyncio.ensure_future(store._writer.write(busy))
    await asyncio.to_thread(began.wait, 10)
    settling = asyncio.ensure_future(store.settle([(first, DELIVERED)]))
    await asyncio.sleep(0)
    for _ in range(AT_ONCE - 1):
        store._writer.begin(lambda _: None)
    store._writer.begin(lambda _: names.wait(10))  # with what comes next, in a transaction apart
    naming = asyncio.ensure_future(store.lease("support", 1))
    await asyncio.sleep(0)
    settles.set()
    await asyncio.gather(holding, settling)
    leasing = asyncio.ensure_future(store.lease("support", 1))
    await asyncio.sleep(0)
    names.set()
    await naming
    [second] = await leasing
    assert second.delivery.id == "x"
    assert (await named(store))[0] == 3
