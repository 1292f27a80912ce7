"""What has ended, sent again on purpose: looked at, then asked for, and once only."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from sendoff.blueprint.program import Program
from sendoff.decider import Decider, Plan
from sendoff.decision import DeliveryIds
from sendoff.delivery import Delivery
from sendoff.destination import Destination
from sendoff.journal import Watchers
from sendoff.redact import Redactor
from sendoff.replay import Redecider, SentAgain, outlook, send_again
from sendoff.replay.sent import _PAGE
from sendoff.router import Route, Router
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Dead, Done, Incoming, Settlement
from sendoff.store.resends import Target
from sendoff.testing.clock import VirtualClock

RULES = "rules: [{id: all, action: upsert_contact}]\n"
BEFORE = "fields: {name: traits.name, email: traits.email}\n" + RULES
AFTER = "fields: {name: traits.email, email: traits.email}\n" + RULES
NOBODY = BEFORE + "require: {consent: {all: [marketing]}}\n"
BROKEN = "fields: {name: traits.fullname, email: traits.email}\n" + RULES

Compiled = Callable[..., Program]


class Place:
    """A store that keeps no payload of what has ended, with one route, `support`."""

    def __init__(self, program: Compiled, desk: Destination) -> None:
        self.clock = VirtualClock()
        self.store = MemoryStore(self.clock)
        self._program = program
        self._desk = desk

    def router(self, blueprint: str) -> Router:
        return Router([Route("support", self._desk, self._program(blueprint))])

    def redecider(self, blueprint: str) -> Redecider:
        return Redecider(self.router(blueprint), {}, self.clock.now)

    async def take(self, *events: dict[str, Any], how: Settlement | None = None) -> list[Target]:
        """Let events be decided, and settled so; their deliveries."""
        numbers = await self.store.append([Incoming(json.dumps(each).encode()) for each in events])
        plan = Plan(self.router(BEFORE), {})
        await Decider(self.store, plan, Watchers([], Redactor(()))).decide_waiting()
        await self.end(how or Done("delivered"))
        return [Target(number, "support") for number in numbers]

    async def end(self, how: Settlement) -> list[Delivery]:
        leases = await self.store.lease("support", 10_000)
        await self.store.settle([(lease, how) for lease in leases])
        return [lease.delivery for lease in leases]

    async def again(self, targets: list[Target], blueprint: str) -> SentAgain:
        seen = await outlook(self.store, targets, {"support"}, remap=True)
        return await send_again(self.store, seen.ready, self.redecider(blueprint))


@pytest.fixture
def place(program: Compiled, desk: Destination) -> Place:
    return Place(program, desk)


def person(number: int, **more: Any) -> dict[str, Any]:
    traits = {"name": f"Person {number}", "email": f"p{number}@example.com"}
    return {"type": "identify", "messageId": f"m{number}", "userId": f"u{number}",
            "traits": traits, **more}  # fmt: skip


async def test_more_than_a_page_is_sent_again_by_the_blueprint_of_now(place: Place) -> None:
    many = 2 * _PAGE + 1
    targets = await place.take(*map(person, range(many)))
    assert await place.again(targets, AFTER) == SentAgain(queued=many)
    sent = await place.end(Done("delivered"))
    assert [each.payload["name"] for each in sent] == [f"p{n}@example.com" for n in range(many)]
    ids = DeliveryIds("support")
    assert [each.id for each in sent] == [ids.of(f"m{n}", 1) for n in range(many)]
    assert {(each.resend, each.attempt, each.maybe_delivered) for each in sent} == {(1, 1, False)}


async def test_a_message_id_that_was_used_twice_keeps_its_own_key(place: Place) -> None:
    other = person(1, traits={"name": "Another", "email": "a@example.com"})
    targets = await place.take(person(1), other)
    for resend in (1, 2):
        assert (await place.again(targets, BEFORE)).queued == 2
        first, second = await place.end(Done("delivered"))
        assert (first.event_key, first.payload["name"]) == ("m1", "Person 1")
        assert second.event_key.startswith("reused:")
        assert second.id == DeliveryIds("support").of(second.event_key, resend)


async def test_what_the_blueprint_of_now_does_not_send_stays_as_it_is(place: Place) -> None:
    targets = await place.take(person(1))
    assert await place.again(targets, NOBODY) == SentAgain(dropped=Counter(no_consent=1))
    assert await place.again(targets, BROKEN) == SentAgain(dead=Counter(missing_field=1))
    assert await place.end(Done("delivered")) == []
    assert (await place.again(targets, BEFORE)).queued == 1


async def test_what_cannot_be_sent_is_told_before_it_is_asked_for(place: Place) -> None:
    delivered = await place.take(person(1))
    dead = await place.take(person(2), how=Dead("rejected"))
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
    targets = await place.take(person(1))
    seen = await outlook(place.store, targets, {"support"}, remap=True)
    redecider = place.redecider(BEFORE)
    assert (await send_again(place.store, seen.ready, redecider)).queued == 1
    assert (await send_again(place.store, seen.ready, redecider)).left == {"sent_meanwhile": 1}
    assert len(await place.end(Done("delivered"))) == 1
    assert (await send_again(place.store, seen.ready)).left == {"sent_meanwhile": 1}


async def test_of_what_is_gone_meanwhile_nothing_is_sent(place: Place) -> None:
    targets = await place.take(person(1))
    seen = await outlook(place.store, targets, {"support"}, remap=True)
    await place.clock.advance(10_000_000.0)
    await place.take(person(2))  # which makes room
    done = await send_again(place.store, seen.ready, place.redecider(BEFORE))
    assert done.as_json() == {"queued": 0, "dropped": {}, "dead": {}, "left": {"gone": 1}}
