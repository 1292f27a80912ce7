"""What every engine promises of deliveries: lent once, in order, and settled by who has them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sendoff.delivery import Delivery
from sendoff.store.promise import Dead, Done, Later, Lease, Store
from sendoff.testing.clock import VirtualClock

Make = Callable[..., Delivery]
Keep = Callable[..., Awaitable[Sequence[int]]]

DELIVERED = Done("delivered")


def names(leases: Sequence[Lease]) -> list[str]:
    return [lease.delivery.id for lease in leases]


async def test_no_delivery_is_leased_twice(store: Store, delivery: Make, keep: Keep) -> None:
    await keep(store, [delivery(str(n)) for n in range(5)])
    first = await store.lease("support", 3)
    second = await store.lease("support", 10)
    assert names([*first, *second]) == ["0", "1", "2", "3", "4"]
    assert not await store.lease("support", 10)


async def test_what_many_lease_at_once_is_lent_once(
    store: Store, other: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery(str(n), person=str(n % 37)) for n in range(150)])
    asked = await asyncio.gather(*((store, other)[n % 2].lease("support", 3) for n in range(60)))
    taken = [lease for leases in asked for lease in leases]
    people = [{lease.delivery.order_key for lease in leases} for leases in asked]
    assert len(set(names(taken))) == len(taken) == (await store.depth("support")).leased
    assert len({lease.token for lease in taken}) == len(taken)
    assert len([person for each in people for person in each]) == 37


async def test_a_route_without_deliveries_has_none(store: Store) -> None:
    assert not await store.lease("support", 10)
    depth = await store.depth("support")
    assert (depth.due, depth.delayed, depth.leased) == (0, 0, 0)


async def test_routes_do_not_see_each_other(store: Store, delivery: Make, keep: Keep) -> None:
    await keep(store, [delivery("a", route="one"), delivery("b", route="two")])
    assert names(await store.lease("two", 10)) == ["b"]
    assert (await store.depth("one")).due == 1
    assert not await store.lease("ONE", 10)


async def test_two_of_five_refused_are_exactly_what_comes_again(
    store: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery(str(n)) for n in range(5)])
    leases = await store.lease("support", 5)
    lost = await store.settle([
        (lease, Later(0.0) if lease.delivery.id in {"1", "3"} else DELIVERED) for lease in leases
    ])  # fmt: skip
    assert not lost
    assert sorted(names(await store.lease("support", 10))) == ["1", "3"]


async def test_what_is_settled_is_settled_once(store: Store, delivery: Make, keep: Keep) -> None:
    await keep(store, [delivery("a"), delivery("b")])
    leases = await store.lease("support", 2)
    assert not await store.settle([(leases[0], DELIVERED)])
    assert list(await store.settle([(each, Later(0.0)) for each in leases])) == [leases[0]]
    assert names(await store.lease("support", 2)) == ["b"]


async def test_later_is_never_early(
    store: Store, delivery: Make, keep: Keep, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a")])
    [lease] = await store.lease("support", 1)
    await store.settle([(lease, Later(10.0))])
    depth = await store.depth("support")
    assert (depth.due, depth.delayed, depth.leased) == (0, 1, 0)
    await clock.advance(9.999)
    assert not await store.lease("support", 1)
    await clock.advance(0.001)
    assert (await store.depth("support")).due == 1
    assert names(await store.lease("support", 1)) == ["a"]


async def test_attempts_are_counted_only_when_they_count(
    store: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery("a")])
    seen = []
    for later in (Later(0.0, counts=False), Later(0.0, maybe_delivered=True), Later(0.0), None):
        [lease] = await store.lease("support", 1)
        seen.append((lease.delivery.attempt, lease.delivery.maybe_delivered))
        if later is not None:
            await store.settle([(lease, later)])
    assert seen == [(1, False), (1, False), (2, True), (3, True)]


async def test_the_age_counts_from_the_first_lending(
    store: Store, delivery: Make, keep: Keep, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a")])
    await clock.advance(100)
    ages = []
    for _ in range(3):
        [lease] = await store.lease("support", 1)
        ages.append(lease.age)
        await store.settle([(lease, Later(7.5))])
        await clock.advance(7.5)
    assert ages == [0.0, 7.5, 15.0]


async def test_a_lease_runs_out_and_who_had_it_can_no_longer_settle(
    store: Store, delivery: Make, keep: Keep, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a")])
    [late] = await store.lease("support", 1, lease_for=30)
    await clock.advance(30)
    [lease] = await store.lease("support", 1)
    assert names([lease]) == ["a"]
    for settlement in (DELIVERED, Later(1000.0), Dead("rejected")):
        assert list(await store.settle([(late, settlement)])) == [late]
    assert (await store.depth("support")).leased == 1
    assert not (await store.totals()).get("support")
    assert not await store.settle([(lease, DELIVERED)])
    assert (await store.depth("support")).waiting == 0


async def test_of_a_lease_that_ran_out_nobody_knows_what_came(
    store: Store, delivery: Make, keep: Keep, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a")])
    await store.lease("support", 1, lease_for=30)
    await clock.advance(30)
    [lease] = await store.lease("support", 1)
    assert (lease.delivery.attempt, lease.delivery.maybe_delivered) == (1, True)


async def test_a_lease_lent_on_does_not_run_out(
    store: Store, delivery: Make, keep: Keep, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a")])
    leases = await store.lease("support", 1, lease_for=30)
    await clock.advance(20)
    assert not await store.extend(leases, 30)
    await clock.advance(20)
    assert not await store.lease("support", 1)
    assert not await store.settle([(leases[0], DELIVERED)])


async def test_lending_on_never_shortens_a_lease(
    store: Store, delivery: Make, keep: Keep, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a")])
    leases = await store.lease("support", 1, lease_for=60)
    assert not await store.extend(leases, 100)
    assert not await store.extend(leases, 1)
    await clock.advance(99)
    assert not await store.lease("support", 1)
    await clock.advance(1)
    assert names(await store.lease("support", 1)) == ["a"]


async def test_a_lost_lease_cannot_be_lent_on(
    store: Store, delivery: Make, keep: Keep, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a"), delivery("b")])
    leases = await store.lease("support", 2, lease_for=30)
    await store.settle([(leases[1], DELIVERED)])
    assert list(await store.extend(leases, 30)) == [leases[1]]
    await clock.advance(31)
    assert list(await store.extend(leases, 30)) == list(leases)
    assert names(await store.lease("support", 2)) == ["a"]


async def test_one_person_comes_in_order_and_to_one_worker_at_a_time(
    store: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery("a1", person="a"), delivery("b1", person="b"),
                       delivery("a2", person="a")])  # fmt: skip
    [first] = await store.lease("support", 1)
    assert names(await store.lease("support", 10)) == ["b1"]
    await store.settle([(first, DELIVERED)])
    assert names([first]) == ["a1"]
    assert names(await store.lease("support", 10)) == ["a2"]


async def test_one_person_on_two_routes_is_two(store: Store, delivery: Make, keep: Keep) -> None:
    await keep(store, [delivery("a1", person="a", route="one"),
                       delivery("a2", person="a", route="two")])  # fmt: skip
    await store.lease("one", 1)
    assert names(await store.lease("two", 1)) == ["a2"]


async def test_a_retry_holds_back_its_own_person_only(
    store: Store, delivery: Make, keep: Keep, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a1", person="a"), delivery("a2", person="a"),
                       delivery("b1", person="b")])  # fmt: skip
    [first] = await store.lease("support", 1)
    await store.settle([(first, Later(60.0))])
    assert names(await store.lease("support", 10, lease_for=600)) == ["b1"]
    await keep(store, [delivery("a3", person="a")])
    assert not await store.lease("support", 10)
    await clock.advance(60)
    assert names(await store.lease("support", 10)) == ["a1", "a2", "a3"]


async def test_what_came_together_stays_in_order_when_its_head_is_refused(
    store: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery(f"a{n}", person="a") for n in range(4)])
    leases = await store.lease("support", 3)
    assert names(leases) == ["a0", "a1", "a2"]
    await store.settle([(leases[0], Later(0.0)), (leases[1], DELIVERED), (leases[2], Later(0.0))])
    assert names(await store.lease("support", 10)) == ["a0", "a2", "a3"]


async def test_nobody_gets_a_person_of_whom_one_delivery_is_still_out(
    store: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery(f"a{n}", person="a") for n in range(4)])
    leases = await store.lease("support", 3)
    await store.settle([(leases[0], Later(0.0)), (leases[2], DELIVERED)])
    assert not await store.lease("support", 10)
    await store.settle([(leases[1], DELIVERED)])
    assert names(await store.lease("support", 10)) == ["a0", "a3"]


async def test_a_dead_one_lets_those_behind_it_pass(
    store: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery("a1", person="a"), delivery("a2", person="a")])
    [first] = await store.lease("support", 1)
    await store.settle([(first, Dead("rejected"))])
    assert names(await store.lease("support", 10)) == ["a2"]


async def test_each_person_comes_in_order_whatever_is_refused(
    store: Store, delivery: Make, keep: Keep, clock: VirtualClock
) -> None:
    await keep(store, [delivery(str(n), person=str(n % 7)) for n in range(120)])
    done: dict[str, list[int]] = {str(person): [] for person in range(7)}
    asked = 0
    while (await store.depth("support")).waiting:
        settled: list[tuple[Lease, Done | Later]] = []
        refused: set[str] = set()
        for lease in await store.lease("support", 9):
            asked += 1
            person = lease.delivery.order_key
            if person in refused:  # who delivers a batch stops at the first of a person that fails
                settled.append((lease, Later(0.0, counts=False)))
            elif asked % 4 == 0:
                refused.add(person)
                settled.append((lease, Later(asked % 3)))
            else:
                settled.append((lease, DELIVERED))
                done[person].append(int(lease.delivery.id))
        assert not await store.settle(settled)
        await clock.advance(0 if settled else 1)
    assert done == {str(person): list(range(person, 120, 7)) for person in range(7)}


async def test_a_batch_stays_within_its_bytes_but_one_always_comes(
    store: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery(str(n), body=b"x" * 100) for n in range(4)])
    assert len(await store.lease("support", 10, max_bytes=250)) == 2
    assert len(await store.lease("support", 10, max_bytes=1)) == 1


async def test_batches_of_one_person_come_one_after_the_other(
    store: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery(f"a{n}", person="a") for n in range(5)])
    first = await store.lease("support", 2)
    assert not await store.lease("support", 2)
    await store.settle([(lease, DELIVERED) for lease in first])
    second = await store.lease("support", 2)
    assert names([*first, *second]) == ["a0", "a1", "a2", "a3"]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sizes=st.lists(st.integers(0, 30), min_size=2, max_size=9))
async def test_a_batch_that_just_fits_comes_whole(
    store: Store, delivery: Make, keep: Keep, sizes: list[int]
) -> None:
    bodies = [b"x" * size for size in sizes]
    await keep(store, [delivery(str(n), body=body) for n, body in enumerate(bodies)])
    as_array, as_lines = b"[" + b",".join(bodies) + b"]", b"".join(each + b"\n" for each in bodies)
    assert len(as_lines) < len(as_array)
    leases = await store.lease("support", 10, max_bytes=len(as_array) - 1)
    assert names(leases) == [str(n) for n in range(len(sizes) - 1)]
    await store.settle([(lease, Later(0.0)) for lease in leases])
    leases = await store.lease("support", 10, max_bytes=len(as_array))
    assert len(leases) == len(sizes)
    await store.settle([(lease, DELIVERED) for lease in leases])
