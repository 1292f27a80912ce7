"""What every engine promises of a resend: once for each time it is asked for, and never too early.

An engine may have forgotten what was sent once it has ended: then it says so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from sendoff.decision import Decision, DeliveryIds
from sendoff.delivery import Delivery
from sendoff.store.deaths import DeadQuery
from sendoff.store.promise import Dead, Decided, Done, Incoming, Later, Settlement, Store
from sendoff.store.resends import Resend, Sent, Target
from sendoff.testing.clock import VirtualClock

Again = Callable[[], Awaitable[Store]]

DELIVERED = Done("delivered")
SUPPORT = DeliveryIds("support")


def made(key: str, *, route: str = "support", person: str = "", resend: int = 0) -> Delivery:
    """The delivery of an event by its key."""
    return Delivery(
        DeliveryIds(route).of(key, resend), route, "upsert", f'"{key}"'.encode(), person, key,
        f"id of {key}", "all", person=person, resend=resend,
    )  # fmt: skip


def decision(delivery: Delivery) -> Decision:
    return Decision(
        route=delivery.route, verdict="send", rule=delivery.rule, action=delivery.action,
        delivery_id=delivery.id, blueprint="people@1", resend=delivery.resend,
    )  # fmt: skip


async def take(store: Store, *deliveries: Delivery) -> list[int]:
    """Let an event be decided for each of these; their numbers."""
    numbers = list(await store.append([Incoming(b"{}") for _ in deliveries]))
    await store.decide([
        Decided(number, each.event_key, [decision(each)], [each], each.message_id)
        for number, each in zip(numbers, deliveries, strict=True)
    ])  # fmt: skip
    return numbers


async def end(store: Store, how: Settlement = DELIVERED, route: str = "support") -> list[Delivery]:
    """Settle all that is due, and give it."""
    leases = await store.lease(route, 1_000)
    assert not await store.settle([(lease, how) for lease in leases])
    return [lease.delivery for lease in leases]


def anew(number: int, delivery: Delivery) -> Resend:
    """A resend that was decided anew, as this delivery."""
    return Resend(number, delivery.route, delivery.resend, decision(delivery), delivery)


async def standing(store: Store, number: int, route: str = "support") -> Sent:
    [sent] = await store.sent([Target(number, route)])
    return sent


async def asked(store: Store, *resends: Resend) -> list[str]:
    return list(await store.resend(resends))


async def test_what_was_delivered_is_sent_again_as_a_new_delivery(
    store: Store, other: Store
) -> None:
    [number] = await take(store, made("a"))
    await end(store)
    changed = replace(made("a", resend=1), body=b'"new"', rule="other")
    assert await asked(other, anew(number, changed)) == ["queued"]
    assert await end(store) == [changed]
    assert (await store.totals())["support"] == {"delivered": 2}
    [known] = await store.decisions([number])
    [of_route] = known.decisions
    assert (of_route.rule, of_route.resend, of_route.delivery_id) == (
        "other",
        1,
        SUPPORT.of("a", 1),
    )


@pytest.mark.parametrize("how", [DELIVERED, Done("skipped", "already_exists")])
async def test_how_it_stands_is_told_from_the_first_to_the_last(store: Store, how: Done) -> None:
    [number] = await take(store, made("a"))
    assert (await standing(store, number)).standing == "waiting"
    [lease] = await store.lease("support", 1)
    assert (await standing(store, number)).standing == "waiting"
    await store.settle([(lease, Later(30.0))])
    assert (await standing(store, number)).standing == "waiting"
    await store.replay([])  # nothing is dead
    assert (await asked(store, anew(number, made("a", resend=1)))) == ["waiting"]


async def test_once_it_has_ended_it_may_be_sent_again_and_waits_then(store: Store) -> None:
    [number] = await take(store, made("a"))
    await end(store, Done("skipped", "already_exists"))
    ended = await standing(store, number)
    assert (ended.standing, ended.resend) == ("ended", 0)
    await asked(store, anew(number, made("a", resend=1)))
    sent = await standing(store, number)
    assert (sent.standing, sent.resend) == ("waiting", 1)
    assert await asked(store, anew(number, made("a", resend=2))) == ["waiting"]
    assert len(await end(store)) == 1


async def test_what_is_asked_twice_is_sent_once(store: Store, other: Store) -> None:
    [number] = await take(store, made("a"))
    await end(store)
    twice = anew(number, made("a", resend=1))
    assert await asked(store, twice, twice) == ["queued", "waiting"]
    await end(store)
    assert await asked(other, twice) == ["sent_meanwhile"]
    assert await asked(other, anew(number, made("a", resend=3))) == ["sent_meanwhile"]
    assert await end(store) == []


async def test_each_time_has_an_id_of_its_own(store: Store) -> None:
    [number] = await take(store, made("a"))
    seen = [each.id for each in await end(store)]
    for resend in (1, 2, 3):
        assert await asked(store, anew(number, made("a", resend=resend))) == ["queued"]
        seen += [each.id for each in await end(store)]
    assert seen == [SUPPORT.of("a", resend) for resend in range(4)]


async def test_what_is_dead_is_refused_and_counts_on_once_it_was_replayed(store: Store) -> None:
    [number] = await take(store, made("a"))
    await end(store, Dead("rejected"))
    assert (await standing(store, number)).standing == "dead"
    assert await asked(store, anew(number, made("a", resend=1))) == ["dead"]
    [letter] = await store.dead(DeadQuery())
    await store.replay([letter.id])
    await end(store)
    sent = await standing(store, number)
    assert (sent.standing, sent.resend) == ("ended", 1)
    assert await asked(store, anew(number, made("a", resend=1))) == ["sent_meanwhile"]
    assert await asked(store, anew(number, made("a", resend=2))) == ["queued"]
    await end(store, Dead("rejected"))
    [letter] = await store.dead(DeadQuery())
    assert (letter.id, letter.event_number) == (SUPPORT.of("a", 2), number)
    assert (await standing(store, number)).standing == "dead"


async def test_what_was_not_sent_cannot_be_sent_again(store: Store) -> None:
    numbers = list(await store.append([Incoming(b"{}")] * 2))
    drop = Decision(route="support", verdict="drop", reason="no_consent")
    dead = Decision(route="support", verdict="dead", reason="missing_field")
    await store.decide([Decided(numbers[0], "a", [drop]), Decided(numbers[1], "b", [dead])])
    [undecided] = await store.append([Incoming(b"{}")])
    asked_of = [*numbers, undecided, 10**9]
    targets = [*(Target(each, "support") for each in asked_of), Target(numbers[0], "elsewhere")]
    assert [each.standing for each in await store.sent(targets)] == [
        "not_sent", "not_sent", "gone", "gone", "not_sent",
    ]  # fmt: skip
    resends = [anew(each, made("a", resend=1)) for each in asked_of]
    assert await asked(store, *resends) == ["not_sent", "not_sent", "gone", "gone"]
    assert (await store.depth("support")).waiting == 0


async def test_it_goes_to_the_end_of_its_line(store: Store) -> None:
    first, *_ = await take(store, *(made(f"a{n}", person="a") for n in range(3)))
    [lease] = await store.lease("support", 1)
    await store.settle([(lease, DELIVERED)])
    await asked(store, anew(first, made("a0", person="a", resend=1)))
    assert [each.event_key for each in await end(store)] == ["a1", "a2", "a0"]


async def test_what_waits_before_it_does_not_hold_it_back(store: Store) -> None:
    _first, second, third = await take(store, *(made(name, person=name) for name in "abc"))
    a, b, c = await store.lease("support", 3)
    await store.settle([(b, DELIVERED), (c, Later(30.0))])
    resends = [anew(second, made("b", resend=1)), anew(third, made("c", resend=1))]
    assert await asked(store, *resends) == ["queued", "waiting"]
    await store.settle([(a, DELIVERED)])
    assert [each.id for each in await end(store)] == [SUPPORT.of("b", 1)]


async def test_a_new_decision_is_known_with_its_warnings(store: Store) -> None:
    [number] = await take(store, made("a"))
    await end(store)
    again = made("a", resend=1)
    bearing = replace(decision(again), warnings=("timestamp_unreadable: $.timestamp",))
    assert await asked(store, Resend(number, "support", 1, bearing, again)) == ["queued"]
    [known] = await store.decisions([number])
    [of_route] = known.decisions
    assert of_route.warnings == bearing.warnings


async def test_what_is_said_to_be_queued_is(store: Store) -> None:
    [number] = await take(store, made("a"))
    await end(store)
    [said] = await asked(store, Resend(number, "support", 1, delivery=made("a", resend=1)))
    assert said in {"queued", "not_recorded"}
    assert len(await end(store)) == (said == "queued")


async def test_routes_are_apart(store: Store) -> None:
    [number] = await store.append([Incoming(b"{}")])
    both = [made("a"), made("a", route="other")]
    await store.decide([Decided(number, "a", [decision(each) for each in both], both)])
    await end(store)
    assert await asked(
        store, anew(number, made("a", resend=1)), anew(number, made("a", route="other", resend=1))
    ) == ["queued", "waiting"]
    assert [each.resend for each in await end(store, route="other")] == [0]
    assert [each.resend for each in await end(store)] == [1]


async def test_as_it_was_recorded_it_is_sent_or_refused(store: Store, clock: VirtualClock) -> None:
    numbers = await take(store, *(made(f"a{n}", person="a") for n in range(20)))
    sent = await end(store)
    await clock.advance(10)
    stand = await store.sent([Target(each, "support") for each in numbers])
    said = await asked(store, *(Resend(each, "support", 1) for each in reversed(numbers)))
    if not stand[0].recorded:
        assert said == ["not_recorded"] * 20
        return
    assert said == ["queued"] * 20
    again = await end(store)
    assert again == [
        replace(each, id=SUPPORT.of(each.event_key, 1), resend=1) for each in reversed(sent)
    ]


async def test_of_many_the_right_one_is_sent_again(store: Store) -> None:
    """Whatever came again in between."""
    numbers = await take(store, *(made(f"a{n}") for n in range(100)))
    await end(store)
    await asked(store, *(anew(numbers[n], made(f"a{n}", resend=1)) for n in range(60)))
    numbers += await take(store, *(made(f"a{n}") for n in range(100, 150)))
    await end(store)
    await asked(store, *(anew(numbers[n], made(f"a{n}", resend=1)) for n in range(120, 150, 3)))
    await end(store)
    for n, number in enumerate(numbers):
        stand = await standing(store, number)
        assert (stand.standing, stand.resend) == ("ended", int(n < 60 or (n >= 120 and n % 3 == 0)))
        [said] = await asked(store, Resend(number, "support", stand.resend + 1))
        if stand.recorded:
            assert said == "queued"
            assert [each.event_key for each in await end(store)] == [f"a{n}"]


async def test_after_a_restart_the_number_goes_on(store: Store, reopen: Again) -> None:
    [number, waiting] = await take(store, made("a"), made("b", person="b"))
    [a, b] = await store.lease("support", 2)
    await store.settle([(a, DELIVERED), (b, Later(3600.0))])
    await asked(store, Resend(number, "support", 1))
    store = await reopen()
    assert (await standing(store, number)).standing == "waiting"
    assert [each.id for each in await end(store)] == [SUPPORT.of("a", 1)]
    store = await reopen()
    stand = [await standing(store, number), await standing(store, waiting)]
    assert stand == [Sent("ended", 1, recorded=True), Sent("waiting")]
    assert await asked(store, Resend(number, "support", 1)) == ["sent_meanwhile"]
    assert await asked(store, Resend(number, "support", 2)) == ["queued"]
    store = await reopen()
    [again] = await end(store)
    assert (again.id, again.body, again.resend) == (SUPPORT.of("a", 2), b'"a"', 2)


async def test_a_crash_leaves_it_queued_once_or_not_at_all(store: Store, crash: Again) -> None:
    [number] = await take(store, made("a"))
    await end(store)
    before = await crash()
    assert (await standing(before, number)) == Sent("ended", 0, recorded=True)
    assert await asked(before, Resend(number, "support", 1)) == ["queued"]
    after = await crash()
    assert (await standing(after, number)).resend == 1
    assert await asked(after, Resend(number, "support", 1)) == ["waiting"]
    assert [each.id for each in await end(after)] == [SUPPORT.of("a", 1)]
    assert await end(after) == []
