"""What every engine promises, whatever is behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sendoff.decision import Decision
from sendoff.delivery import Delivery
from sendoff.store.promise import (
    Dead,
    Decided,
    Done,
    Incoming,
    Later,
    Lease,
    Store,
)
from sendoff.testing.clock import VirtualClock

DELIVERED = Done("delivered")


def delivery(
    name: str, *, person: str = "", route: str = "support", body: bytes = b"{}"
) -> Delivery:
    return Delivery(id=name, route=route, action="upsert", body=body, order_key=person,
                    event_key=name)  # fmt: skip


async def keep(store: Store, deliveries: Iterable[Delivery]) -> None:
    listed = list(deliveries)
    numbers = await store.append([Incoming(b"{}") for _ in listed])
    await store.decide([
        Decided(number, each.event_key, b"digest", [], [each])
        for number, each in zip(numbers, listed, strict=True)
    ])  # fmt: skip


def names(leases: Sequence[Lease]) -> list[str]:
    return [lease.delivery.id for lease in leases]


async def test_numbers_count_up_in_the_order_of_appending(store: Store) -> None:
    first = await store.append([Incoming(b"a"), Incoming(b"b")])
    second = await store.append([Incoming(b"c")])
    assert [*first, *second] == sorted([*first, *second])
    assert [each.body for each in await store.undecided(10)] == [b"a", b"b", b"c"]


async def test_a_message_appended_twice_is_two_messages(store: Store) -> None:
    await store.append([Incoming(b"same")])
    await store.append([Incoming(b"same")])
    assert len(await store.undecided(10)) == 2


async def test_bodies_come_back_as_they_were(store: Store) -> None:
    bodies = [b"", b"\x00\xff", b"x" * 1_000_000]
    await store.append([Incoming(body) for body in bodies])
    assert [each.body for each in await store.undecided(10)] == bodies


async def test_undecided_gives_the_oldest_up_to_the_limit(store: Store) -> None:
    await store.append([Incoming(str(n).encode()) for n in range(10)])
    assert [each.body for each in await store.undecided(3)] == [b"0", b"1", b"2"]


async def test_what_is_decided_is_no_longer_undecided(store: Store) -> None:
    await keep(store, [delivery("a")])
    assert not await store.undecided(10)


async def test_deciding_twice_makes_one_delivery(store: Store) -> None:
    [number] = await store.append([Incoming(b"{}")])
    decided = Decided(number, "key", b"digest", [], [delivery("a")])
    assert await store.decide([decided]) == [number]
    assert await store.decide([decided]) == []
    assert (await store.depth("support")).waiting == 1


async def test_deciding_tells_which_were_still_undecided(store: Store) -> None:
    numbers = await store.append([Incoming(b"1"), Incoming(b"2"), Incoming(b"3")])
    await store.decide([Decided(numbers[1], "2", b"", [])])
    decided = [Decided(number, str(number), b"", []) for number in numbers]
    assert await store.decide(decided) == [numbers[0], numbers[2]]


async def test_a_decided_key_is_known_with_its_first_digest(store: Store) -> None:
    numbers = await store.append([Incoming(b"1"), Incoming(b"2")])
    await store.decide([Decided(numbers[0], "key", b"one", [])])
    await store.decide([Decided(numbers[1], "key", b"two", [])])
    found = await store.earlier(["key", "other"])
    assert list(found) == ["key"]
    assert (found["key"].number, found["key"].digest) == (numbers[0], b"one")


async def test_no_delivery_is_leased_twice(store: Store) -> None:
    await keep(store, [delivery(str(n)) for n in range(5)])
    first = await store.lease("support", 3)
    second = await store.lease("support", 10)
    assert sorted(names([*first, *second])) == ["0", "1", "2", "3", "4"]
    assert not await store.lease("support", 10)


async def test_routes_do_not_see_each_other(store: Store) -> None:
    await keep(store, [delivery("a", route="one"), delivery("b", route="two")])
    assert names(await store.lease("two", 10)) == ["b"]
    assert (await store.depth("one")).due == 1


async def test_two_of_five_refused_are_exactly_what_comes_again(store: Store) -> None:
    await keep(store, [delivery(str(n)) for n in range(5)])
    leases = await store.lease("support", 5)
    await store.settle([
        (lease, Later(0.0) if lease.delivery.id in {"1", "3"} else DELIVERED) for lease in leases
    ])  # fmt: skip
    assert sorted(names(await store.lease("support", 10))) == ["1", "3"]


async def test_later_is_never_early(store: Store, clock: VirtualClock) -> None:
    await keep(store, [delivery("a")])
    [lease] = await store.lease("support", 1)
    await store.settle([(lease, Later(10.0))])
    await clock.advance(9.999)
    assert not await store.lease("support", 1)
    assert (await store.depth("support")).delayed == 1
    await clock.advance(0.001)
    assert names(await store.lease("support", 1)) == ["a"]


async def test_attempts_are_counted_only_when_they_count(store: Store) -> None:
    await keep(store, [delivery("a")])
    seen = []
    for later in (Later(0.0, counts=False), Later(0.0, maybe_delivered=True), Later(0.0)):
        [lease] = await store.lease("support", 1)
        seen.append((lease.delivery.attempt, lease.delivery.maybe_delivered))
        await store.settle([(lease, later)])
    [last] = await store.lease("support", 1)
    seen.append((last.delivery.attempt, last.delivery.maybe_delivered))
    assert seen == [(1, False), (1, False), (2, True), (3, True)]


async def test_a_lease_expires_and_a_late_settle_changes_nothing(
    store: Store, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a")])
    [late] = await store.lease("support", 1, lease_for=30)
    await clock.advance(30)
    [lease] = await store.lease("support", 1)
    assert names([lease]) == ["a"]
    assert await store.settle([(late, DELIVERED)]) == [late]
    assert (await store.depth("support")).leased == 1
    assert not await store.settle([(lease, DELIVERED)])
    assert (await store.depth("support")).waiting == 0


async def test_a_lease_lent_on_does_not_expire(store: Store, clock: VirtualClock) -> None:
    await keep(store, [delivery("a")])
    leases = await store.lease("support", 1, lease_for=30)
    await clock.advance(20)
    assert not await store.extend(leases, 30)
    await clock.advance(20)
    assert not await store.settle([(leases[0], DELIVERED)])


async def test_a_lost_lease_cannot_be_lent_on(store: Store, clock: VirtualClock) -> None:
    await keep(store, [delivery("a")])
    leases = await store.lease("support", 1, lease_for=30)
    await clock.advance(31)
    assert await store.extend(leases, 30) == leases


async def test_one_person_comes_in_order_and_to_one_worker_at_a_time(store: Store) -> None:
    await keep(store, [delivery("a1", person="a"), delivery("b1", person="b"),
                       delivery("a2", person="a")])  # fmt: skip
    [first] = await store.lease("support", 1)
    assert names(await store.lease("support", 10)) == ["b1"]
    await store.settle([(first, DELIVERED)])
    assert names([first]) == ["a1"]
    assert names(await store.lease("support", 10)) == ["a2"]


async def test_a_retry_holds_back_its_own_person_only(store: Store, clock: VirtualClock) -> None:
    await keep(store, [delivery("a1", person="a"), delivery("a2", person="a"),
                       delivery("b1", person="b")])  # fmt: skip
    [first] = await store.lease("support", 1)
    await store.settle([(first, Later(60.0))])
    assert names(await store.lease("support", 10, lease_for=600)) == ["b1"]
    await clock.advance(60)
    assert names(await store.lease("support", 10)) == ["a1", "a2"]


async def test_what_came_together_stays_in_order_when_its_head_is_refused(store: Store) -> None:
    await keep(store, [delivery(f"a{n}", person="a") for n in range(4)])
    leases = await store.lease("support", 3)
    assert names(leases) == ["a0", "a1", "a2"]
    await store.settle([(leases[0], Later(0.0)), (leases[1], DELIVERED), (leases[2], Later(0.0))])
    assert names(await store.lease("support", 10)) == ["a0", "a2", "a3"]


async def test_a_batch_stays_within_its_bytes_but_one_always_comes(store: Store) -> None:
    await keep(store, [delivery(str(n), body=b"x" * 100) for n in range(4)])
    assert len(await store.lease("support", 10, max_bytes=250)) == 2
    assert len(await store.lease("support", 10, max_bytes=1)) == 1


async def test_batches_of_one_person_come_one_after_the_other(store: Store) -> None:
    await keep(store, [delivery(f"a{n}", person="a") for n in range(5)])
    first = await store.lease("support", 2)
    assert not await store.lease("support", 2)
    await store.settle([(lease, DELIVERED) for lease in first])
    second = await store.lease("support", 2)
    assert names([*first, *second]) == ["a0", "a1", "a2", "a3"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(0, 30), min_size=2, max_size=9))
async def test_a_batch_that_just_fits_comes_whole(sizes: list[int], store: Store) -> None:
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


async def test_a_lease_waits_for_the_first_delivery(store: Store, clock: VirtualClock) -> None:
    async def later() -> None:
        await clock.sleep(5)
        await keep(store, [delivery("a")])

    async def both() -> Sequence[Lease]:
        leases = await store.lease("support", 1, wait=60)
        assert clock.monotonic() == 5
        return leases

    adding = asyncio.ensure_future(later())
    assert names(await clock.run(both())) == ["a"]
    await adding


async def test_a_lease_waits_no_longer_than_asked(store: Store, clock: VirtualClock) -> None:
    assert not await clock.run(store.lease("support", 1, wait=7))
    assert clock.monotonic() == 7


async def test_a_lease_waits_for_what_becomes_due(store: Store, clock: VirtualClock) -> None:
    await keep(store, [delivery("a")])
    [lease] = await store.lease("support", 1)
    await store.settle([(lease, Later(12.0))])
    assert names(await clock.run(store.lease("support", 1, wait=60))) == ["a"]
    assert clock.monotonic() == 12


async def test_a_lease_that_is_cancelled_takes_nothing(store: Store, clock: VirtualClock) -> None:
    waiting = asyncio.create_task(store.lease("support", 1, wait=60))
    await clock.advance(1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await keep(store, [delivery("a")])
    assert names(await store.lease("support", 1)) == ["a"]


async def test_many_that_wait_for_one_route_get_one_each(store: Store, clock: VirtualClock) -> None:
    waiting = [asyncio.create_task(store.lease("support", 1, wait=60)) for _ in range(20)]
    await clock.advance(1)
    await keep(store, [delivery(str(n)) for n in range(20)])
    await clock.advance(1)
    assert sorted(names([task.result()[0] for task in waiting])) == sorted(map(str, range(20)))


async def test_who_waits_hears_of_what_was_given_back(store: Store, clock: VirtualClock) -> None:
    await keep(store, [delivery("a")])
    [lease] = await store.lease("support", 1)
    waiting = asyncio.create_task(store.lease("support", 1, wait=60))
    await clock.advance(1)
    await store.settle([(lease, Later(0.0))])
    await clock.advance(0)
    assert names(waiting.result()) == ["a"]


async def test_what_is_due_lingers_for_others_to_join_it(store: Store, clock: VirtualClock) -> None:
    lingering = asyncio.create_task(store.lease("support", 10, wait=60, linger=3))
    await clock.advance(5)
    await keep(store, [delivery("a")])
    await clock.advance(2)
    await keep(store, [delivery("b")])
    await clock.advance(0.999)
    assert not lingering.done()
    await clock.advance(0.001)
    assert names(lingering.result()) == ["a", "b"]


async def test_lingering_begins_when_a_delivery_is_due_and_not_when_somebody_asks(
    store: Store, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a")])
    await clock.advance(2)
    assert names(await clock.run(store.lease("support", 10, linger=3))) == ["a"]
    assert clock.monotonic() == 3
    await keep(store, [delivery("b")])
    await clock.advance(10)
    assert names(await store.lease("support", 10, linger=3)) == ["b"]
    assert clock.monotonic() == 13


async def test_where_nothing_is_due_nobody_lingers(store: Store, clock: VirtualClock) -> None:
    assert not await clock.run(store.lease("support", 10, wait=7, linger=3))
    assert clock.monotonic() == 7


@pytest.mark.parametrize("bound", [{"limit": 3}, {"limit": 10, "max_bytes": 10}])
async def test_a_full_batch_comes_at_once(
    store: Store, clock: VirtualClock, bound: dict[str, int]
) -> None:
    lingering = asyncio.create_task(store.lease("support", **bound, linger=60))
    await keep(store, [delivery("a", person="p"), delivery("b", person="p")])
    await clock.advance(1)
    assert not lingering.done()
    await keep(store, [delivery("c", person="p")])
    await clock.advance(0)
    assert names(lingering.result()) == ["a", "b", "c"]


async def test_what_becomes_due_joins_and_may_fill_a_batch(
    store: Store, clock: VirtualClock
) -> None:
    await keep(store, [delivery(name) for name in "abc"])
    leases = await store.lease("support", 3)
    await store.settle([(leases[0], Later(0.0)), (leases[1], Later(2.0)), (leases[2], Later(5.0))])
    assert names(await clock.run(store.lease("support", 3, linger=60))) == ["a", "b", "c"]
    assert clock.monotonic() == 5


async def test_nothing_is_lent_to_who_lingers_and_another_may_take_it(
    store: Store, clock: VirtualClock
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
    await clock.advance(0.5)
    assert names(lingering.result()) == ["b"]


async def test_who_lingered_in_vain_gets_nothing(store: Store, clock: VirtualClock) -> None:
    await keep(store, [delivery("a")])
    lingering = asyncio.create_task(store.lease("support", 10, linger=5))
    await clock.advance(1)
    await store.lease("support", 10)
    await clock.advance(4)
    assert lingering.result() == []


async def test_who_is_cancelled_while_lingering_takes_nothing(
    store: Store, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a")])
    lingering = asyncio.create_task(store.lease("support", 10, linger=5))
    await clock.advance(1)
    lingering.cancel()
    await asyncio.gather(lingering, return_exceptions=True)
    assert names(await store.lease("support", 10)) == ["a"]


async def test_many_that_linger_share_without_taking_anything_twice(
    store: Store, clock: VirtualClock
) -> None:
    lingering = [asyncio.create_task(store.lease("support", 7, linger=5, wait=1)) for _ in range(5)]
    for n in range(20):
        await clock.advance(0.1)
        await keep(store, [delivery(str(n), person=str(n % 3))])
    await clock.advance(10)
    taken = [name for task in lingering for name in names(task.result())]
    assert len(set(taken)) == len(taken) == (await store.depth("support")).leased
    people = [{lease.delivery.order_key for lease in task.result()} for task in lingering]
    assert sorted(person for each in people for person in each) == ["0", "1", "2"]


async def test_the_dead_are_kept_with_their_reason(store: Store) -> None:
    await keep(store, [delivery("a"), delivery("b", route="other")])
    [lease] = await store.lease("support", 1)
    await store.settle([(lease, Dead("rejected", "the vendor's words"))])
    [letter] = await store.dead("support")
    assert (letter.id, letter.reason, letter.detail) == ("a", "rejected", "the vendor's words")
    assert letter.delivery is not None
    assert not await store.dead("other")
    assert (await store.depth("support")).waiting == 0


async def test_a_dead_decision_is_a_dead_letter(store: Store) -> None:
    [number] = await store.append([Incoming(b"{")])
    dead = Decision(route=None, verdict="dead", reason="invalid_event", detail="not JSON")
    await store.decide([Decided(number, "key", b"", [dead])])
    [letter] = await store.dead()
    assert (letter.route, letter.reason, letter.event_number) == (None, "invalid_event", number)


async def test_one_person_with_thousands_waiting_does_not_slow_the_others(store: Store) -> None:
    await keep(store, [delivery(f"a{n}", person="a") for n in range(30_000)])
    await keep(store, [delivery(f"b{n}", person=f"b{n}") for n in range(1_000)])
    [first] = await store.lease("support", 1)
    assert first.delivery.order_key == "a"
    seen = 0
    while leases := await store.lease("support", 1):
        seen += len(leases)
        await store.settle([(leases[0], DELIVERED)])
    assert seen == 1_000


async def test_ten_thousand_waiting_all_come(store: Store) -> None:
    await keep(store, [delivery(str(n), person=str(n % 700)) for n in range(10_000)])
    seen: list[str] = []
    while leases := await store.lease("support", 50):
        seen += names(leases)
        await store.settle([(lease, DELIVERED) for lease in leases])
    assert sorted(seen, key=int) == [str(n) for n in range(10_000)]


async def test_the_gate_gives_no_more_than_the_rate(store: Store, clock: VirtualClock) -> None:
    granted = 0

    async def ask() -> None:
        nonlocal granted
        while clock.monotonic() < 10:
            grant = await store.take("acme", 1, 2.0)
            granted += grant.granted
            if not grant.granted:
                assert grant.wait > 0
                await clock.sleep(grant.wait)

    await clock.run(ask())
    assert 19 <= granted <= 21


async def test_a_hold_stops_the_whole_account_for_its_time(
    store: Store, clock: VirtualClock
) -> None:
    await store.hold("acme", 30)
    await store.hold("acme", 5)
    assert (await store.take("acme", 1, None)).wait == 30
    assert (await store.take("other", 1, None)).granted == 1
    await clock.advance(30)
    assert (await store.take("acme", 1, None)).granted == 1


async def test_a_spent_quota_waits_for_its_window(store: Store, clock: VirtualClock) -> None:
    await store.observe("acme", 50, 1, 0.0)
    assert (await store.take("acme", 1, None)).granted == 1
    assert (await store.take("acme", 1, None)).wait == 60
    await clock.advance(60)
    assert (await store.take("acme", 1, None)).granted == 1


async def test_the_reserve_is_left_to_others(store: Store) -> None:
    await store.observe("acme", 100, 21, 0.2)
    assert (await store.take("acme", 1, None)).granted == 1
    assert (await store.take("acme", 1, None)).granted == 0


async def test_facts_are_remembered_until_forgotten(store: Store) -> None:
    assert await store.get("consent", "u1") is None
    await store.set("consent", "u1", {"marketing": False})
    assert await store.get("consent", "u1") == {"marketing": False}
    await store.forget("consent", "u1")
    assert await store.get("consent", "u1") is None
