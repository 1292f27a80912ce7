"""What the store in memory does beside the promise."""

from __future__ import annotations

import pytest

from sendoff.delivery import Delivery
from sendoff.errors import UsageError
from sendoff.event import content_digest
from sendoff.store.deaths import DeadQuery
from sendoff.store.engine import StoreOptions
from sendoff.store.ledger import Bounds
from sendoff.store.memory import MEMORY, MemoryStore
from sendoff.store.promise import Dead, Decided, Done, Earlier, Incoming
from sendoff.testing.clock import VirtualClock


def delivery(name: str) -> Delivery:
    return Delivery(id=name, route="support", action="upsert", body=b"{}", order_key=name,
                    event_key=name)  # fmt: skip


async def keep(store: MemoryStore, *keys: str) -> None:
    numbers = await store.append([Incoming(key.encode()) for key in keys])
    await store.decide([
        Decided(number, key, [], [delivery(key)], f"id of {key}")
        for number, key in zip(numbers, keys, strict=True)
    ])  # fmt: skip


def test_it_takes_no_address() -> None:
    with pytest.raises(UsageError, match="memory"):
        MEMORY.open("./file.db", VirtualClock(), StoreOptions())
    assert isinstance(MEMORY.open("", VirtualClock(), StoreOptions()), MemoryStore)


async def test_the_newest_keys_are_remembered() -> None:
    store = MemoryStore(VirtualClock(), bounds=Bounds(keys=2))
    await keep(store, "a", "b", "c")
    assert set(await store.earlier(["a", "b", "c"])) == {"b", "c"}


async def test_a_key_seen_again_is_remembered_from_its_first_time() -> None:
    store = MemoryStore(VirtualClock(), bounds=Bounds(keys=2))
    await keep(store, "a", "b", "a", "c")
    assert set(await store.earlier(["a", "b", "c"])) == {"b", "c"}


async def test_a_key_is_known_by_its_content_when_the_message_is_no_longer_kept() -> None:
    store = MemoryStore(VirtualClock(), bounds=Bounds(messages=1))
    numbers = await store.append([Incoming(b'{"a": 1, "b": 2}'), Incoming(b"b"), Incoming(b"c")])
    await store.decide([Decided(number, f"key {number}", []) for number in numbers])
    assert await store.event(numbers[0]) is None
    known = (await store.earlier([f"key {numbers[0]}"]))[f"key {numbers[0]}"]
    assert known == Earlier(numbers[0], content_digest(b'{"b": 2, "a": 1}'))


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


async def bodies(store: MemoryStore, *numbers: int) -> list[bytes]:
    found = [await store.event(number) for number in numbers]
    return [each.body for each in found if each is not None]


async def test_of_what_is_settled_the_newest_messages_are_kept() -> None:
    store = MemoryStore(VirtualClock(), bounds=Bounds(messages=1))
    await keep(store, "a", "b")
    for lease in await store.lease("support", 2):
        await store.settle([(lease, Done("delivered"))])
    await keep(store, "c")
    assert await bodies(store, 1, 2, 3) == [b"c"]
    assert [list(await store.numbers_of(f"id of {key}")) for key in "abc"] == [[], [], [3]]
    assert set(await store.earlier(["a", "b", "c"])) == {"a", "b", "c"}


async def test_a_message_is_kept_for_as_long_as_something_needs_it() -> None:
    store = MemoryStore(VirtualClock(), bounds=Bounds(messages=0))
    await keep(store, "a", "b", "c")
    [first, second, _third] = await store.lease("support", 3)
    await store.settle([(first, Done("delivered")), (second, Dead("rejected"))])
    assert await bodies(store, 1, 2, 3) == [b"b", b"c"]
    await store.replay(["b"])
    assert await bodies(store, 2) == [b"b"]
    [again] = await store.lease("support", 3)
    await store.settle([(again, Dead("rejected"))])
    await store.discard([again.delivery.id])
    assert await bodies(store, 2, 3) == [b"c"]


async def test_messages_and_keys_are_forgotten_in_time() -> None:
    clock = VirtualClock()
    store = MemoryStore(clock, keep=60)
    await keep(store, "a")
    [lease] = await store.lease("support", 1)
    await store.settle([(lease, Done("delivered"))])
    await clock.advance(30)
    await keep(store, "b")
    assert await bodies(store, 1) == [b"a"]
    await clock.advance(30)
    await keep(store, "c")
    assert await bodies(store, 1, 2, 3) == [b"b", b"c"]
    assert set(await store.earlier(["a", "b", "c"])) == {"b", "c"}


async def test_the_oldest_letters_give_way_and_stay_counted() -> None:
    store = MemoryStore(VirtualClock(), bounds=Bounds(messages=0, letters=2))
    await keep(store, "a", "b", "c")
    for lease in await store.lease("support", 3):
        await store.settle([(lease, Dead("rejected"))])
    assert [letter.id for letter in await store.dead(DeadQuery())] == ["b", "c"]
    assert (await store.totals())["support"] == {"dead rejected": 3}
    assert await bodies(store, 1, 2, 3) == [b"b", b"c"]


async def test_closing_gives_back_what_was_lent() -> None:
    store = MemoryStore(VirtualClock())
    await keep(store, "a")
    [lease] = await store.lease("support", 1)
    await store.close()
    assert list(await store.settle([(lease, Done("delivered"))])) == [lease]
    assert [each.delivery.id for each in await store.lease("support", 1)] == ["a"]


async def test_of_long_notes_fewer_are_kept_and_the_newest_always() -> None:
    store = MemoryStore(VirtualClock(), bounds=Bounds(note_bytes=1_000))
    await store.note([{"n": "x" * 400}] * 5)
    assert [number for number, _note in await store.notes()] == [4, 5]
    await store.note([{"n": "x" * 4_000}])
    assert [number for number, _note in await store.notes()] == [6]
    await store.note([{"n": 7}])
    assert list(await store.notes()) == [(7, {"n": 7})]


async def test_the_newest_notes_are_kept() -> None:
    store = MemoryStore(VirtualClock(), bounds=Bounds(notes=2))
    await store.note([{"n": 1}, {"n": 2}, {"n": 3}])
    assert list(await store.notes()) == [(2, {"n": 2}), (3, {"n": 3})]
