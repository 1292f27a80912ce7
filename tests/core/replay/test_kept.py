"""Which deliveries of the events that are kept fit what is asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from sendoff.decision import Decision
from sendoff.replay import Search, Wanted
from sendoff.replay.kept import _PAGE
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Decided, Incoming
from sendoff.testing.clock import VirtualClock

HOUR = 3600.0


class Place:
    """A store with events of a few people, an hour apart."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.store = MemoryStore(self.clock)

    async def keep(self, *decisions: Decision, body: bytes | None = None, **parts: Any) -> int:
        event = {"type": "track", "event": "Signed Up", "userId": "u1", **parts}
        [number] = await self.store.append([Incoming(body or json.dumps(event).encode())])
        message_id = parts.get("messageId")
        await self.store.decide([Decided(number, f"key {number}", decisions,
                                         message_id=message_id)])  # fmt: skip
        return number

    async def found(self, **wanted: Any) -> list[tuple[int, str]]:
        search = Search(self.store, {}, self.clock.now())
        return [(each.number, each.route) for each in await search.targets(Wanted(**wanted))]


def send(route: str = "support", rule: str = "all") -> Decision:
    return Decision(route=route, verdict="send", rule=rule, delivery_id="d")


def drop(route: str = "support") -> Decision:
    return Decision(route=route, verdict="drop", reason="no_consent")


@pytest.fixture
async def place() -> Place:
    place = Place()
    await place.keep(send(), send("other", "some"), messageId="m1")
    await place.clock.advance(HOUR)
    await place.keep(send(), drop("other"), userId="U2", messageId="m2", anonymousId="anonymous")
    await place.clock.advance(HOUR)
    await place.keep(
        send(rule="some"), type="identify", userId="u3", traits={"email": "J@example.com"}
    )
    await place.keep(drop(), messageId="m1")
    await place.keep(Decision(route=None, verdict="duplicate"), messageId="m2")
    return place


CASES: Sequence[tuple[dict[str, Any], list[int]]] = (
    ({"route": "support"}, [1, 2, 3]),
    ({"route": "other"}, [1]),
    ({"rule": "some"}, [1, 3]),
    ({"route": "support", "rule": "some"}, [3]),
    ({"event": "signed_up"}, [1, 1, 2]),
    ({"event": "track"}, [1, 1, 2]),
    ({"event": "Identified"}, [3]),
    ({"event": "signed"}, []),
    ({"person": "u2"}, [2]),
    ({"person": "Anonymous"}, [2]),
    ({"person": "j@EXAMPLE.com"}, [3]),
    ({"person": "nobody"}, []),
    ({"newer": HOUR}, [2, 3]),
    ({"newer": 0.0}, [3]),
    ({"older": HOUR}, [1, 1, 2]),
    ({"newer": HOUR, "older": HOUR}, [2]),
    ({"newer": 9 * HOUR, "person": "u1", "route": "other"}, [1]),
)


@pytest.mark.parametrize(("wanted", "numbers"), CASES)
async def test_all_that_is_given_has_to_fit(
    place: Place, wanted: dict[str, Any], numbers: list[int]
) -> None:
    assert [number for number, _route in await place.found(**wanted)] == numbers


async def test_of_events_that_are_named_every_route_is_found(place: Place) -> None:
    assert await place.found(message_ids=["m1"]) == [(1, "support"), (1, "other"), (4, "support")]
    assert await place.found(message_ids=["m2", "m9"]) == [(2, "support"), (2, "other")]
    assert await place.found(message_ids=["m1", "m2"], route="other") == [
        (1, "other"),
        (2, "other"),
    ]


async def test_what_is_no_event_is_nobodys(place: Place) -> None:
    await place.keep(send(), body=b"no event")
    assert [number for number, _route in await place.found(person="u1")] == [1, 1]


async def test_undecided_events_are_passed_over_however_many(place: Place) -> None:
    await place.store.append([Incoming(b"{}")] * (3 * _PAGE))
    assert [number for number, _route in await place.found(route="support")] == [1, 2, 3]


async def test_more_than_a_page_is_found_in_order(place: Place) -> None:
    numbers = [await place.keep(send("third")) for _ in range(_PAGE + 10)]
    assert await place.found(route="third") == [(number, "third") for number in numbers]
