"""The page of one event: what became of it, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from sendoff.documents import read_document
from sendoff.pipeline_file import Surroundings, load_pipeline
from sendoff.store.promise import Fact


async def test_a_drop_is_told_in_a_sentence_with_its_remedy(site: Any) -> None:
    await site.send("m1", context={})
    facts = await site.json("/events/1.json")
    [route] = facts["routes"]
    assert route["sentence"] == (
        "Not sent to support (no_consent): no marketing consent (consent.marketing has no value);"
        " asked for by freshdesk/default@1:13:3."
    )
    assert route["consent"] == ["context.consent is absent"]
    assert route["remedy"].startswith("nothing, if the person said no")
    page = await site.page("/events/1")
    assert route["sentence"] in page
    assert "context.consent is absent" in page


async def test_a_delivery_is_told_with_its_request_and_answer(site: Any) -> None:
    await site.send("m1")
    [route] = (await site.json("/events/1.json"))["routes"]
    assert route["sentence"].startswith("Delivered to support: upsert_contact, by rule signed_up (")
    assert (route["state"], route["next"], route["remedy"]) == ("delivered", None, "")
    exchange, attempt = route["history"]
    assert (exchange["method"], exchange["status"]) == ("POST", 201)
    assert exchange["request"]["body"]["name"] == "J***"
    assert exchange["request"]["headers"]["authorization"] == "***"
    assert attempt["outcome"] == "Delivered"
    assert route["payload"]["email"] == "j***@example.com"


async def test_what_comes_again_on_a_held_route_waits_for_that(site: Any) -> None:
    await site.send("m1")
    [route] = (await site.json("/events/1.json"))["routes"]
    store = site.sendoff.store
    await store.note([{
        "kind": "attempt", "at": "2026-01-02T14:00:00.000Z", "route": "support", "attempt": 1,
        "delivery_id": route["delivery_id"], "message_id": "m1", "number": 1,
        "outcome": "Retry", "then": "Later", "reason": "refused",
    }])  # fmt: skip
    [route] = (await site.json("/events/1.json"))["routes"]
    assert route["next"] == "due by 2026-01-02 14:00:01 UTC at the latest"
    await store.remember([Fact("hold", "support", {"reason": "unreachable"})])
    [route] = (await site.json("/events/1.json"))["routes"]
    assert (route["state"], route["next"]) == ("comes again", "when the route is no longer held")


async def test_an_event_is_shown_as_it_came_and_as_it_was_read(site: Any) -> None:
    await site.send("m1", properties={})
    facts = await site.json("/events/1.json")
    assert facts["received"]["context"]["traits"]["name"] == "J***"
    assert facts["received"]["properties"] == {}
    assert facts["event"]["traits"]["name"] == "J***"
    assert "properties" not in facts["event"]


async def test_a_conflict_shows_every_request_it_took(site: Any) -> None:
    await site.send("m1")
    await site.send("m2", context={
        "consent": {"marketing": True},
        "traits": {"name": "John Doe", "email": "john.doe@example.com", "title": "Head"},
    })  # fmt: skip
    [route] = (await site.json("/events/2.json"))["routes"]
    statuses = [each["status"] for each in route["history"] if each["kind"] == "exchange"]
    assert statuses == [409, 200, 200]
    assert "409" in await site.page("/events/2")


async def test_the_trace_is_the_run(site: Any) -> None:
    await site.send("m1", event="Something Else")
    [route] = (await site.json("/events/1.json"))["routes"]
    assert [each["text"] for each in route["requirements"]] == [
        'required: user_id is "usr_123"', 'required: traits.email is "j***@example.com"',
        "required: consent.marketing is true",
    ]  # fmt: skip
    first = route["rules"][0]
    assert (first["text"], first["held"]) == ("rule signed_up does not take it", False)
    assert [each["held"] for each in first["steps"]] == [True, False]
    page = await site.page("/events/1")
    assert "wanted &#34;Signed Up&#34;" in page


async def test_fields_tell_where_they_come_from_and_what_was_left_out(site: Any) -> None:
    await site.send("m1")
    [route] = (await site.json("/events/1.json"))["routes"]
    [email] = [each for each in route["fields"] if each["text"].startswith("email = ")]
    assert [each["text"] for each in email["steps"]] == [
        'traits.email is "j***@example.com"', 'trim gives "j***@example.com"',
        'lower gives "j***@example.com"',
    ]  # fmt: skip
    assert "job_title" in route["left_out"]


async def test_what_is_dead_is_told_with_its_letter(site: Any) -> None:
    traits = {"email": "john@@example.com"}
    await site.send("m1", context={"consent": {"marketing": True}, "traits": traits})
    [route] = (await site.json("/events/1.json"))["routes"]
    assert (route["state"], route["reason"]) == ("dead", "invalid_payload")
    assert route["dead"]["detail"] in route["sentence"]
    assert route["remedy"].startswith("correct the value")


async def test_a_repetition_names_the_event_it_repeats(site: Any) -> None:
    await site.send("m1")
    await site.send("m1")
    facts = await site.json("/events/2.json")
    assert (facts["duplicate_of"], facts["routes"]) == (1, [])
    assert 'the same as <a href="/events/1">event 1</a>' in await site.page("/events/2")
    listed = await site.json("/events.json?id=m1")
    assert [each["number"] for each in listed["events"]] == [1, 2]


async def test_what_is_no_event_is_told_as_it_came(site: Any) -> None:
    number = (await site.sendoff.send("no <b>JSON</b>")).number
    facts = await site.json(f"/events/{number}.json")
    assert (facts["event"], facts["received"]) == (None, "no <b>JSON</b>")
    assert facts["whole"]["sentence"].startswith("Dead (invalid_event): ")
    assert "no &lt;b&gt;JSON&lt;/b&gt;" in await site.page(f"/events/{number}")


@pytest.mark.parametrize("message", [b'{"\xff":1}', b'{"userId":"\xff"}'])
async def test_what_is_no_text_is_shown_without_what_is_none(site: Any, message: bytes) -> None:
    number = (await site.sendoff.send(message)).number
    facts = await site.json(f"/events/{number}.json")
    assert facts["received"] == message.decode(errors="replace")
    for path in (f"/events/{number}", f"/try?number={number}"):
        assert "not UTF-8" in await site.page(path)


@pytest.mark.parametrize("zeros", [100_000, 550_000], ids=["an event", "none, for its size"])
async def test_the_page_of_a_large_event_shows_its_beginning(site: Any, zeros: int) -> None:
    number = await sent_large(site, zeros)
    page = await site.page(f"/events/{number}")
    assert len(page) < 300_000
    assert "see the JSON of this page" in page
    whole = await site.json(f"/events/{number}.json")
    assert len(whole["received"]["properties"]["list"]) == zeros


@pytest.mark.parametrize("path", ["/events/{}", "/events/{}.json", "/try?number={}"])
async def test_the_loop_goes_on_while_a_large_event_is_shown(site: Any, path: str) -> None:
    number = await sent_large(site, 200_000)
    # On the loop it would take one turn or a few, however long.
    assert await turns_of_the_loop(site.page(path.format(number))) > 50


async def sent_large(site: Any, zeros: int) -> int:
    message = f'{{"type": "page", "properties": {{"list": [0{",0" * (zeros - 1)}]}}}}'
    return int((await site.sendoff.send(message)).number)


async def turns_of_the_loop(page: Awaitable[str]) -> int:
    """How often others had their turn while a page was made."""
    made = asyncio.ensure_future(page)
    turns = 0
    while not made.done():
        await asyncio.sleep(0)
        turns += 1
    await made
    return turns


async def test_another_blueprint_than_the_recorded_one_is_told(site: Any, tmp_path: Any) -> None:
    await site.send("m1")
    text = site.debugger.sendoff.pipeline
    changed = tmp_path / "sendoff.yaml"
    changed.write_text(
        "apiVersion: sendoff/v1\nkind: Pipeline\nname: acme\nstore: memory\nroutes:\n"
        "  support:\n    destination: freshdesk\n    blueprint: freshdesk/create-only\n"
        "    settings: {domain: acme, api_key: sandbox-key}\n"
    )
    pipeline = load_pipeline(read_document(changed.read_text(), text.file), Surroundings())
    await site.sendoff.reload(pipeline)
    [route] = (await site.json("/events/1.json"))["routes"]
    assert route["blueprint"].startswith("freshdesk/default@1 ")
    assert route["changed"]["now"].startswith("freshdesk/create-only@1 ")
    assert "Another blueprint decides now" in await site.page("/events/1")


async def test_a_route_that_is_gone_is_told_of(site: Any) -> None:
    await site.send("m1", context={})
    pipeline = load_pipeline(
        read_document(
            "apiVersion: sendoff/v1\nkind: Pipeline\nname: acme\nstore: memory\nroutes:\n"
            "  other:\n    destination: freshdesk\n    blueprint: freshdesk/default\n"
            "    settings: {domain: acme, api_key: sandbox-key}\n",
            site.sendoff.pipeline.file,
        ),
        Surroundings(),
    )
    await site.sendoff.reload(pipeline)
    support, other = (await site.json("/events/1.json"))["routes"]
    assert support["sentence"].startswith("The route support is no longer in the pipeline file")
    assert (other["recorded"], other["verdict"]) == (False, "drop")
    await site.page("/events/1")


async def test_an_event_that_never_came_is_not_there(site: Any) -> None:
    for path in ("/events/7", "/events?id=<b>", "/events"):
        answer = await site.browser.get(path)
        assert answer.status_code == 404
        assert "it never came" in answer.text
        assert "<b>" not in answer.text
    assert (await site.browser.get("/events/7.json")).json()["error"] == "not_found"


@pytest.mark.parametrize("number", ["0", "9" * 18, "9" * 30, "9" * 5_000, "-1", "1e3", "\u0661"])
async def test_a_number_that_no_event_has_is_not_found(site: Any, number: str) -> None:
    for path in (f"/events/{number}", f"/events/{number}.json"):
        assert (await site.browser.get(path)).status_code == 404
