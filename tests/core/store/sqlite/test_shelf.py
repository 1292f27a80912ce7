"""Lines that memory does not hold: they come back in time and in order."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from sendoff.delivery import Delivery
from sendoff.store.promise import Done, Later, Lease
from sendoff.store.sqlite.shelf import LONG, OF_A_LINE
from sendoff.store.sqlite.store import SqliteStore
from sendoff.store.sqlite.supply import MOST
from sendoff.testing.clock import VirtualClock

Make = Callable[..., Delivery]
Keep = Callable[..., Coroutine[Any, Any, Sequence[int]]]
DELIVERED = Done("delivered")
HEAVY = MOST + 3 * OF_A_LINE


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
async def store(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "s.db", clock)
    yield store
    await store.close()


def names(leases: Sequence[Lease]) -> list[str]:
    return [lease.delivery.id for lease in leases]


async def settle(store: SqliteStore, leases: Sequence[Lease], how: Any = DELIVERED) -> None:
    assert not await store.settle([(lease, how) for lease in leases])


async def rest(store: SqliteStore, limit: int = 500) -> list[str]:
    found: list[str] = []
    while leases := await store.lease("support", limit):
        found += names(leases)
        await settle(store, leases)
    return found


async def test_a_line_that_waits_long_comes_back_in_order_with_what_came_meanwhile(
    store: SqliteStore, clock: VirtualClock, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery(f"a{n}", person="a") for n in range(3)])
    [lease] = await store.lease("support", 1)
    await settle(store, [lease], Later(2 * LONG, maybe_delivered=True))
    await keep(store, [delivery("a3", person="a"), delivery("b0", person="b")])
    assert await rest(store) == ["b0"]
    await clock.advance(2 * LONG - 0.001)
    assert await rest(store) == []
    depth = await store.depth("support")
    assert (depth.due, depth.delayed) == (0, 4)
    await clock.advance(0.001)
    leases = await store.lease("support", 10)
    assert names(leases) == ["a0", "a1", "a2", "a3"]
    assert (leases[0].delivery.attempt, leases[0].delivery.maybe_delivered) == (2, True)
    assert leases[0].age == pytest.approx(2 * LONG)
    assert (leases[1].delivery.attempt, leases[1].delivery.maybe_delivered) == (1, False)


async def test_a_line_without_a_key_comes_back_too(
    store: SqliteStore, clock: VirtualClock, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery("a"), delivery("b")])
    await settle(store, await store.lease("support", 2), Later(2 * LONG))
    await clock.advance(2 * LONG)
    assert sorted(await rest(store)) == ["a", "b"]


async def test_whoever_waits_hears_of_a_line_that_comes_back(
    tmp_path: Path, delivery: Make, keep: Keep
) -> None:
    clock = VirtualClock()
    store = SqliteStore(tmp_path / "other.db", clock)
    await keep(store, [delivery("a")])
    await settle(store, await store.lease("support", 1), Later(90.0))
    waiting = asyncio.create_task(store.lease("support", 1, wait=3600))
    await clock.advance(89.5)
    assert not waiting.done()
    await clock.advance(0.5)
    assert names(await waiting) == ["a"]  # once a thread has read the line
    await store.close()


async def test_a_person_of_whom_much_waits_slows_nobody_and_stays_in_order(
    store: SqliteStore, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery(f"h{n}", person="heavy") for n in range(HEAVY)])
    await keep(store, [delivery(f"o{n}", person=f"p{n}") for n in range(50)])
    [held] = await store.lease("support", 1)
    assert await rest(store) == [f"o{n}" for n in range(50)]
    await keep(store, [delivery("h last", person="heavy"), delivery("o last", person="p0")])
    assert await rest(store) == ["o last"]
    await settle(store, [held])
    assert (await store.depth("support")).waiting == HEAVY
    found = await rest(store)
    assert found == [f"h{n}" for n in range(1, HEAVY)] + ["h last"]
    assert (await store.depth("support")).waiting == 0


async def test_memory_holds_a_part_of_what_waits(
    store: SqliteStore, delivery: Make, keep: Keep
) -> None:
    body = b"x" * 2000
    tracemalloc.start()
    try:
        await keep(store, [delivery(f"h{n}", person="heavy", body=body) for n in range(2 * MOST)])
        await keep(store, [delivery("o", person="other", body=body)])
        [_held] = await store.lease("support", 1)
        assert names(await store.lease("support", 1)) == ["o"]
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < MOST * 3000


async def test_what_is_delivered_though_its_lease_ran_out_before_does_not_come_back(
    tmp_path: Path, delivery: Make, keep: Keep
) -> None:
    clock = VirtualClock()
    first = SqliteStore(tmp_path / "other.db", clock)
    await keep(first, [delivery("a")])
    await first.lease("support", 1)
    await clock.advance(60.0)
    [again] = await first.lease("support", 1)
    assert again.delivery.maybe_delivered
    _, others = await asyncio.gather(settle(first, [again]), first.lease("support", 1))
    assert others == []
    await first.close()
    second = SqliteStore(tmp_path / "other.db", clock)
    assert await second.lease("support", 1) == []
    await second.close()


async def test_who_has_the_first_of_a_line_put_off_gets_nothing_that_comes_after_it(
    store: SqliteStore, clock: VirtualClock, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery(f"a{n}", person="a") for n in range(OF_A_LINE + 6)])
    await settle(store, await store.lease("support", 1), Later(2 * LONG))
    await clock.advance(2 * LONG)
    first, *others = await store.lease("support", OF_A_LINE)
    await store.settle([(first, Later(2 * LONG)), *((each, DELIVERED) for each in others)])
    assert await rest(store) == []
    assert (await store.depth("support")).delayed == 7
    await clock.advance(2 * LONG)
    assert await rest(store) == ["a0", *(f"a{n}" for n in range(OF_A_LINE, OF_A_LINE + 6))]


async def test_nothing_is_remembered_of_lines_that_the_file_has(
    store: SqliteStore, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery(f"{n}", person=f"p{n % 20}") for n in range(40)])
    await settle(store, await store.lease("support", 20), Later(2 * LONG))
    await store.depth("support")
    await store.hold("account", 1.0)  # is done after what was asked before
    assert not store._lending("support")._shelf._unlisted
