"""What every engine promises of the dead: kept with their reason, found, and brought back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from sendoff.decision import Decision, DeliveryIds
from sendoff.delivery import Delivery
from sendoff.store.deaths import DeadCount, DeadLetter, DeadQuery, Redecided
from sendoff.store.promise import Dead, Decided, Done, Incoming, Later, Store
from sendoff.testing.clock import VirtualClock

Make = Callable[..., Delivery]
Keep = Callable[..., Awaitable[Sequence[int]]]

DELIVERED = Done("delivered")
ALL = DeadQuery()


def dead(route: str | None, reason: str, rule: str = "", detail: str = "") -> Decision:
    return Decision(route=route, verdict="dead", reason=reason, rule=rule, detail=detail)


def ids(letters: Sequence[DeadLetter]) -> list[str]:
    return [letter.id for letter in letters]


async def kill(store: Store, route: str = "support", reason: str = "rejected") -> list[str]:
    """Let everything that is due on a route die, oldest first; its ids."""
    leases = await store.lease(route, 1000)
    for lease in leases:
        await store.settle([(lease, Dead(reason, f"detail of {lease.delivery.id}"))])
    return [lease.delivery.id for lease in leases]


async def bury(store: Store, *decisions: Decision, key: str = "key") -> int:
    """Decide a message that dies of each of these; its number."""
    [number] = await store.append([Incoming(b"{")])
    await store.decide([Decided(number, key, decisions, message_id=f"id of {key}")])
    return number


async def test_a_delivery_given_up_is_kept_with_its_reason(
    store: Store, delivery: Make, keep: Keep, clock: VirtualClock
) -> None:
    one = delivery("a", rule="signed_up", message_id="m1", body=b"\xff")
    numbers = await keep(store, [one, delivery("b", route="other")])
    await kill(store)
    await clock.advance(12.5)
    assert list(await store.dead(ALL)) == [
        DeadLetter("a", "support", "rejected", "detail of a", numbers[0], one, "signed_up", "m1",
                   12.5)
    ]  # fmt: skip
    assert (await store.depth("support")).waiting == 0


async def test_a_letter_tells_what_was_tried_of_its_delivery(
    store: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery("a")])
    for settlement in (Later(0.0, maybe_delivered=True), Later(0.0), Dead("gave_up")):
        [lease] = await store.lease("support", 1)
        await store.settle([(lease, settlement)])
    [letter] = await store.dead(ALL)
    assert letter.delivery is not None
    assert (letter.delivery.attempt, letter.delivery.maybe_delivered) == (3, True)


async def test_a_dead_decision_bears_the_id_its_delivery_would_have_had(store: Store) -> None:
    number = await bury(store, dead("support", "missing_field", "signed_up", "$.email"))
    assert list(await store.dead(ALL)) == [
        DeadLetter(DeliveryIds("support").of("key"), "support", "missing_field", "$.email", number,
                   None, "signed_up", "id of key")
    ]  # fmt: skip


async def test_a_message_that_is_no_event_is_called_after_its_number(store: Store) -> None:
    number = await bury(store, dead(None, "invalid_event", detail="not JSON"))
    [letter] = await store.dead(ALL)
    assert (letter.id, letter.route) == (f"event {number}", None)
    assert (letter.reason, letter.detail) == ("invalid_event", "not JSON")


async def test_one_event_may_die_on_several_routes(store: Store) -> None:
    await bury(store, dead("one", "missing_field"), dead("two", "mapping_error"))
    letters = await store.dead(ALL)
    assert [(letter.route, letter.reason) for letter in letters] == [
        ("one", "missing_field"), ("two", "mapping_error"),
    ]  # fmt: skip


@pytest.fixture
async def cemetery(store: Store, delivery: Make, keep: Keep, clock: VirtualClock) -> list[str]:
    """Five letters, ten seconds apart, the first a minute old; their ids."""
    await keep(store, [delivery("d0", rule="r1")])
    await kill(store)
    await clock.advance(10)
    await keep(store, [delivery("d1", rule="r2")])
    await kill(store, reason="gave_up")
    await clock.advance(10)
    await keep(store, [delivery("d2", route="other", rule="r1")])
    await kill(store, "other")
    await clock.advance(10)
    await bury(store, dead("support", "missing_field", "r1"), key="d3")
    await clock.advance(10)
    number = await bury(store, dead(None, "invalid_event"))
    await clock.advance(20)
    return ["d0", "d1", "d2", DeliveryIds("support").of("d3"), f"event {number}"]


QUERIES: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [0, 1, 2, 3, 4]),
    ({"route": "support"}, [0, 1, 3]),
    ({"route": "other"}, [2]),
    ({"route": "nowhere"}, []),
    ({"reason": "rejected"}, [0, 2]),
    ({"reason": "reject"}, []),
    ({"rule": "r1"}, [0, 2, 3]),
    ({"rule": ""}, [4]),
    ({"newer": 40}, [2, 3, 4]),
    ({"older": 40}, [0, 1, 2]),
    ({"newer": 50, "older": 30}, [1, 2, 3]),
    ({"newer": 1}, []),
    ({"limit": 2}, [0, 1]),
    ({"limit": 0}, []),
    ({"after": 1}, [2, 3, 4]),
    ({"after": 4}, []),
    ({"after": 0, "limit": 2}, [1, 2]),
    ({"after": 0, "route": "support"}, [1, 3]),
    ({"after": 2, "route": "support"}, [3]),
    ({"ids": [3, 0]}, [0, 3]),
    ({"ids": []}, []),
    ({"ids": [0, 1, 2], "reason": "rejected", "route": "other"}, [2]),
    ({"route": "support", "reason": "rejected", "rule": "r1", "newer": 60, "older": 60}, [0]),
]
"""What is asked, letters by their places in the cemetery; and the places of what is found."""


async def test_letters_are_found_by_everything_that_is_asked_oldest_first(
    store: Store, cemetery: list[str]
) -> None:
    for asked, found in QUERIES:
        named = dict(asked)
        if "after" in asked:
            named["after"] = cemetery[asked["after"]]
        if asked.get("ids"):
            named["ids"] = [*(cemetery[n] for n in asked["ids"]), "no such"]
        query = DeadQuery(**named)
        assert ids(await store.dead(query)) == [cemetery[n] for n in found], asked
        if asked.keys().isdisjoint({"limit", "after"}):
            counts = await store.count_dead(query)
            assert sum(each.count for each in counts) == len(found), asked


async def test_letters_are_counted_by_route_reason_and_rule(
    store: Store, cemetery: list[str], delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery(f"e{n}", rule="r1") for n in range(3)])
    await kill(store)
    counts = await store.count_dead(DeadQuery(limit=1))
    assert set(counts) == {
        DeadCount("support", "rejected", "r1", 4), DeadCount("support", "gave_up", "r2", 1),
        DeadCount("other", "rejected", "r1", 1), DeadCount("support", "missing_field", "r1", 1),
        DeadCount(None, "invalid_event", "", 1),
    }  # fmt: skip
    assert len(counts) == 5
    assert list(await store.count_dead(DeadQuery(route="other"))) == [
        DeadCount("other", "rejected", "r1", 1)
    ]


async def test_page_by_page_every_letter_comes_once(
    store: Store, delivery: Make, keep: Keep
) -> None:
    names = [f"{n * 7 % 100:02}" for n in range(100)]
    await keep(store, [delivery(name) for name in names])
    await kill(store)
    seen: list[str] = []
    while page := await store.dead(DeadQuery(limit=30, after=seen[-1] if seen else None)):
        seen += ids(page)
    assert seen == names


async def test_a_replayed_delivery_is_a_new_one_as_it_was_recorded(
    store: Store, delivery: Make, keep: Keep, clock: VirtualClock
) -> None:
    one = delivery(
        "a", body=b"\x00", person="p", rule="r", message_id="m", write={"tags": "append"}
    )
    await keep(store, [one])
    [lease] = await store.lease("support", 1)
    await store.settle([(lease, Later(0.0, maybe_delivered=True))])
    await clock.advance(100)
    await kill(store)
    assert list(await store.replay(["a"])) == ["a"]
    assert not await store.dead(ALL)
    [lease] = await store.lease("support", 1)
    assert lease.age == 0.0
    assert lease.delivery == replace(one, id=DeliveryIds("support").of("a", 1), resend=1)


async def test_each_replay_raises_the_number(store: Store, delivery: Make, keep: Keep) -> None:
    await keep(store, [delivery("a")])
    names = ["a"]
    for resend in (1, 2, 3):
        assert await kill(store) == names[-1:]
        assert list(await store.replay(names[-1:])) == names[-1:]
        names.append(DeliveryIds("support").of("a", resend))
    assert await kill(store) == names[-1:]


async def test_a_replayed_delivery_stands_at_the_end_of_its_line(
    store: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery("a1", person="a"), delivery("a2", person="a"),
                       delivery("a3", person="a")])  # fmt: skip
    [lease] = await store.lease("support", 1)
    await store.settle([(lease, Dead("rejected"))])
    await store.replay(["a1"])
    leases = await store.lease("support", 10)
    assert [each.delivery.event_key for each in leases] == ["a2", "a3", "a1"]


async def test_replaying_is_done_once_whoever_asks_and_how_often(
    store: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery("a"), delivery("b")])
    await kill(store)
    assert list(await store.replay(["b", "no such", "b", "a"])) == ["b", "a"]
    assert list(await store.replay(["a", "b"])) == []
    assert (await store.depth("support")).waiting == 2


async def test_a_letter_without_a_delivery_is_left_by_a_replay(store: Store) -> None:
    await bury(store, dead("support", "missing_field"))
    [letter] = await store.dead(ALL)
    assert list(await store.replay([letter.id])) == []
    assert list(await store.dead(ALL)) == [letter]


async def test_a_letter_decided_anew_to_be_sent_waits(store: Store, delivery: Make) -> None:
    await bury(store, dead("support", "missing_field"))
    [letter] = await store.dead(ALL)
    send = Decision(route="support", verdict="send")
    anew = Redecided(letter.id, send, delivery(letter.id))
    assert list(await store.redecide([anew])) == [letter.id]
    assert list(await store.redecide([anew])) == []
    assert not await store.dead(ALL)
    [lease] = await store.lease("support", 10)
    assert lease.delivery == delivery(letter.id)


async def test_a_letter_decided_anew_to_be_dropped_is_gone(
    store: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery("a")])
    await kill(store)
    drop = Redecided("a", Decision(route="support", verdict="drop", reason="no_rule"))
    assert list(await store.redecide([drop])) == ["a"]
    assert list(await store.redecide([drop])) == []
    assert not await store.dead(ALL)
    assert (await store.depth("support")).waiting == 0


async def test_a_letter_that_stays_dead_keeps_its_place_with_the_new_reason(
    store: Store, delivery: Make, keep: Keep, clock: VirtualClock
) -> None:
    await keep(store, [delivery("a", rule="old"), delivery("b")])
    await kill(store)
    [before, after] = await store.dead(ALL)
    await clock.advance(10)
    still = Redecided("a", dead("support", "invalid_payload", "new", "$.email: is no address"))
    assert list(await store.redecide([still])) == ["a"]
    assert list(await store.redecide([still])) == ["a"]
    [first, second] = await store.dead(ALL)
    assert (first.id, first.reason, first.rule) == ("a", "invalid_payload", "new")
    assert first.detail == "$.email: is no address"
    assert (first.age, first.event_number) == (10.0, before.event_number)
    assert second.id == after.id
    assert list(await store.replay(["a"])) == ["a"]


async def test_letters_are_decided_anew_all_in_one(
    store: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [delivery(name) for name in "abcd"])
    await kill(store)
    done = await store.redecide([
        Redecided("a", Decision(route="support", verdict="drop", reason="no_rule")),
        Redecided("no such", Decision(route="support", verdict="send"), delivery("x")),
        Redecided("c", Decision(route="support", verdict="send"), delivery("c2", resend=1)),
        Redecided("d", dead("support", "mapping_error")),
    ])  # fmt: skip
    assert list(done) == ["a", "c", "d"]
    assert ids(await store.dead(ALL)) == ["b", "d"]
    assert [each.delivery.id for each in await store.lease("support", 10)] == ["c2"]


async def test_what_is_discarded_is_gone(store: Store, delivery: Make, keep: Keep) -> None:
    await keep(store, [delivery("a"), delivery("b")])
    await kill(store)
    number = await bury(store, dead(None, "invalid_event"))
    assert list(await store.discard(["b", "no such", f"event {number}", "b"])) == [
        "b", f"event {number}",
    ]  # fmt: skip
    assert list(await store.discard(["b"])) == []
    assert list(await store.replay(["b"])) == []
    assert ids(await store.dead(ALL)) == ["a"]


async def test_the_event_of_a_letter_is_there_to_be_decided_anew(store: Store) -> None:
    number = await bury(store, dead("support", "missing_field"))
    event = await store.event(number)
    assert event is not None
    assert event.body == b"{"


async def test_nothing_asked_changes_nothing(store: Store, cemetery: list[str]) -> None:
    for done in (await store.replay([]), await store.redecide([]), await store.discard([])):
        assert list(done) == []
    assert ids(await store.dead(ALL)) == cemetery
