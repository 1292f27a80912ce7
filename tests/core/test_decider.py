"""From undecided to decided: each message once, in order, whoever decides at the same time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from itertools import count, cycle
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.decider import Decider, Plan, decide_read, read_event
from sendoff.decision import Decision, DeliveryIds
from sendoff.delivery import Delivery
from sendoff.event import MAX_BYTES, Event, content_digest
from sendoff.event_keys import Identity
from sendoff.journal import Attempted, DecidedEvent
from sendoff.router import Route, Router
from sendoff.sources import read_lines
from sendoff.store.deaths import DeadQuery
from sendoff.store.failures import StoreFull
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Appended, Decided, Earlier, Incoming
from sendoff.testing.clock import VirtualClock

NOW = datetime(2026, 1, 2, tzinfo=UTC)


class Named:
    """All that is needed of a route here."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.blueprint = "people@1 0123456789ab"


class Plain(Router):
    """Sends identify calls, drops the rest; raises for the names it is told to."""

    def __init__(self, *routes: str) -> None:
        super().__init__(())
        self.routes = tuple(cast("Route", Named(name)) for name in routes or ("support",))

    def decide(self, event: Event, key: str, now: datetime) -> list[Decision]:
        if event.user_id == "breaks":
            raise RuntimeError("a bug")
        return [self._one(route.name, event, key) for route in self.routes]

    def _one(self, route: str, event: Event, key: str) -> Decision:
        if event.type != "identify":
            return Decision(route=route, verdict="drop", reason="no_rule")
        return Decision(
            route=route, verdict="send", rule="all", action="upsert", body=b"{}",
            delivery_id=DeliveryIds(route).of(key), order_key=event.user_id or "",
        )  # fmt: skip


class Noting:
    """A watcher that notes what was decided."""

    def __init__(self) -> None:
        self.events: list[DecidedEvent] = []

    @property
    def numbers(self) -> list[int]:
        return [event.number for event in self.events]

    @property
    def verdicts(self) -> list[str]:
        return [decision.verdict for event in self.events for decision in event.decisions]

    def decided(self, events: Sequence[DecidedEvent]) -> None:
        self.events += events

    def attempted(self, attempts: Sequence[Attempted]) -> None:
        raise AssertionError

    def held(self, route: str, reason: str | None, detail: str) -> None:
        raise AssertionError


class Distant(MemoryStore):
    """A store that takes its time, now more and now less, as one on a disk would."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self._delays = cycle([2, 7, 0, 3, 11])

    async def undecided(self, limit: int, max_bytes: int | None = None) -> Sequence[Appended]:
        await turns(2)
        found = await super().undecided(limit, max_bytes)
        await turns(next(self._delays))
        return found

    async def earlier(self, keys: Sequence[str]) -> Mapping[str, Earlier]:
        await turns(2)
        return await super().earlier(keys)

    async def decide(self, decided: Sequence[Decided]) -> Sequence[int]:
        await turns(2)
        numbers = await super().decide(decided)
        await turns(next(self._delays))
        return numbers


async def turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


class Bench:
    def __init__(self, *routes: str, store: type[MemoryStore] = MemoryStore) -> None:
        self.store = store(VirtualClock())
        self.noted = Noting()
        self.plan = Plan(Plain(*routes), {})
        self.decider = Decider(self.store, lambda: self.plan, self.noted)

    async def append(self, *messages: str) -> Sequence[int]:
        return await self.store.append([Incoming(each.encode()) for each in messages])

    async def decide(self, *messages: str) -> list[DecidedEvent]:
        before = len(self.noted.events)
        await self.append(*messages)
        await self.decider.decide_waiting()
        return self.noted.events[before:]


def identify_call(name: str, message_id: str | None = None) -> str:
    bears = f', "messageId": "{message_id}"' if message_id else ""
    return f'{{"type": "identify", "userId": "{name}"{bears}}}'


async def test_an_event_is_decided_once_for_each_route() -> None:
    bench = Bench("support", "success")
    [event] = await bench.decide(identify_call("u1", "m1"))
    assert (event.number, event.key, event.message_id) == (1, "m1", "m1")
    assert [decision.route for decision in event.decisions] == ["support", "success"]
    assert not await bench.store.undecided(1)


async def test_what_is_to_be_sent_becomes_a_delivery() -> None:
    bench = Bench()
    await bench.decide(identify_call("u1", "m1"))
    [lease] = await bench.store.lease("support", 10)
    assert lease.delivery == Delivery(
        id=DeliveryIds("support").of("m1"), route="support", action="upsert", body=b"{}",
        order_key="u1", event_key="m1", message_id="m1", rule="all",
        person="u1",
    )  # fmt: skip


async def test_what_is_dropped_becomes_none() -> None:
    bench = Bench()
    await bench.decide('{"type": "page"}')
    assert bench.noted.verdicts == ["drop"]
    assert (await bench.store.depth("support")).waiting == 0


async def test_everything_is_decided_in_order_however_much_it_is() -> None:
    bench = Bench()
    numbers = await bench.append(*(identify_call(str(n), str(n)) for n in range(1000)))
    assert await bench.decider.decide_waiting() == 1000
    assert bench.noted.numbers == list(numbers)


async def test_whoever_else_is_in_the_loop_has_turns_while_much_is_decided() -> None:
    bench = Bench()
    await bench.append(*(identify_call(str(n), str(n)) for n in range(400)))
    deciding = asyncio.create_task(bench.decider.decide_waiting())
    mine = 0
    while not deciding.done():
        await turns(1)
        mine += not bench.noted.numbers
    assert mine >= 4


@pytest.mark.parametrize("after", [1, 3, 5, 9, 30])
async def test_a_plan_that_is_replaced_meanwhile_decides_what_was_not_begun(after: int) -> None:
    bench = Bench("old", store=Distant)
    numbers = await bench.append(*(identify_call(str(n), str(n)) for n in range(1200)))
    deciding = asyncio.create_task(bench.decider.decide_waiting())
    await turns(after)
    bench.plan = Plan(Plain("new"), {})
    await deciding
    assert bench.noted.numbers == list(numbers)
    routes = [str(decision.route) for each in bench.noted.events for decision in each.decisions]
    assert routes == sorted(routes, reverse=True)
    assert routes.count("old") in {0, 500, 1000}
    depths = [(await bench.store.depth(route)).waiting for route in ("old", "new")]
    assert depths == [routes.count("old"), routes.count("new")]


@pytest.mark.parametrize("message", ["", "{", "[]", "null", '{"type": "shout"}', "\x00"])
async def test_a_message_that_is_no_event_is_dead_and_stops_nothing(message: str) -> None:
    bench = Bench()
    events = await bench.decide(message, identify_call("u1"))
    assert bench.noted.verdicts == ["dead", "send"]
    [dead] = events[0].decisions
    assert (dead.route, dead.reason) == (None, "invalid_event")
    [letter] = await bench.store.dead(DeadQuery())
    assert (letter.reason, letter.event_number) == ("invalid_event", 1)


async def test_the_same_lines_of_a_file_that_are_no_events_are_dead_once() -> None:
    bench = Bench()
    lines = ["{", "{", '{"type": "shout"}', "x" * (MAX_BYTES + 5)]
    for _ in range(2):
        text = BytesIO("\n".join(lines).encode())
        await bench.store.append([line.incoming for line in read_lines(text)])
        await bench.decider.decide_waiting()
    assert bench.noted.verdicts == ["dead"] * 4 + ["duplicate"] * 4
    assert len(await bench.store.dead(DeadQuery())) == 4


async def test_lines_with_a_message_id_that_are_no_events_are_dead_once_and_none_is_lost() -> None:
    bench = Bench()
    shout, cry = ('{"type": "%s", "messageId": "m1"}' % kind for kind in ("shout", "cry"))  # noqa: UP031
    refused = '{"type": "page", "messageId": 1.5}'
    lines = [shout, cry, identify_call("u1", "m1"), shout, refused, refused]
    for _ in range(2):
        text = BytesIO("\n".join(lines).encode())
        await bench.store.append([line.incoming for line in read_lines(text)])
        await bench.decider.decide_waiting()
    first = ["dead", "dead", "send", "duplicate", "dead", "dead"]
    assert bench.noted.verdicts == first + ["duplicate"] * 6
    assert [letter.event_number for letter in await bench.store.dead(DeadQuery())] == [1, 2, 5, 6]


async def test_an_id_that_looks_like_the_key_of_an_invalid_message_changes_nothing() -> None:
    bench = Bench()
    key = f"invalid:content:{content_digest(b'{').hex()}"
    await bench.decide(identify_call("u1", key), "{", "{", identify_call("u2", key))
    assert bench.noted.verdicts == ["send", "dead", "duplicate", "send"]


@pytest.mark.parametrize("together", [True, False])
async def test_the_same_event_again_is_a_duplicate(*, together: bool) -> None:
    bench = Bench()
    message = identify_call("u1", "m1")
    if together:
        await bench.decide(message, message)
    else:
        await bench.decide(message)
        await bench.decide(message)
    assert bench.noted.verdicts == ["send", "duplicate"]
    assert bench.noted.events[1].decisions[0].detail == "same as event 1"
    assert (await bench.store.depth("support")).waiting == 1


async def test_the_same_id_with_other_content_is_another_event_and_marked() -> None:
    bench = Bench()
    messages = [identify_call("u1", "m1"), identify_call("u2", "m1"), identify_call("u2", "m1")]
    events = await bench.decide(*messages)
    assert bench.noted.verdicts == ["send", "send", "duplicate"]
    assert [event.decisions[0].warnings for event in events[:2]] == [(), ("reused_message_id",)]
    assert len({lease.delivery.id for lease in await bench.store.lease("support", 10)}) == 2


async def test_a_key_given_by_the_source_tells_equal_messages_without_an_id_apart() -> None:
    bench = Bench()
    body = identify_call("u1").encode()
    await bench.store.append([Incoming(body, "line 1"), Incoming(body, "line 2")])
    await bench.store.append([Incoming(body, "line 1")])
    await bench.decider.decide_waiting()
    assert bench.noted.verdicts == ["send", "send", "duplicate"]


async def test_a_bug_in_deciding_makes_that_event_dead_and_stops_nothing() -> None:
    bench = Bench("support", "success")
    events = await bench.decide(identify_call("breaks"), identify_call("u1"))
    assert bench.noted.verdicts == ["dead", "dead", "send", "send"]
    assert [decision.route for decision in events[0].decisions] == ["support", "success"]
    assert {decision.reason for decision in events[0].decisions} == {"mapping_error"}
    assert "RuntimeError: a bug" in events[0].decisions[0].detail


_SENT = st.tuples(st.sampled_from(["m1", "m2", None]), st.sampled_from(["ann", "bob"]))


@given(st.lists(st.lists(_SENT, max_size=6), max_size=5))
def test_an_id_with_its_content_is_one_event_however_messages_come_together(
    batches: list[list[tuple[str | None, str]]],
) -> None:
    async def decide() -> list[DecidedEvent]:
        bench = Bench()
        for batch in batches:
            await bench.decide(*(identify_call(name, id_) for id_, name in batch))
        return bench.noted.events

    first: dict[tuple[str | None, str], DecidedEvent] = {}
    for sent, event in zip([one for batch in batches for one in batch],
                           asyncio.run(decide()), strict=True):  # fmt: skip
        [decision] = event.decisions
        known = first.setdefault(sent, event)
        if known is event:
            assert decision.verdict == "send"
            is_reused = any(sent[0] and each[0] == sent[0] for each in first if each != sent)
            assert ("reused_message_id" in decision.warnings) == is_reused
        else:
            assert decision.verdict == "duplicate"
            assert decision.detail == f"same as event {known.number}"
    assert len({event.key for event in first.values()}) == len(first)


def test_reading_and_deciding_are_pure() -> None:
    body = identify_call("u1", "m1").encode()
    read = read_event(1, body, "", NOW, {})
    identity = Identity(read.key)
    first, second = (decide_read(read, identity, Plain(), NOW) for _ in range(2))
    assert first == second


async def test_several_who_decide_at_once_decide_and_tell_of_each_message_once() -> None:
    bench = Bench(store=Distant)
    numbers: list[int] = []
    ids = count()

    async def send() -> None:
        for _ in range(10):
            numbers.extend(await bench.append(identify_call("u1", str(next(ids)))))
            await bench.decider.decide_waiting()

    await asyncio.gather(*(send() for _ in range(10)))
    assert bench.noted.numbers == sorted(numbers)
    assert (await bench.store.depth("support")).waiting == 100


async def test_what_another_process_has_decided_meanwhile_is_told_there_alone() -> None:
    bench = Bench(store=Distant)
    noted = Noting()
    other = Decider(bench.store, lambda: Plan(Plain(), {}), noted)
    numbers = await bench.append(*(identify_call(str(n), str(n)) for n in range(500)))
    await asyncio.gather(bench.decider.decide_waiting(), other.decide_waiting())
    assert sorted([*bench.noted.numbers, *noted.numbers]) == list(numbers)
    assert (await bench.store.depth("support")).waiting == 500


@pytest.mark.parametrize("after", range(30))
async def test_a_decision_that_is_cancelled_is_either_made_and_told_or_left(after: int) -> None:
    bench = Bench(store=Distant)
    numbers = await bench.append(identify_call("u1", "m1"), identify_call("u2", "m2"))
    deciding = asyncio.create_task(bench.decider.decide_waiting())
    await turns(after)
    deciding.cancel()
    await asyncio.gather(deciding, return_exceptions=True)
    left = [each.number for each in await bench.store.undecided(10)]
    assert sorted([*left, *bench.noted.numbers]) == list(numbers)
    await bench.decider.decide_waiting()
    assert bench.noted.numbers == list(numbers)


async def test_who_waits_for_one_message_does_not_wait_for_all_that_come_after() -> None:
    bench = Bench(store=Distant)
    [number] = await bench.append(identify_call("u1"))

    async def keep_appending() -> None:
        for n in count():
            await bench.append(identify_call(f"next{n}"))
            await turns(1)

    appending = asyncio.create_task(keep_appending())
    async with asyncio.timeout(5):
        await bench.decider.decide_waiting(number)
    assert number in bench.noted.numbers
    appending.cancel()
    await asyncio.gather(appending, return_exceptions=True)


async def test_whose_consent_a_delivery_rests_on_is_known() -> None:
    bench = Bench()
    await bench.decide(
        '{"type": "identify", "userId": "u1", "anonymousId": "a1"}',
        '{"type": "identify", "anonymousId": "a2"}',
    )
    leases = await bench.store.lease("support", 10)
    leases = [*leases, *await bench.store.lease("support", 10)]
    assert {lease.delivery.person for lease in leases} == {"u1", "a2"}


def consenting(name: str, message_id: str, **purposes: bool | None) -> str:
    context = {"consent": {"canonical": purposes}}
    return json.dumps({"type": "page", "userId": name, "messageId": message_id,
                       "context": context})  # fmt: skip


async def consent_of(bench: Bench, *people: str) -> Mapping[str, Mapping[str, bool]]:
    return await bench.store.facts("consent", people)


async def test_consent_is_remembered_of_every_event_purpose_by_purpose() -> None:
    bench = Bench()
    await bench.decide(
        consenting("u1", "m1", marketing=True, analytics=False, functional=None),
        consenting("u1", "m2", marketing=False),
        consenting("u2", "m3"),
        '{"type": "page"}',
        "{",
    )
    assert await consent_of(bench, "u1", "u2", "") == {
        "u1": {"marketing": False, "analytics": False}
    }


async def test_a_duplicate_gives_back_no_consent_that_was_taken_back_since() -> None:
    bench = Bench()
    granted = consenting("u1", "m1", marketing=True)
    await bench.decide(granted, consenting("u1", "m2", marketing=False), granted)
    assert bench.noted.verdicts == ["drop", "drop", "duplicate"]
    assert await consent_of(bench, "u1") == {"u1": {"marketing": False}}


async def test_another_plan_holds_for_what_is_not_decided_yet() -> None:
    bench = Bench("support")
    await bench.decide(identify_call("u1"))
    await bench.append(identify_call("u2"))
    bench.plan = Plan(Plain("other"), {})
    await bench.decider.decide_waiting()
    assert [event.decisions[0].route for event in bench.noted.events] == ["support", "other"]


async def test_a_decision_of_a_bug_bears_the_blueprint_as_well() -> None:
    bench = Bench()
    [event] = await bench.decide(identify_call("breaks"))
    assert event.decisions[0].blueprint == "people@1 0123456789ab"


class Full(MemoryStore):
    """A store without room for decisions."""

    full = True

    async def decide(self, decided: Sequence[Decided]) -> Sequence[int]:
        if self.full:
            raise StoreFull("no room")
        return await super().decide(decided)


async def test_a_store_without_room_says_so_and_what_was_kept_is_decided_later() -> None:
    bench = Bench(store=Full)
    assert isinstance(bench.store, Full)
    with pytest.raises(StoreFull):
        await bench.decide(identify_call("u1"))
    assert not bench.noted.events
    bench.store.full = False
    await bench.decider.decide_waiting()
    assert bench.noted.verdicts == ["send"]
