"""The overview: how much came, and what became of it."""

from __future__ import annotations

from typing import Any

from sendoff.store.promise import Fact


async def test_every_event_of_a_route_ends_somewhere(site: Any) -> None:
    await site.send("m1")
    await site.send("m2", context={})
    await site.send("m2", context={})
    await site.sendoff.send("no event")
    facts = await site.json("/overview.json")
    assert {name: facts[name] for name in ("events", "duplicates", "invalid", "undecided")} == {
        "events": 4, "duplicates": 1, "invalid": 1, "undecided": 0,
    }  # fmt: skip
    support, second = facts["routes"]
    assert support["received"] == 2
    assert support["ends"] == {
        "dropped": 1, "waiting": 0, "delivered": 1, "skipped": 0, "dead": 0,
    }  # fmt: skip
    assert support["dropped"] == {"no_consent": 1}
    assert (second["received"], second["configured"]) == (0, "off")
    page = await site.page("/overview")
    assert 'href="/?route=support&amp;reason=no_consent">no_consent</a> 1' in page


async def test_the_pace_is_what_the_newest_answer_said(site: Any) -> None:
    await site.send("m1")
    [support, _second] = (await site.json("/overview.json"))["routes"]
    assert support["pace"]["concurrency"] == 4
    assert "x-ratelimit-remaining" in support["pace"]["quota"]
    assert support["pace"]["quota_at"]
    newer = {"kind": "exchange", "route": "support", "status": 429, "at": "later",
             "answer_headers": {"Retry-After": "30", "date": "today"}}  # fmt: skip
    await site.sendoff.store.note([newer])
    [support, _second] = (await site.json("/overview.json"))["routes"]
    assert support["pace"]["quota"] == {"Retry-After": "30"}


async def test_a_route_that_gets_nothing_or_sends_nothing_has_a_hint(site: Any) -> None:
    support, second = (await site.json("/overview.json"))["routes"]
    assert support["hint"] == "No event has come to this route yet."
    assert "switched off" in second["hint"]
    assert "No event has come yet." in await site.page("/overview")
    await site.send("m1", context={})
    [support, _second] = (await site.json("/overview.json"))["routes"]
    assert support["hint"].startswith("Nothing of it is sent: most is dropped as no_consent; ")


async def test_a_hold_is_told_masked(site: Any) -> None:
    hold = {
        "kind": "operator", "reason": "unauthorized", "detail": "key of john.doe@example.com",
        "since": "2026-01-02T14:00:00.000Z", "next_probe": "2026-01-02T14:05:00.000Z",
    }  # fmt: skip
    await site.sendoff.store.remember([Fact("hold", "support", hold)])
    [support, _second] = (await site.json("/overview.json"))["routes"]
    assert support["held"]["detail"] == "key of j***@example.com"
    assert "since 2026-01-02 14:00 UTC: <bdi>unauthorized</bdi>" in await site.page("/overview")
