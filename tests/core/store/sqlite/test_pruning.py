"""What has ended is forgotten when it was kept for long enough, and nothing that is needed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from sendoff.decision import Decision
from sendoff.delivery import Delivery
from sendoff.store.deaths import DeadQuery
from sendoff.store.promise import Dead, Decided, Done, Incoming, Later
from sendoff.store.sqlite.pruning import EVERY, STEP
from sendoff.store.sqlite.store import SqliteStore
from sendoff.testing.clock import VirtualClock

Make = Callable[..., Delivery]
Keep = Callable[..., Coroutine[Any, Any, Sequence[int]]]
DELIVERED = Done("delivered")
KEEP = 600.0


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
async def store(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "s.db", clock, keep=KEEP)
    yield store
    await store.close()


async def settle(store: SqliteStore, count: int, how: Any = DELIVERED) -> None:
    leases = await store.lease("support", count)
    assert len(leases) == count
    assert not await store.settle([(lease, how) for lease in leases])


async def later(store: SqliteStore, clock: VirtualClock, seconds: float = KEEP + EVERY) -> None:
    """Time passes, and with what is written next the thread tidies up."""
    await clock.advance(seconds)
    for _ in range(12):  # a step comes after each
        await store.remember([])


async def kept(store: SqliteStore, numbers: Sequence[int]) -> list[int]:
    return [number for number in numbers if await store.event(number)]


async def rows(store: SqliteStore, table: str) -> int:
    def count(tables: Any) -> int:
        return int(tables.db.execute(f"SELECT count(*) FROM {table}").get)  # noqa: S608

    return await store._writer.read(count)


async def test_what_was_delivered_is_kept_for_a_while_and_then_forgotten_whole(
    store: SqliteStore, clock: VirtualClock, delivery: Make, keep: Keep
) -> None:
    numbers = await keep(store, [delivery(str(n)) for n in range(3 * STEP)])
    await settle(store, 3 * STEP)
    await later(store, clock, KEEP - 1)
    assert await kept(store, numbers) == numbers
    [newest] = await store.append([Incoming(b"{}")])
    await later(store, clock)
    assert await kept(store, [*numbers, newest]) == [newest]
    assert not await store.earlier(["0", "100"])
    assert [await rows(store, table) for table in ("keys", "decided", "deliveries")] == [0, 0, 0]


async def test_what_is_undecided_is_kept_whatever_its_age(
    store: SqliteStore, clock: VirtualClock
) -> None:
    numbers = await store.append([Incoming(b"{}")] * 5)
    await store.decide([Decided(numbers[0], "a", [])])
    await later(store, clock)
    assert await kept(store, numbers) == numbers[1:]


async def test_what_waits_is_kept_with_its_event(
    store: SqliteStore, clock: VirtualClock, delivery: Make, keep: Keep
) -> None:
    numbers = await keep(store, [delivery(str(n)) for n in range(4)])
    await settle(store, 1, Later(10 * KEEP))
    await settle(store, 1)
    await later(store, clock)
    assert await kept(store, numbers) == [numbers[0], numbers[2], numbers[3]]
    await settle(store, 2)
    await clock.advance(10 * KEEP)
    [lease] = await store.lease("support", 9)
    assert lease.delivery.id == "0"


async def test_what_is_dead_is_kept_with_its_event_and_so_is_what_is_sent_again(
    store: SqliteStore, clock: VirtualClock, delivery: Make, keep: Keep
) -> None:
    [dead, done] = await keep(store, [delivery("dead"), delivery("done")])
    await settle(store, 1, Dead("rejected"))
    await settle(store, 1)
    await store.append([Incoming(b"{}")])
    await later(store, clock)
    assert await kept(store, [dead, done]) == [dead]
    await store.replay(["dead"])
    await later(store, clock)
    assert await kept(store, [dead]) == [dead]
    await settle(store, 1)
    await later(store, clock)
    assert await kept(store, [dead]) == []


async def test_a_letter_of_a_forgotten_delivery_keeps_what_should_have_been_sent(
    store: SqliteStore, clock: VirtualClock, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery("dead", body=b'{"a": 1}')])
    await settle(store, 1, Dead("rejected"))
    await store.append([Incoming(b"{}")])
    await later(store, clock)
    assert await rows(store, "deliveries") == 0
    [letter] = await store.dead(DeadQuery())
    assert letter.delivery
    assert letter.delivery.body == b'{"a": 1}'


async def test_numbers_go_on_after_all_is_forgotten(
    tmp_path: Path, store: SqliteStore, clock: VirtualClock, delivery: Make, keep: Keep
) -> None:
    numbers = await keep(store, [delivery("a"), delivery("b")])
    await settle(store, 2)
    await later(store, clock)
    await store.close()
    again = SqliteStore(tmp_path / "s.db", clock, keep=KEEP)
    assert await keep(again, [delivery("c")]) == [numbers[-1] + 1]
    assert [each.delivery.id for each in await again.lease("support", 9)] == ["c"]
    await again.close()


async def test_message_ids_are_forgotten_with_their_messages(
    store: SqliteStore, clock: VirtualClock
) -> None:
    numbers = await store.append([Incoming(b"{}")] * 3)
    duplicate = Decision(route=None, verdict="duplicate")
    await store.decide([
        Decided(numbers[0], "m", [], message_id="m"),
        Decided(numbers[1], "m", [duplicate], message_id="m"),
    ])  # fmt: skip
    assert await store.numbers_of("m") == numbers[:2]
    await later(store, clock)
    assert await store.numbers_of("m") == []


async def test_the_file_gives_its_room_back(
    tmp_path: Path, clock: VirtualClock, delivery: Make, keep: Keep
) -> None:
    path = tmp_path / "large.db"
    store = SqliteStore(path, clock, keep=KEEP)
    await keep(store, [delivery(str(n), body=b"x" * 20_000) for n in range(2000)])
    while leases := await store.lease("support", 500):
        await store.settle([(lease, DELIVERED) for lease in leases])
    await later(store, clock)
    for _ in range(40):
        await later(store, clock, EVERY)
    await store.close()
    assert path.stat().st_size < 20_000_000
