"""What every engine promises of leases that wait: for the first delivery, and for company."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from sendoff.decision import Decision
from sendoff.delivery import Delivery
from sendoff.store.deaths import Redecided
from sendoff.store.promise import Dead, Later, Lease, Store
from sendoff.testing.clock import VirtualClock

Make = Callable[..., Delivery]
Keep = Callable[..., Awaitable[Sequence[int]]]
Wait = Callable[..., Awaitable[Any]]


def names(leases: Sequence[Lease]) -> list[str]:
    return [lease.delivery.id for lease in leases]


async def test_a_lease_waits_for_the_first_delivery(
    store: Store, delivery: Make, keep: Keep, soon: Wait, clock: VirtualClock
) -> None:
    waiting = asyncio.create_task(store.lease("support", 1, wait=60))
    await clock.advance(5)
    assert not waiting.done()
    await keep(store, [delivery("a")])
    assert names(await soon(waiting)) == ["a"]
    assert clock.monotonic() == 5


async def test_a_lease_waits_for_what_another_client_decides(
    store: Store, other: Store, keep: Keep, soon: Wait, clock: VirtualClock
) -> None:
    waiting = asyncio.create_task(store.lease("support", 1, wait=60))
    await clock.advance(1)
    await keep(other, ["a"])
    assert names(await soon(waiting)) == ["a"]


async def test_a_lease_waits_no_longer_than_asked(
    store: Store, elapse: Wait, clock: VirtualClock
) -> None:
    assert not await elapse(store.lease("support", 1, wait=7))
    assert 7 <= clock.monotonic() < 20


async def test_a_lease_waits_for_what_becomes_due(
    store: Store, delivery: Make, keep: Keep, elapse: Wait, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a")])
    [lease] = await store.lease("support", 1)
    await store.settle([(lease, Later(8.0))])
    assert names(await elapse(store.lease("support", 1, wait=60))) == ["a"]
    assert 8 <= clock.monotonic() < 20


async def test_a_lease_waits_for_one_that_runs_out(
    store: Store, delivery: Make, keep: Keep, elapse: Wait, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a")])
    await store.lease("support", 1, lease_for=8)
    assert names(await elapse(store.lease("support", 1, wait=60))) == ["a"]
    assert 8 <= clock.monotonic() < 20


async def test_a_lease_that_is_cancelled_takes_nothing(
    store: Store, delivery: Make, keep: Keep, soon: Wait, clock: VirtualClock
) -> None:
    waiting = asyncio.create_task(store.lease("support", 1, wait=60))
    await clock.advance(1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await keep(store, [delivery("a")])
    assert names(await soon(store.lease("support", 1, wait=60))) == ["a"]


async def test_a_lease_may_be_cancelled_at_any_moment(
    store: Store, delivery: Make, keep: Keep, soon: Wait
) -> None:
    await keep(store, [delivery("a")])
    for turns in range(40):
        leasing = asyncio.create_task(store.lease("support", 1))
        for _ in range(turns):
            await asyncio.sleep(0)
        leasing.cancel()
        [leased] = await asyncio.gather(leasing, return_exceptions=True)
        if isinstance(leased, BaseException):
            # What had been lent on the way to nobody is there at once.
            leased = await soon(store.lease("support", 1, wait=60))
        assert names(leased) == ["a"]
        await store.settle([(leased[0], Later(0.0, counts=False))])


async def test_many_that_wait_for_one_route_get_one_each(
    store: Store, other: Store, keep: Keep, soon: Wait, clock: VirtualClock
) -> None:
    waiting = [
        asyncio.create_task((store, other)[n % 2].lease("support", 1, wait=60)) for n in range(20)
    ]
    await clock.advance(1)
    await keep(store, [str(n) for n in range(20)])
    taken = [name for leases in await soon(asyncio.gather(*waiting)) for name in names(leases)]
    assert sorted(taken) == sorted(map(str, range(20)))


async def test_who_waits_hears_of_what_was_given_back(
    store: Store, delivery: Make, keep: Keep, soon: Wait, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a")])
    [lease] = await store.lease("support", 1)
    waiting = asyncio.create_task(store.lease("support", 1, wait=60))
    await clock.advance(1)
    await store.settle([(lease, Later(0.0))])
    assert names(await soon(waiting)) == ["a"]


async def test_who_waits_hears_of_letters_brought_back(
    store: Store, other: Store, keep: Keep, soon: Wait, clock: VirtualClock
) -> None:
    await keep(store, ["a", "b"])
    died = await store.lease("support", 2)
    await store.settle([(lease, Dead("rejected")) for lease in died])
    send = Decision(route="support", verdict="send")
    anew = Redecided("b", send, replace(died[1].delivery, id="b anew", resend=1))
    for bringing_back in (other.replay(["a"]), other.redecide([anew])):
        waiting = asyncio.create_task(store.lease("support", 1, wait=60))
        await clock.advance(1)
        assert not waiting.done()
        assert len(await bringing_back) == len(await soon(waiting)) == 1


async def test_what_is_due_lingers_for_others_to_join_it(
    store: Store, delivery: Make, keep: Keep, elapse: Wait, clock: VirtualClock
) -> None:
    lingering = asyncio.create_task(store.lease("support", 10, wait=60, linger=3))
    await clock.advance(5)
    await keep(store, [delivery("a")])
    await clock.advance(2)
    await keep(store, [delivery("b")])
    await clock.advance(0.999)
    assert not lingering.done()
    assert names(await elapse(lingering)) == ["a", "b"]


async def test_lingering_begins_when_a_delivery_is_due_and_not_when_somebody_asks(
    store: Store, keep: Keep, soon: Wait, elapse: Wait, clock: VirtualClock
) -> None:
    await keep(store, ["a"])
    await clock.advance(2)
    assert names(await elapse(store.lease("support", 10, linger=3))) == ["a"]
    assert 3 <= clock.monotonic() < 20
    await keep(store, ["b"])
    await clock.advance(10)
    assert names(await soon(store.lease("support", 10, linger=3))) == ["b"]


async def test_where_nothing_is_due_nobody_lingers(
    store: Store, elapse: Wait, clock: VirtualClock
) -> None:
    assert not await elapse(store.lease("support", 10, wait=7, linger=3))
    assert 7 <= clock.monotonic() < 20


@pytest.mark.parametrize("bound", [{"limit": 3}, {"limit": 10, "max_bytes": 10}])
async def test_a_full_batch_comes_at_once(
    store: Store, keep: Keep, soon: Wait, clock: VirtualClock,
    bound: dict[str, int],
) -> None:  # fmt: skip
    lingering = asyncio.create_task(store.lease("support", **bound, linger=60, wait=60))
    await clock.advance(0)
    await keep(store, ["a", "b"])
    await clock.advance(1)
    assert not lingering.done()
    await keep(store, ["c"])
    assert names(await soon(lingering)) == ["a", "b", "c"]


async def test_what_becomes_due_joins_and_may_fill_a_batch(
    store: Store, delivery: Make, keep: Keep, elapse: Wait, clock: VirtualClock
) -> None:
    await keep(store, [delivery(name) for name in "abc"])
    leases = await store.lease("support", 3)
    await store.settle([(leases[0], Later(0.0)), (leases[1], Later(2.0)), (leases[2], Later(5.0))])
    assert names(await elapse(store.lease("support", 3, linger=60))) == ["a", "b", "c"]
    assert 5 <= clock.monotonic() < 20


async def test_nothing_is_lent_to_who_lingers_and_another_may_take_it(
    store: Store, delivery: Make, keep: Keep, elapse: Wait, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a")])
    lingering = asyncio.create_task(store.lease("support", 10, wait=60, linger=5))
    await clock.advance(1)
    depth = await store.depth("support")
    assert (depth.due, depth.leased) == (1, 0)
    assert names(await store.lease("support", 10)) == ["a"]
    await clock.advance(3)
    await keep(store, [delivery("b")])
    await clock.advance(4.5)
    assert not lingering.done()
    assert names(await elapse(lingering)) == ["b"]


async def test_who_lingered_in_vain_gets_nothing(
    store: Store, delivery: Make, keep: Keep, elapse: Wait, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a")])
    lingering = asyncio.create_task(store.lease("support", 10, linger=5))
    await clock.advance(1)
    assert names(await store.lease("support", 10)) == ["a"]
    assert list(await elapse(lingering)) == []


async def test_who_is_cancelled_while_lingering_takes_nothing(
    store: Store, delivery: Make, keep: Keep, soon: Wait, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a")])
    lingering = asyncio.create_task(store.lease("support", 10, linger=5))
    await clock.advance(1)
    lingering.cancel()
    await asyncio.gather(lingering, return_exceptions=True)
    assert names(await soon(store.lease("support", 10, wait=60))) == ["a"]


async def test_many_that_linger_share_without_taking_anything_twice(
    store: Store, delivery: Make, keep: Keep, elapse: Wait, clock: VirtualClock
) -> None:
    lingering = [asyncio.create_task(store.lease("support", 7, linger=5, wait=1)) for _ in range(5)]
    for n in range(20):
        await clock.advance(0.1 if n % 5 == 0 else 0)
        await keep(store, [delivery(str(n), person=str(n % 3))])
    leased = await elapse(asyncio.gather(*lingering))
    taken = [name for leases in leased for name in names(leases)]
    assert len(set(taken)) == len(taken) == (await store.depth("support")).leased
    people = [{lease.delivery.order_key for lease in leases} for leases in leased]
    assert sorted(person for each in people for person in each) == ["0", "1", "2"]
