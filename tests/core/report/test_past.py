"""What is known of the events with one message id: kept, in the journal, and dead."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from sendoff.decision import DeliveryIds
from sendoff.documents import read_document
from sendoff.pipeline import Sendoff, Setting
from sendoff.pipeline_file import Surroundings, load_pipeline
from sendoff.report.display import Display
from sendoff.report.past import past_events, told_past
from sendoff.store.deaths import DeadQuery
from sendoff.testing.clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DAY = 86_400
PIPELINE = """
apiVersion: sendoff/v1
kind: Pipeline
name: test
store: memory
routes:
  support:
    destination: freshdesk
    blueprint: freshdesk/default
    settings: {domain: acme, api_key: a-key-of-some-length}
consent: {missing: allow}
"""


@pytest.fixture
async def sendoff() -> AsyncIterator[Sendoff]:
    """A pipeline that decides, and delivers nothing."""
    around = Surroundings()
    pipeline = load_pipeline(read_document(PIPELINE, "sendoff.yaml"), around)
    async with Sendoff.open(pipeline, around=around) as opened:
        yield opened


def attempts(*deliveries: list[Any]) -> dict[str, Any]:
    """The journal's entry of attempts at these deliveries: each its id, message id and number."""
    came = {"outcome": "Delivered", "then": "Done", "deliveries": deliveries}
    return {"kind": "attempts", "route": "support", "came": [came]}


async def send(sendoff: Sendoff, message_id: str, **traits: Any) -> None:
    event = {"type": "identify", "messageId": message_id, "userId": "u1", "traits": traits}
    await sendoff.send(json.dumps(event))


async def test_an_event_that_never_came_is_not_found(sendoff: Sendoff) -> None:
    assert await past_events(sendoff, "m1") == []


async def test_the_decision_is_found_and_what_is_dead(sendoff: Sendoff) -> None:
    await send(sendoff, "m0", name="John Doe")
    await send(sendoff, "m1", company_id=5)
    [past] = await past_events(sendoff, "m1")
    assert (past.appended.number, past.duplicate_of) == (2, None)
    assert [record["reason"] for record in past.records] == ["missing_field"]
    assert [letter.id for letter in past.dead] == [DeliveryIds("support").of("m1")]
    told = list(told_past(past, Display(sendoff.pipeline, clear=False)))
    assert told[0].startswith("Event 2, received ")
    assert "decided: dead missing_field" in told[1]
    assert told[2].startswith("  dead now on support: missing_field (`sendoff dead show ")


async def test_when_it_was_decided_is_told_while_the_journal_knows(sendoff: Sendoff) -> None:
    await send(sendoff, "m0", name="John Doe")
    await send(sendoff, "m1", name="John Doe")
    last, at = 0, ""
    while not at:
        last, [entry] = last + 1, [each for _, each in await sendoff.store.notes(last, 1, wait=9.0)]
        at = entry["at"] if 2 in entry.get("numbers", ()) else ""
    [past] = await past_events(sendoff, "m1")
    assert [record["at"] for record in past.records] == [at]
    told = list(told_past(past, Display(sendoff.pipeline, clear=False)))
    assert told[1].startswith(f"  {at[:10]} {at[11:19]}  support")


async def test_a_repetition_names_the_event_it_repeats(sendoff: Sendoff) -> None:
    for _ in range(2):
        await send(sendoff, "m1", company_id=5)
    first, second = await past_events(sendoff, "m1")
    assert (first.duplicate_of, len(first.dead)) == (None, 1)
    assert (second.duplicate_of, second.dead) == (1, [])
    assert [record["decision"] for record in second.records] == ["duplicate"]
    assert second.as_json()["duplicate_of"] == 1


async def test_a_message_id_used_for_another_event_is_told_apart(sendoff: Sendoff) -> None:
    await send(sendoff, "m1", company_id=5)
    await send(sendoff, "m1", company_id=6)
    first, second = await past_events(sendoff, "m1")
    assert (first.duplicate_of, second.duplicate_of) == (None, None)
    assert [letter.event_number for letter in first.dead] == [1]
    assert [letter.event_number for letter in second.dead] == [2]


async def test_it_is_told_apart_though_the_first_of_its_message_id_was_forgotten() -> None:
    clock = VirtualClock()
    around = Surroundings()
    pipeline = load_pipeline(read_document(PIPELINE, "sendoff.yaml"), around)
    async with Sendoff.open(pipeline, around=around, setting=Setting(clock=clock)) as sendoff:
        await send(sendoff, "m1", name="John Doe")
        await clock.advance(6 * DAY)
        await send(sendoff, "m1", company_id=6)
        await send(sendoff, "m1", company_id=6)
        await send(sendoff, "m1", name="J. Doe")
        [decision] = (await sendoff.store.decisions([4]))[0].decisions
        first = DeliveryIds("support").of("m1")
        await sendoff.store.note(
            [{"kind": "attempt", "delivery_id": each} for each in (first, decision.delivery_id)]
        )
        await clock.advance(2 * DAY)
        await send(sendoff, "m2", name="John Doe")  # with it, what is over goes
        assert not await sendoff.store.earlier(["m1"])
        _, *found = await past_events(sendoff, "m1")
        dead = await sendoff.store.dead(DeadQuery())
        assert [list(each.dead) for each in found] == [list(dead), [], []]
        told = [each.get("delivery_id") for each in found[2].records if each["kind"] == "attempt"]
    assert told == [decision.delivery_id]
    assert [len(each.records) for each in found] == [1, 1, 2]


async def test_attempts_and_requests_are_those_of_its_deliveries(sendoff: Sendoff) -> None:
    await send(sendoff, "m1", name="John Doe")
    ids = DeliveryIds("support")
    await sendoff.store.note([
        attempts([ids.of("m1", 2), "m1", 3], ["other", "m1", 1]),
        {"kind": "attempt", "delivery_id": ids.of("m1"), "message_id": "m1"},
        {"kind": "exchange", "deliveries": [ids.of("m1"), "other"]},
        {"kind": "exchange", "deliveries": ["other"]},
        {"kind": "attempt", "delivery_id": "other", "message_id": "m1"},
        {"kind": "hold", "route": "support"},
        {"kind": "dropped", "count": 3},
    ])  # fmt: skip
    [past] = await past_events(sendoff, "m1")
    assert [record["kind"] for record in past.records] == [
        "decision", "attempt", "attempt", "exchange",
    ]  # fmt: skip
    assert past.records[1]["attempt"] == 3


async def test_what_the_journal_has_of_it_is_found_however_much_came_after(
    sendoff: Sendoff,
) -> None:
    await send(sendoff, "m1", name="John Doe")
    await sendoff.store.note([attempts([DeliveryIds("support").of("m1"), "m1", 1])])
    await sendoff.store.note([{"kind": "hold", "route": "support"}] * 1_000)
    [past] = await past_events(sendoff, "m1")
    assert [record["kind"] for record in past.records] == ["decision", "attempt"]


async def test_a_decision_is_told_when_the_journal_has_long_forgotten_it(sendoff: Sendoff) -> None:
    await send(sendoff, "m1", company_id=5)
    await sendoff.store.note([{"kind": "hold"}] * 10_000)
    assert all(entry["kind"] == "hold" for _number, entry in await sendoff.store.notes())
    [past] = await past_events(sendoff, "m1")
    assert [record["reason"] for record in past.records] == ["missing_field"]
    told = list(told_past(past, Display(sendoff.pipeline, clear=False)))
    assert "decided: dead missing_field" in told[1]


async def test_an_event_that_nothing_is_known_of_says_so(sendoff: Sendoff) -> None:
    await send(sendoff, "m1", name="John Doe")
    [past] = await past_events(sendoff, "m1")
    lines = told_past(replace(past, records=()), Display(sendoff.pipeline, clear=False))
    assert "nothing is known of what was decided about it" in list(lines)[1]
