"""What an engine promises that survives: all of it is there when the store is opened again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pytest

from sendoff.decision import Decision
from sendoff.delivery import Delivery
from sendoff.event import content_digest
from sendoff.store.deaths import DeadQuery
from sendoff.store.promise import Dead, Decided, Done, Earlier, Fact, Incoming, Later, Lease, Store
from sendoff.testing.clock import START, VirtualClock

Make = Callable[..., Delivery]
Keep = Callable[..., Awaitable[Sequence[int]]]
Again = Callable[[], Awaitable[Store]]

DELIVERED = Done("delivered")


def names(leases: Sequence[Lease]) -> list[str]:
    return [lease.delivery.id for lease in leases]


@pytest.fixture(params=["reopen", "crash"])
def again(request: pytest.FixtureRequest, reopen: Again, crash: Again) -> Again:
    """The store opened again, after it was closed and after it was not."""
    return {"reopen": reopen, "crash": crash}[request.param]


async def everything(store: Store, route: str = "support") -> dict[str, Delivery]:
    """What is due on a route, delivered; in batches as small as the store wants them."""
    found: dict[str, Delivery] = {}
    while leases := await store.lease(route, 10):
        found |= {lease.delivery.id: lease.delivery for lease in leases}
        assert not await store.settle([(lease, DELIVERED) for lease in leases])
    return found


async def test_a_store_that_nothing_happened_in_opens_again(again: Again) -> None:
    store = await again()
    assert not await store.undecided(1)
    assert await store.append([Incoming(b"{}")])


async def test_what_was_appended_is_there_and_numbers_go_on(store: Store, again: Again) -> None:
    numbers = list(await store.append([Incoming(b"a\x00", "one"), Incoming(b"", "two")]))
    store = await again()
    numbers += await store.append([Incoming(b"c")])
    assert numbers == sorted(set(numbers))
    found = await store.undecided(10)
    assert [(each.number, each.body, each.fallback_key) for each in found] == [
        (numbers[0], b"a\x00", "one"), (numbers[1], b"", "two"), (numbers[2], b"c", ""),
    ]  # fmt: skip
    assert {each.received_at for each in found} == {START}


async def test_what_was_decided_is_known_and_is_not_decided_again(
    store: Store, delivery: Make, again: Again
) -> None:
    numbers = await store.append([Incoming(b"1"), Incoming(b"2")])
    one = Decided(numbers[0], "key", [], [delivery("a")], "m1", [Fact("k", "u", {"a": 1})])
    await store.decide([one])
    store = await again()
    assert [each.number for each in await store.undecided(10)] == [numbers[1]]
    assert list(await store.decide([one])) == []
    assert (await store.earlier(["key"]))["key"] == Earlier(numbers[0], content_digest(b"1"))
    assert list(await store.numbers_of("m1")) == [numbers[0]]
    assert await store.facts("k", ["u"]) == {"u": {"a": 1}}
    event = await store.event(numbers[0])
    assert event is not None
    assert event.body == b"1"


async def test_of_five_two_that_were_refused_are_exactly_what_comes(
    store: Store, delivery: Make, keep: Keep, again: Again
) -> None:
    given = [delivery(str(n), body=bytes([n]), rule="r") for n in range(5)]
    await keep(store, given)
    await store.settle([
        (lease, Later(0.0) if lease.delivery.id in {"1", "3"} else DELIVERED)
        for lease in await store.lease("support", 5)
    ])  # fmt: skip
    found = await everything(await again())
    assert sorted(found) == ["1", "3"]
    assert (found["1"].body, found["1"].rule, found["1"].attempt) == (b"\x01", "r", 2)


async def test_what_was_never_lent_comes_in_order(
    store: Store, delivery: Make, keep: Keep, again: Again
) -> None:
    await keep(store, [delivery(str(n), person=str(n % 3)) for n in range(300)])
    store = await again()
    assert (await store.depth("support")).due == 300
    order = [int(name) for name in await everything(store)]
    assert sorted(order) == list(range(300))
    for person in range(3):
        mine = [n for n in order if n % 3 == person]
        assert mine == sorted(mine)


async def test_later_is_never_early_when_it_was_closed_meanwhile(
    store: Store, keep: Keep, again: Again, clock: VirtualClock
) -> None:
    await keep(store, ["a"])
    [lease] = await store.lease("support", 1)
    await store.settle([(lease, Later(100.0, maybe_delivered=True))])
    await clock.advance(60)
    store = await again()
    await clock.advance(39)
    assert not await store.lease("support", 1)
    assert (await store.depth("support")).delayed == 1
    await clock.advance(2)
    [lease] = await store.lease("support", 1)
    assert (lease.delivery.attempt, lease.delivery.maybe_delivered) == (2, True)
    assert lease.age == pytest.approx(101.0, abs=1.0)


async def test_what_was_put_off_holds_back_its_person_still(
    store: Store, delivery: Make, keep: Keep, again: Again, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a1", person="a"), delivery("a2", person="a"),
                       delivery("b1", person="b")])  # fmt: skip
    [lease] = await store.lease("support", 1)
    await store.settle([(lease, Later(100.0))])
    store = await again()
    assert list(await everything(store)) == ["b1"]
    await clock.advance(101)
    assert list(await everything(store)) == ["a1", "a2"]


async def test_letters_are_there_with_their_age_and_can_be_brought_back(
    store: Store, delivery: Make, keep: Keep, again: Again, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a", body=b"\xff", rule="r"), delivery("b")])
    for lease in await store.lease("support", 2):
        await store.settle([(lease, Dead("rejected", "why"))])
    [number] = await store.append([Incoming(b"{")])
    dead = Decision(route=None, verdict="dead", reason="invalid_event", detail="not JSON")
    await store.decide([Decided(number, "key", [dead])])
    before = await store.dead(DeadQuery())
    await clock.advance(50)
    store = await again()
    letters = await store.dead(DeadQuery())
    assert [each.age for each in letters] == [pytest.approx(50.0, abs=1.0)] * 3
    assert [replace(each, age=0.0) for each in letters] == list(before)
    assert list(await store.replay(["a"])) == ["a"]
    store = await again()
    assert [each.id for each in await store.dead(DeadQuery())] == ["b", f"event {number}"]
    [sent] = (await everything(store)).values()
    assert (sent.event_key, sent.body, sent.resend) == ("a", b"\xff", 1)


async def test_totals_and_notes_go_on(store: Store, keep: Keep, again: Again) -> None:
    await keep(store, ["a", "b"])
    leases = await store.lease("support", 2)
    await store.settle([(leases[0], DELIVERED), (leases[1], Dead("rejected"))])
    before = await store.totals()
    await store.note([{"n": 1}, {"n": 2}])
    [*_rest, (last, _record)] = await store.notes()
    store = await again()
    assert await store.totals() == before
    await keep(store, ["c"])
    await everything(store)
    assert (await store.totals())["support"] == {"delivered": 2, "dead rejected": 1}
    await store.note([{"n": 3}])
    assert list(await store.notes(last)) == [(last + 1, {"n": 3})]


async def test_what_was_out_when_it_was_closed_is_given_back(
    store: Store, delivery: Make, keep: Keep, reopen: Again
) -> None:
    await keep(store, [delivery(str(n), person="p") for n in range(4)])
    [lease, *_others] = await store.lease("support", 3, lease_for=3600)
    store = await reopen()
    assert list(await store.settle([(lease, DELIVERED)])) == [lease]
    assert (await store.depth("support")).due == 4
    assert list(await everything(store)) == ["0", "1", "2", "3"]


async def test_what_was_out_in_a_crash_may_have_been_delivered(
    store: Store, delivery: Make, keep: Keep, crash: Again
) -> None:
    await keep(store, [delivery(str(n), person=str(n % 2)) for n in range(6)])
    leases = await store.lease("support", 4, lease_for=3600)
    await store.settle([(leases[0], DELIVERED)])
    out = set(names(leases[1:]))
    store = await crash()
    found = await everything(store)
    assert set(found) == set(map(str, range(6))) - {leases[0].delivery.id}
    assert all(found[name].maybe_delivered for name in out)
    assert all(each.attempt == 1 for each in found.values())


async def test_a_lease_of_before_a_crash_is_void(store: Store, keep: Keep, crash: Again) -> None:
    await keep(store, ["a"])
    [lease] = await store.lease("support", 1, lease_for=3600)
    store = await crash()
    [again] = await store.lease("support", 1)
    assert list(await store.settle([(lease, DELIVERED)])) == [lease]
    assert not await store.settle([(again, DELIVERED)])


async def test_an_account_that_is_held_is_held_still(
    store: Store, again: Again, clock: VirtualClock
) -> None:
    await store.hold("acme", 100)
    await clock.advance(60)
    store = await again()
    refused = await store.take("acme", 1, None)
    assert refused.granted == 0
    assert 39 <= refused.wait <= 41
    await clock.advance(refused.wait)
    assert (await store.take("acme", 1, None)).granted == 1
