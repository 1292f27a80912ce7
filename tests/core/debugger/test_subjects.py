"""Which events the records of the journal are about."""

from __future__ import annotations

from typing import Any

from sendoff.debugger.subjects import Subjects


async def test_a_decision_is_about_its_event(site: Any) -> None:
    await site.send("m1")
    [found] = await Subjects(site.sendoff).of({"kind": "decision", "number": 1})
    assert (found.number, found.type, found.name) == (1, "track", "Signed Up")
    assert found.people == ("usr_123", "john.doe@example.com")
    assert found.rules == {"support": "signed_up"}


async def test_an_attempt_is_known_by_its_delivery_or_its_message_id(site: Any) -> None:
    await site.send("m1")
    [verdicts] = await site.sendoff.store.decisions([1])
    delivery_id = verdicts.decisions[0].delivery_id
    attempt = {"kind": "attempt", "delivery_id": delivery_id}
    subjects = Subjects(site.sendoff)
    assert await subjects.of(attempt) == []
    assert [each.number for each in await subjects.of(attempt | {"message_id": "m1"})] == [1]
    assert [each.number for each in await subjects.of(attempt)] == [1]


async def test_a_request_is_about_each_event_once(site: Any) -> None:
    subjects = Subjects(site.sendoff)
    for number in (1, 2):
        await site.send(f"m{number}")
        decision = {"kind": "decision", "number": number, "delivery_id": f"d{number}"}
        subjects.learn([decision])
    request = {"kind": "exchange", "deliveries": ["d2", "d1", "d2", "unknown"]}
    assert [each.number for each in await subjects.of(request)] == [2, 1]


async def test_what_is_no_event_or_no_longer_kept_has_no_names(site: Any) -> None:
    number = (await site.sendoff.send("no event")).number
    [found] = await Subjects(site.sendoff).of({"kind": "decision", "number": number})
    assert (found.type, found.people) == ("", ())
    assert await Subjects(site.sendoff).of({"kind": "decision", "number": 99}) == []
    assert await Subjects(site.sendoff).of({"kind": "hold", "route": "support"}) == []
