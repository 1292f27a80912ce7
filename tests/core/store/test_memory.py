"""What the store in memory does beside the promise."""

from __future__ import annotations

import pytest

from sendoff.delivery import Delivery
from sendoff.errors import UsageError
from sendoff.store.memory import MEMORY, MemoryStore
from sendoff.store.promise import Decided, Done, Incoming
from sendoff.testing.clock import VirtualClock


def delivery(name: str) -> Delivery:
    return Delivery(id=name, route="support", action="upsert", body=b"{}", order_key=name,
                    event_key=name)  # fmt: skip


async def keep(store: MemoryStore, *keys: str) -> None:
    numbers = await store.append([Incoming(b"{}") for _ in keys])
    await store.decide([
        Decided(number, key, b"digest", [], [delivery(key)])
        for number, key in zip(numbers, keys, strict=True)
    ])  # fmt: skip


def test_it_takes_no_address() -> None:
    with pytest.raises(UsageError, match="memory"):
        MEMORY.open("./file.db", VirtualClock())
    assert isinstance(MEMORY.open("", VirtualClock()), MemoryStore)


async def test_the_newest_keys_are_remembered() -> None:
    store = MemoryStore(VirtualClock(), keys_kept=2)
    await keep(store, "a", "b", "c")
    assert set(await store.earlier(["a", "b", "c"])) == {"b", "c"}


async def test_a_key_seen_again_is_remembered_from_its_first_time() -> None:
    store = MemoryStore(VirtualClock(), keys_kept=2)
    await keep(store, "a", "b", "a", "c")
    assert set(await store.earlier(["a", "b", "c"])) == {"b", "c"}


async def test_time_of_day_going_back_keeps_the_order_of_appending() -> None:
    class Backwards(VirtualClock):
        def monotonic(self) -> float:
            return 0.0

    clock = Backwards()
    store = MemoryStore(clock)
    await store.append([Incoming(b"first")])
    clock._elapsed = -3600.0
    await store.append([Incoming(b"second")])
    assert [each.body for each in await store.undecided(10)] == [b"first", b"second"]


class Counting(VirtualClock):
    """Knows how often somebody lay down."""

    def __init__(self) -> None:
        super().__init__()
        self.slept = 0

    async def sleep(self, seconds: float) -> None:
        self.slept += 1
        await super().sleep(seconds)


async def test_who_waits_or_lingers_sleeps_until_something_happens() -> None:
    clock = Counting()
    store = MemoryStore(clock)
    assert not await clock.run(store.lease("support", 10, wait=3600))
    await keep(store, "a")
    assert await clock.run(store.lease("support", 10, linger=3600))
    assert clock.slept == 2


async def test_of_what_is_settled_nothing_but_its_key_is_kept() -> None:
    store = MemoryStore(VirtualClock())
    await keep(store, "a")
    [lease] = await store.lease("support", 1)
    await store.settle([(lease, Done("delivered"))])
    assert not await store.undecided(1)
    assert not store._lines("support").items()
    assert "a" in await store.earlier(["a"])
