"""A message is tried on every route, and nothing of it is kept or sent."""

from __future__ import annotations

import json
from typing import Any

SIGN_UP = {
    "type": "track", "event": "Signed Up", "messageId": "m1", "userId": "usr_123",
    "context": {
        "consent": {"marketing": True},
        "traits": {"name": "John Doe", "email": "john.doe@example.com"},
    },
}  # fmt: skip


async def tried(site: Any, message: Any, query: str = "") -> Any:
    text = message if isinstance(message, str) else json.dumps(message)
    answer = await site.browser.post(f"/try.json{query}", data={"message": text})
    assert answer.status_code == 200, answer.text
    return answer.json()["tried"]


async def test_a_pasted_event_is_decided_by_every_route_that_is_on(site: Any) -> None:
    found = await tried(site, SIGN_UP)
    [route] = found["routes"]
    assert (route["route"], route["verdict"], route["rule"]) == ("support", "send", "signed_up")
    assert route["sentence"].startswith("Would be sent to support: upsert_contact")
    assert route["payload"]["email"] == "j***@example.com"
    assert [each["held"] for each in route["rules"]] == [True]


async def test_the_request_is_shown_as_it_would_leave(site: Any) -> None:
    [route] = (await tried(site, SIGN_UP, "?clear=1"))["routes"]
    [request] = route["requests"]
    assert (request["method"], request["status"]) == ("POST", None)
    assert request["url"] == "https://acme.freshdesk.com/api/v2/contacts"
    assert request["request"]["headers"]["authorization"] == "***"
    assert request["request"]["body"] == route["payload"]
    assert route["payload"]["email"] == "john.doe@example.com"


async def test_nothing_is_kept_and_nothing_is_sent(site: Any) -> None:
    await tried(site, SIGN_UP)
    store = site.sendoff.store
    assert await store.undecided(1) == []
    assert await store.event(1) is None
    assert await store.notes(-1, 10) == []
    # So the event itself is no repetition when it comes.
    await site.send("m1")
    [route] = (await site.json("/events/1.json"))["routes"]
    assert route["state"] == "delivered"


async def test_what_is_no_event_is_told(site: Any) -> None:
    found = await tried(site, "<b>")
    assert found["routes"] == []
    assert found["whole"]["sentence"].startswith("Dead (invalid_event): ")
    page = (await site.browser.post("/try", data={"message": "<b>"})).text
    assert "&lt;b&gt;" in page
    assert "<b>\n" not in page


async def test_a_dropped_event_makes_no_request(site: Any) -> None:
    [route] = (await tried(site, {**SIGN_UP, "context": {}}))["routes"]
    assert (route["reason"], route["requests"]) == ("no_consent", [])


async def test_an_example_of_a_preset_is_picked(site: Any) -> None:
    facts = await site.json("/try.json")
    named = {each["name"]: each["key"] for each in facts["examples"]}
    key = next(named[each] for each in named if each.startswith("freshdesk/default: "))
    facts = await site.json(f"/try.json?example={key}")
    assert facts["tried"]["routes"][0]["route"] == "support"
    assert json.loads(facts["text"])


async def test_an_event_of_the_store_is_picked_and_stays_masked(site: Any) -> None:
    await site.send("m1")
    facts = await site.json("/try.json")
    assert facts["recent"] == [{"number": 1, "title": "Signed Up"}]
    page = await site.page("/try?number=1")
    assert "Would be sent to support" in page
    assert "John Doe" not in page
    for number in ("7", "x", "9" * 30):
        assert (await site.browser.get(f"/try?number={number}")).status_code == 404
