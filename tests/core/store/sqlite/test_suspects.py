"""What was out when the process died comes back alone, and not for ever."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from sendoff.clock import SystemClock
from sendoff.delivery import Delivery
from sendoff.store.deaths import DeadQuery
from sendoff.store.promise import Done, Later, Lease
from sendoff.store.sqlite.store import SqliteStore
from sendoff.testing.clock import VirtualClock

Make = Callable[..., Delivery]
Keep = Callable[..., Coroutine[Any, Any, Sequence[int]]]
DELIVERED = Done("delivered")


class House:
    """A store that can crash: it is gone on with from a copy of its files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "0"
        self._folder.mkdir()
        self._left: list[SqliteStore] = []
        self.store = SqliteStore(self._folder / "s.db", SystemClock())

    async def crash(self) -> SqliteStore:
        self._left.append(self.store)
        copy = self._folder.with_name(str(len(self._left)))
        shutil.copytree(self._folder, copy)
        self._folder = copy
        self.store = SqliteStore(copy / "s.db", SystemClock())
        return self.store

    async def reopen(self) -> SqliteStore:
        await self.store.close()
        self.store = SqliteStore(self._folder / "s.db", SystemClock())
        return self.store

    async def end(self) -> None:
        for store in (*self._left, self.store):
            await store.close()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    yield house
    await house.end()


def names(leases: Sequence[Lease]) -> list[str]:
    return [lease.delivery.id for lease in leases]


async def settle(store: SqliteStore, leases: Sequence[Lease], how: Any = DELIVERED) -> None:
    assert not await store.settle([(lease, how) for lease in leases])


async def rest(store: SqliteStore) -> dict[str, bool]:
    """Everything that waits, and whether it may have been delivered."""
    found: dict[str, bool] = {}
    while leases := await store.lease("support", 100):
        found |= {lease.delivery.id: lease.delivery.maybe_delivered for lease in leases}
        await settle(store, leases)
    return found


async def test_who_was_out_comes_alone_and_may_have_been_delivered(
    house: House, delivery: Make, keep: Keep
) -> None:
    await keep(house.store, [delivery(str(n)) for n in range(200)])
    out = await house.store.lease("support", 100)
    store = await house.crash()
    for _ in out:
        [lease] = await store.lease("support", 100)
        assert lease.delivery.maybe_delivered
        assert lease.delivery.id in names(out)
        await settle(store, [lease])


async def test_a_crash_casts_doubt_on_few_that_were_not_out(
    house: House, delivery: Make, keep: Keep
) -> None:
    await keep(house.store, [delivery(str(n)) for n in range(500)])
    await settle(house.store, await house.store.lease("support", 20))
    out = await house.store.lease("support", 20)
    found = await rest(await house.crash())
    assert len(found) == 480
    doubted = {name for name, maybe in found.items() if maybe}
    assert set(names(out)) <= doubted
    assert len(doubted) <= 20 + 64


async def test_what_came_back_before_the_crash_is_not_doubted(
    house: House, delivery: Make, keep: Keep
) -> None:
    await keep(house.store, [delivery(str(n)) for n in range(5)])
    await settle(house.store, await house.store.lease("support", 5), Later(0.0, "throttled"))
    found = await rest(await house.crash())
    assert found == dict.fromkeys("01234", False)


async def test_what_came_back_and_went_out_again_is_doubted(
    house: House, delivery: Make, keep: Keep
) -> None:
    await keep(house.store, [delivery(str(n)) for n in range(5)])
    await settle(house.store, await house.store.lease("support", 5), Later(0.0, "throttled"))
    out = await house.store.lease("support", 2)
    found = await rest(await house.crash())
    assert {name: maybe for name, maybe in found.items() if name in names(out)} == dict.fromkeys(
        names(out), True
    )


async def test_a_store_that_was_closed_doubts_only_what_nobody_gave_back(
    house: House, delivery: Make, keep: Keep
) -> None:
    await keep(house.store, [delivery(str(n)) for n in range(300)])
    [kept, given] = await house.store.lease("support", 2)
    await settle(house.store, [given], Later(0.0, counts=False))
    found = await rest(await house.reopen())
    assert [name for name, maybe in found.items() if maybe] == names([kept])


async def test_who_was_out_alone_three_times_when_the_process_died_is_dead(
    house: House, delivery: Make, keep: Keep
) -> None:
    await keep(house.store, [delivery("poison", person="p"), delivery("next", person="p")])
    await house.store.lease("support", 1)
    for _ in range(3):
        store = await house.crash()
        assert names(await store.lease("support", 10)) == ["poison"]
    store = await house.crash()
    [letter] = await store.dead(DeadQuery())
    assert (letter.id, letter.reason) == ("poison", "took_the_worker_down")
    assert letter.delivery
    assert letter.delivery.maybe_delivered
    assert (await store.totals())["support"] == {"dead took_the_worker_down": 1}
    [lease] = await store.lease("support", 10)
    assert names([lease]) == ["next"]
    await settle(store, [lease])
    assert (await store.depth("support")).waiting == 0


async def test_a_suspect_that_comes_back_is_one_no_longer(
    house: House, delivery: Make, keep: Keep
) -> None:
    await keep(house.store, [delivery(str(n)) for n in range(3)])
    await house.store.lease("support", 3)
    store = await house.crash()
    for _ in range(3):
        leases = await store.lease("support", 10)
        assert len(leases) == 1
        await settle(store, leases, Later(0.0))
    leases = await store.lease("support", 10)
    assert sorted(names(leases)) == ["0", "1", "2"]
    assert all(lease.delivery.maybe_delivered for lease in leases)


async def test_a_lease_that_ran_out_is_doubted_after_the_store_was_closed(
    tmp_path: Path, delivery: Make, keep: Keep
) -> None:
    clock = VirtualClock()
    store = SqliteStore(tmp_path / "s.db", clock)
    await keep(store, [delivery("a")])
    await store.lease("support", 1, lease_for=60.0)
    await clock.advance(60.0)
    assert (await store.depth("support")).due == 1
    await store.close()
    store = SqliteStore(tmp_path / "s.db", clock)
    assert await rest(store) == {"a": True}
    await store.close()
