"""What every engine promises to count: what became of everything, replayed or not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from sendoff.decision import Decision
from sendoff.delivery import Delivery
from sendoff.store.deaths import DeadQuery, Redecided
from sendoff.store.promise import Dead, Decided, Done, Incoming, Later, Settlement, Store

Make = Callable[..., Delivery]
Keep = Callable[..., Awaitable[Sequence[int]]]


def decision(route: str | None, verdict: str, reason: str = "") -> Decision:
    return Decision(route=route, verdict=verdict, reason=reason)  # type: ignore[arg-type]


async def counted(store: Store) -> dict[str, dict[str, int]]:
    """The totals without what is zero."""
    totals = await store.totals()
    counts = {
        route: {what: count for what, count in each.items() if count}
        for route, each in totals.items()
    }
    return {route: each for route, each in counts.items() if each}


async def test_nothing_happened_in_a_new_store(store: Store) -> None:
    assert await counted(store) == {}


async def test_events_are_counted_when_they_are_decided(store: Store, delivery: Make) -> None:
    numbers = await store.append([Incoming(b"{}") for _ in range(5)])
    assert await counted(store) == {}
    decisions: list[list[Decision]] = [
        [decision(None, "dead", "invalid_event")],
        [decision(None, "duplicate")],
        [decision("one", "drop", "no_consent"), decision("two", "dead", "missing_field")],
        [decision("one", "drop", "no_rule"), decision("two", "drop", "no_rule")],
        [decision("one", "send"), decision("two", "drop", "no_rule")],
    ]
    await store.decide([
        Decided(number, str(number), each, [delivery("a", route="one")] if number == numbers[4]
                else [])
        for number, each in zip(numbers, decisions, strict=True)
    ])  # fmt: skip
    await store.decide([Decided(numbers[0], "again", decisions[0])])
    assert await counted(store) == {
        "": {"events": 5, "invalid": 1, "duplicates": 1},
        "one": {"dropped no_consent": 1, "dropped no_rule": 1},
        "two": {"dead missing_field": 1, "dropped no_rule": 2},
    }


async def test_deliveries_are_counted_when_they_are_settled(
    store: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery(name) for name in "abcde"])
    leases = await store.lease("support", 4)
    skipped = Done("skipped", "already_exists")
    ends: list[Settlement] = [Done("delivered"), skipped, Dead("rejected", "why"), Later(0.0)]
    settled = list(zip(leases, ends, strict=True))
    await store.settle(settled)
    await store.settle(settled)
    assert (await counted(store))["support"] == {
        "delivered": 1, "skipped already_exists": 1, "dead rejected": 1,
    }  # fmt: skip


async def test_who_died_and_was_replayed_has_died_nevertheless(
    store: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery("a")])
    for settlement in (Dead("rejected"), Dead("rejected"), Done("delivered")):
        [lease] = await store.lease("support", 1)
        await store.settle([(lease, settlement)])
        await store.replay([letter.id for letter in await store.dead(DeadQuery())])
    assert (await counted(store))["support"] == {"dead rejected": 2, "delivered": 1}


async def test_decided_anew_a_drop_is_counted_and_who_stays_dead_did_not_die_again(
    store: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery(name) for name in "abcd"])
    for lease in await store.lease("support", 4):
        await store.settle([(lease, Dead("rejected"))])
    await store.redecide([
        Redecided("a", decision("support", "drop", "no_rule")),
        Redecided("b", decision("support", "dead", "mapping_error")),
        Redecided("c", decision("support", "send"), delivery("c", resend=1)),
    ])  # fmt: skip
    await store.discard(["d"])
    assert (await counted(store))["support"] == {"dead rejected": 4, "dropped no_rule": 1}


async def test_all_clients_of_a_store_count_together(
    store: Store, other: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery("a")])
    await keep(other, [delivery("b")])
    assert await counted(store) == await counted(other) == {"": {"events": 2}}
