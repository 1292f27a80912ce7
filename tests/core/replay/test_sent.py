"""What has ended, sent again on purpose: looked at, then asked for, and once only."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sendoff.decision import DeliveryIds
from sendoff.replay import SentAgain, outlook, send_again
from sendoff.replay.sent import _PAGE
from sendoff.store.promise import Dead, Done, Settlement
from sendoff.store.resends import Target

if TYPE_CHECKING:
    from tests.core.replay.conftest import Place

RULES = "rules: [{id: all, action: upsert_contact}]\n"
BEFORE = "fields: {name: traits.name, email: traits.email}\n" + RULES
AFTER = "fields: {name: traits.email, email: traits.email}\n" + RULES
NOBODY = BEFORE + "require: {consent: {all: [marketing]}}\n"
BROKEN = "fields: {name: traits.fullname, email: traits.email}\n" + RULES
DELIVERED = Done("delivered")


async def ended(place: Place, *events: dict[str, Any], how: Settlement = DELIVERED) -> list[Target]:
    """Let events be decided, and their deliveries settled so."""
    numbers = await place.take(BEFORE, *events)
    await place.end(how)
    return [Target(number, "support") for number in numbers]


async def again(place: Place, targets: list[Target], blueprint: str) -> SentAgain:
    seen = await outlook(place.store, targets, {"support"}, remap=True)
    return await send_again(place.store, seen.ready, place.redecider(blueprint))


async def test_more_than_a_page_is_sent_again_by_the_blueprint_of_now(place: Place) -> None:
    many = 2 * _PAGE + 1
    targets = await ended(place, *map(place.person, range(many)))
    assert await again(place, targets, AFTER) == SentAgain(queued=many)
    sent = await place.end(DELIVERED)
    assert [each.payload["name"] for each in sent] == [f"p{n}@example.com" for n in range(many)]
    ids = DeliveryIds("support")
    assert [each.id for each in sent] == [ids.of(f"m{n}", 1) for n in range(many)]
    assert {(each.resend, each.attempt, each.maybe_delivered) for each in sent} == {(1, 1, False)}


async def test_a_message_id_that_was_used_twice_keeps_its_own_key(place: Place) -> None:
    other = place.person(1, traits={"name": "Another", "email": "a@example.com"})
    targets = await ended(place, place.person(1), other)
    for resend in (1, 2):
        assert (await again(place, targets, BEFORE)).queued == 2
        first, second = await place.end(DELIVERED)
        assert (first.event_key, first.payload["name"]) == ("m1", "Person 1")
        assert second.event_key.startswith("reused:")
        assert second.id == DeliveryIds("support").of(second.event_key, resend)


async def test_what_the_blueprint_of_now_does_not_send_stays_as_it_is(place: Place) -> None:
    targets = await ended(place, place.person(1))
    assert await again(place, targets, NOBODY) == SentAgain(dropped=Counter(no_consent=1))
    assert await again(place, targets, BROKEN) == SentAgain(dead=Counter(missing_field=1))
    assert await place.end(DELIVERED) == []
    assert (await again(place, targets, BEFORE)).queued == 1


async def test_what_cannot_be_sent_is_told_before_it_is_asked_for(place: Place) -> None:
    delivered = await ended(place, place.person(1))
    dead = await ended(place, place.person(2), how=Dead("rejected"))
    gone = Target(99, "support")
    seen = await outlook(place.store, [*delivered, *dead, gone], {"support"}, remap=False)
    assert (seen.ready, seen.total) == ([], 3)
    assert seen.left == Counter(dict.fromkeys(
        [("support", "not_recorded"), ("support", "dead"), ("support", "gone")], 1
    ))  # fmt: skip
    nowhere = await outlook(place.store, delivered, set(), remap=True)
    assert nowhere.left == Counter({("support", "no_route"): 1})
    asked = await outlook(place.store, delivered * 2, {"support"}, remap=True)
    assert (asked.by_route, asked.left) == (Counter(support=1), Counter())


async def test_who_was_slower_sends_nothing(place: Place) -> None:
    targets = await ended(place, place.person(1))
    seen = await outlook(place.store, targets, {"support"}, remap=True)
    redecider = place.redecider(BEFORE)
    assert (await send_again(place.store, seen.ready, redecider)).queued == 1
    assert (await send_again(place.store, seen.ready, redecider)).left == {"sent_meanwhile": 1}
    assert len(await place.end(DELIVERED)) == 1
    assert (await send_again(place.store, seen.ready)).left == {"sent_meanwhile": 1}


async def test_of_what_is_gone_meanwhile_nothing_is_sent(place: Place) -> None:
    targets = await ended(place, place.person(1))
    seen = await outlook(place.store, targets, {"support"}, remap=True)
    await place.clock.advance(10_000_000.0)
    await ended(place, place.person(2))  # which makes room
    done = await send_again(place.store, seen.ready, place.redecider(BEFORE))
    assert done.as_json() == {"queued": 0, "dropped": {}, "dead": {}, "left": {"gone": 1}}
