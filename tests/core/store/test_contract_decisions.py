"""What every engine promises of decisions: known for as long as their message, and the newest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pytest

from sendoff.decision import Decision, DeliveryIds
from sendoff.delivery import Delivery
from sendoff.store.deaths import Redecided
from sendoff.store.engine import WEEK
from sendoff.store.promise import Decided, Incoming, Store, Verdicts
from sendoff.testing.clock import VirtualClock

Make = Callable[..., Delivery]
Again = Callable[[], Awaitable[Store]]

SEND = Decision(route="support", verdict="send", rule="all", action="upsert", delivery_id="d1",
                blueprint="people@1 0123456789ab", warnings=("late",))  # fmt: skip
DROP = Decision(route="other", verdict="drop", reason="no_consent", detail="é\n\x00")
DEAD = Decision(route="support", verdict="dead", reason="missing_field", detail="$.email")


async def decide(store: Store, *decided: Sequence[Decision], name: str = "m") -> list[int]:
    """Let a message be decided by each of these, all at once; their numbers."""
    numbers = list(await store.append([Incoming(b"{}") for _ in decided]))
    await store.decide([
        Decided(number, f"{name}{n}", each, message_id=f"{name}{n}" if n else None)
        for n, (number, each) in enumerate(zip(numbers, decided, strict=True))
    ])  # fmt: skip
    return numbers


async def test_what_was_decided_is_known_of_each_message(store: Store, other: Store) -> None:
    numbers = await decide(store, [SEND, DROP], [], [DEAD])
    assert list(await other.decisions(numbers)) == [
        Verdicts(numbers[0], None, [SEND, DROP]),
        Verdicts(numbers[1], "m1", []),
        Verdicts(numbers[2], "m2", [DEAD]),
    ]


async def test_they_come_in_the_order_in_which_they_are_asked_for(store: Store) -> None:
    first, second, third = await decide(store, [SEND], [DROP], [DEAD])
    found = await store.decisions([third, first, second, first])
    assert [each.number for each in found] == [third, first, second, first]


async def test_of_a_message_that_is_unknown_or_undecided_there_is_nothing(store: Store) -> None:
    [number] = await decide(store, [SEND])
    [undecided] = await store.append([Incoming(b"{}")])
    found = await store.decisions([0, undecided, number, 10**9, -1])
    assert [each.number for each in found] == [number]
    assert list(await store.decisions([])) == []


async def test_a_store_keeps_no_payload_with_them(store: Store) -> None:
    [number] = await decide(store, [Decision(route="support", verdict="send", body=b"{}")])
    [found] = await store.decisions([number])
    assert list(found.decisions) == [Decision(route="support", verdict="send")]


@pytest.mark.parametrize("after_crash", [False, True])
async def test_they_are_known_when_the_store_is_opened_again(
    store: Store, reopen: Again, crash: Again, *, after_crash: bool
) -> None:
    numbers = await decide(store, [SEND, DROP], [DEAD])
    before = list(await store.decisions(numbers))
    store = await (crash() if after_crash else reopen())
    assert list(await store.decisions(numbers)) == before


async def test_they_are_forgotten_with_their_message(store: Store, clock: VirtualClock) -> None:
    dropped, dead = await decide(store, [DROP], [DEAD])
    await clock.advance(WEEK + 120)
    for n in range(12):  # it is tidied up with what is written next
        await decide(store, [DROP], name=f"new {n} ")
    assert await store.event(dropped) is None
    assert [each.number for each in await store.decisions([dropped, dead])] == [dead]


@pytest.mark.parametrize("verdict", ["send", "drop", "dead"])
async def test_a_decision_made_anew_takes_the_place_of_the_one_about_its_route(
    store: Store, delivery: Make, *, verdict: str
) -> None:
    also = Decision(route="third", verdict="dead", reason="mapping_error")
    numbers = await decide(store, [DROP, DEAD, also], [DEAD])
    new = Decision(route="support", verdict=verdict, reason="anew", rule="new")  # type: ignore[arg-type]
    sent = delivery("a") if verdict == "send" else None
    letter = DeliveryIds("support").of("m0")
    assert list(await store.redecide([Redecided(letter, new, sent)])) == [letter]
    assert [list(each.decisions) for each in await store.decisions(numbers)] == [
        [DROP, new, also], [DEAD],
    ]  # fmt: skip


async def test_of_an_event_decided_anew_for_two_routes_at_once_both_are_known(
    store: Store,
) -> None:
    both = [Decision(route=route, verdict="dead", reason="old") for route in ("one", "two")]
    new = [Decision(route=route, verdict="drop", reason="new") for route in ("one", "two")]
    [number] = await decide(store, both)
    await store.redecide([Redecided(DeliveryIds(str(one.route)).of("m0"), one) for one in new])
    [found] = await store.decisions([number])
    assert list(found.decisions) == new


async def test_what_was_decided_anew_is_known_when_the_store_is_opened_again(
    store: Store, reopen: Again
) -> None:
    [number] = await decide(store, [DEAD])
    new = Decision(route="support", verdict="drop", reason="no_rule")
    await store.redecide([Redecided(DeliveryIds("support").of("m0"), new)])
    [found] = await (await reopen()).decisions([number])
    assert list(found.decisions) == [new]
