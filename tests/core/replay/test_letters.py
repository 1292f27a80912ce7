"""Dead letters brought back: as recorded, or decided anew by the blueprint of now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sendoff.decision import DeliveryIds
from sendoff.delivery import Delivery
from sendoff.replay import PAGE, Replayed, discard, letters, remap, resend
from sendoff.store.deaths import DeadQuery
from sendoff.store.promise import Dead

if TYPE_CHECKING:
    from tests.core.replay.conftest import Place

RULES = "rules: [{id: all, action: upsert_contact}]\n"
WRONG = "fields: {name: traits.fullname, email: traits.email}\n" + RULES
RIGHT = "fields: {name: traits.name, email: traits.email}\n" + RULES
NOBODY = RIGHT + "require: {consent: {all: [marketing]}}\n"
EVERYTHING = DeadQuery()


async def ids_of(place: Place) -> list[str]:
    return [each.id async for page in letters(place.store, EVERYTHING) for each in page]


def bodies(deliveries: Sequence[Delivery]) -> list[Any]:
    return [each.payload for each in deliveries]


async def test_after_the_blueprint_is_corrected_all_that_died_of_it_is_sent_once(
    place: Place,
) -> None:
    many = 2 * PAGE + 1
    await place.take(WRONG, *map(place.person, range(many)))
    ids = await ids_of(place)
    done = await remap(place.store, ids, place.redecider(RIGHT))
    assert done == Replayed(sent=many)
    assert await ids_of(place) == []
    sent = await place.lease()
    assert [each.payload["name"] for each in sent] == [f"Person {n}" for n in range(many)]
    assert len({each.id for each in sent}) == many


async def test_what_was_never_sent_keeps_the_id_its_delivery_would_have_had(place: Place) -> None:
    await place.take(WRONG, place.person(1))
    await remap(place.store, await ids_of(place), place.redecider(RIGHT))
    [delivery] = await place.lease()
    assert (delivery.id, delivery.resend) == (DeliveryIds("support").of("m1"), 0)
    assert (delivery.event_key, delivery.message_id, delivery.rule) == ("m1", "m1", "all")


async def test_what_was_sent_before_is_a_resend_with_an_id_of_its_own(place: Place) -> None:
    await place.take(RIGHT, place.person(1))
    [first] = await place.end(Dead("invalid_request", "no such company"))
    done = await remap(place.store, [first.id], place.redecider(RIGHT))
    [again] = await place.end(Dead("invalid_request"))
    assert (done.sent, again.resend) == (1, 1)
    assert again.id == DeliveryIds("support").of("m1", 1)
    await remap(place.store, [again.id], place.redecider(RIGHT))
    [third] = await place.lease()
    assert third.id == DeliveryIds("support").of("m1", 2)
    assert (third.attempt, third.maybe_delivered) == (1, False)


async def test_a_message_id_that_was_used_twice_is_decided_under_its_own_key(place: Place) -> None:
    other = place.person(1, traits={"name": "Another", "email": "a@example.com"})
    await place.take(WRONG, place.person(1), other)
    assert (await remap(place.store, await ids_of(place), place.redecider(RIGHT))).sent == 2
    first, second = await place.lease()
    assert (first.event_key, first.payload["name"]) == ("m1", "Person 1")
    assert second.event_key.startswith("reused:")
    assert second.payload["name"] == "Another"


async def test_a_letter_may_be_dropped_now(place: Place) -> None:
    await place.take(WRONG, place.person(1))
    done = await remap(place.store, await ids_of(place), place.redecider(NOBODY))
    assert (done.sent, dict(done.dropped), done.still_dead) == (0, {"no_consent": 1}, 0)
    assert await ids_of(place) == []


async def test_a_letter_may_stay_dead_for_another_reason(place: Place) -> None:
    await place.take(WRONG, place.person(1))
    broken = RIGHT.replace("traits.email", "traits.name")
    done = await remap(place.store, await ids_of(place), place.redecider(broken))
    assert (done.sent, done.still_dead) == (0, 1)
    assert dict(done.dead) == {"invalid_payload": 1}
    [letter] = await place.store.dead(EVERYTHING)
    assert letter.reason == "invalid_payload"


async def test_what_is_no_event_stays_dead(place: Place) -> None:
    await place.take(RIGHT, b"not JSON")
    done = await remap(place.store, await ids_of(place), place.redecider(RIGHT))
    assert (dict(done.dead), done.still_dead) == ({"invalid_event": 1}, 1)


async def test_a_route_that_is_gone_decides_nothing(place: Place) -> None:
    await place.take(WRONG, place.person(1))
    ids = await ids_of(place)
    done = await remap(place.store, ids, place.redecider(RIGHT, "other"))
    assert (dict(done.left), done.still_dead) == ({"no_route": 1}, 1)
    assert await ids_of(place) == ids


async def test_an_event_that_is_no_longer_kept_cannot_be_decided(place: Place) -> None:
    await place.take(WRONG, place.person(1))
    [letter] = await place.store.dead(EVERYTHING)
    assert place.redecider(RIGHT).redecided(letter, None) == "event_gone"


async def test_an_event_by_now_is_not_decided_in_the_place_of_a_message(place: Place) -> None:
    await place.take(RIGHT, b"not JSON", place.person(1))
    [letter] = await place.store.dead(EVERYTHING)
    event = await place.store.event(2)
    assert place.redecider(RIGHT).redecided(letter, event) == "other_event"


async def test_ids_that_somebody_else_took_are_told(place: Place) -> None:
    await place.take(WRONG, place.person(1))
    ids = await ids_of(place)
    await place.store.discard(ids)
    for work in (
        remap(place.store, ids, place.redecider(RIGHT)),
        resend(place.store, ids),
        discard(place.store, ids),
    ):
        done = await work
        assert (dict(done.left), done.still_dead) == ({"gone": 1}, 0)


async def test_a_resend_is_as_it_was_recorded(place: Place) -> None:
    await place.take(RIGHT, place.person(1))
    [first] = await place.end(Dead("invalid_request"))
    assert await resend(place.store, [first.id]) == Replayed(sent=1)
    [again] = await place.lease()
    assert (again.body, again.resend) == (first.body, 1)


async def test_what_has_no_delivery_cannot_be_resent(place: Place) -> None:
    await place.take(WRONG, place.person(1))
    done = await resend(place.store, await ids_of(place))
    assert (done.sent, dict(done.left), done.still_dead) == (0, {"no_delivery": 1}, 1)


async def test_discarded_letters_are_gone(place: Place) -> None:
    await place.take(WRONG, place.person(1), place.person(2))
    done = await discard(place.store, await ids_of(place))
    assert (done.discarded, done.still_dead, await ids_of(place)) == (2, 0, [])


async def test_letters_come_page_by_page_oldest_first(place: Place) -> None:
    await place.take(WRONG, *map(place.person, range(5)))
    query = DeadQuery(limit=2)
    pages = [[each.message_id for each in page] async for page in letters(place.store, query)]
    assert pages == [["m0", "m1"], ["m2", "m3"], ["m4"]]


def test_the_counts_have_a_json_form() -> None:
    done = Replayed(sent=1)
    done.leave("gone", 0)
    done.leave("no_route", 2)
    assert done.as_json() == {
        "sent": 1, "discarded": 0, "dropped": {}, "dead": {}, "left": {"no_route": 2},
    }  # fmt: skip
