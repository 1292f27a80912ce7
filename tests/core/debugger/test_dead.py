"""What is dead: counted, shown, and sent again or given up."""

from __future__ import annotations

from typing import Any

import pytest

from sendoff.documents import read_document
from sendoff.pipeline_file import Surroundings, load_pipeline
from sendoff.store.deaths import DeadQuery


async def die(site: Any, message_id: str = "m1") -> int:
    """A sign-up whose address of mail cannot be one."""
    traits = {"name": "John Doe", "email": "john@@example.com"}
    context = {"consent": {"marketing": True}, "traits": traits}
    number: int = await site.send(message_id, context=context)
    return number


async def post(site: Any, path: str, **form: Any) -> Any:
    return await site.browser.post(
        path, data={"form_token": site.debugger.guard.form_token, **form}
    )


async def demand_more(site: Any, around: Surroundings) -> None:
    """Let the route demand a consent that nobody gave."""
    pipeline = load_pipeline(
        read_document(
            "apiVersion: sendoff/v1\nkind: Pipeline\nname: acme\nstore: memory\nroutes:\n"
            "  support:\n    destination: freshdesk\n    blueprint: freshdesk/default\n"
            "    consent: [personalization]\n"
            "    settings: {domain: acme, api_key: sandbox-key}\n",
            site.sendoff.pipeline.file,
        ),
        around,
    )
    await site.sendoff.reload(pipeline)


async def test_what_is_dead_is_counted_and_told(site: Any) -> None:
    await die(site)
    await die(site, "m2")
    facts = await site.json("/dead.json")
    assert (facts["total"], len(facts["letters"])) == (2, 2)
    assert facts["counts"][0]["reason"] == "invalid_payload"
    assert facts["counts"][0]["remedy"].startswith("correct the value")
    page = await site.page("/dead")
    assert "john@@" not in page
    assert 'href="/events/1"' in page


async def test_letters_are_filtered(site: Any) -> None:
    await die(site)
    await die(site, "m2")
    for query, count in (
        ("route=support", 2), ("route=other", 0), ("reason=invalid_payload", 2), ("event=2", 1),
        ("newer=1h", 2), ("older=1h", 0), ("event=7", 0),
    ):  # fmt: skip
        assert (await site.json(f"/dead.json?{query}"))["total"] == count, query


@pytest.mark.parametrize("query", ["newer=soon", "event=x"])
async def test_a_filter_that_is_none_is_told(site: Any, query: str) -> None:
    answer = await site.browser.get(f"/dead?{query}")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert (await site.browser.get(f"/dead/resend?{query}")).status_code == 400
    assert (await post(site, "/dead/resend", **dict([query.split("=")]))).status_code == 400


async def test_what_would_be_touched_is_counted_before_anything_is_done(site: Any) -> None:
    await die(site)
    page = await site.page("/dead/resend?way=discard&route=support")
    assert "1 dead letter?" in page
    assert "cannot be brought back" in page
    assert (await site.json("/dead.json"))["total"] == 1


async def test_all_that_fits_is_given_up(site: Any) -> None:
    await die(site)
    await die(site, "m2")
    answer = await post(site, "/dead/resend.json", way="discard", count=1, event=2)
    assert answer.json()["done"]["discarded"] == 1
    assert [each["event_number"] for each in (await site.json("/dead.json"))["letters"]] == [1]


async def test_a_count_that_no_longer_holds_is_told_and_nothing_is_done(site: Any) -> None:
    await die(site)
    answer = await post(site, "/dead/resend", way="discard", count=3)
    assert answer.status_code == 409
    assert "Meanwhile it is 1: look again." in answer.text
    assert (await site.json("/dead.json"))["total"] == 1


@pytest.mark.parametrize("form", [{}, {"form_token": "guessed"}])
async def test_a_form_of_another_page_does_nothing(site: Any, form: dict[str, str]) -> None:
    await die(site)
    answer = await site.browser.post("/dead/resend", data={"way": "discard", "count": "1", **form})
    assert answer.status_code == 403
    assert (await site.json("/dead.json"))["total"] == 1


async def test_what_has_no_delivery_cannot_be_sent_as_recorded(site: Any) -> None:
    await die(site)
    answer = await post(site, "/dead/resend.json", way="recorded", count=1)
    assert list(answer.json()["left"]) == [
        "there is nothing to send: correct what is wrong, then decide it anew"
    ]


async def test_a_letter_is_sent_again_as_it_was_recorded(site: Any, around: Surroundings) -> None:
    number = await site.send("m1")
    [first] = await site.sendoff.store.decisions([number])
    # A contact that another one's id is on cannot be written.
    await site.send("m2", userId="usr_9")
    [letter] = await site.sendoff.store.dead(DeadQuery())
    assert letter.delivery is not None
    answer = await post(site, "/dead/resend", way="recorded", count=1, id=letter.id)
    assert "1 will be sent again" in answer.text
    await site.sendoff.drain()
    [again] = await site.sendoff.store.dead(DeadQuery())
    assert again.id not in (letter.id, first.decisions[0].delivery_id)


async def test_a_letter_is_decided_anew(site: Any, around: Surroundings) -> None:
    await die(site)
    await demand_more(site, around)
    answer = await post(site, "/dead/resend.json", way="remap", count=1)
    assert answer.json()["done"]["dropped"] == {"no_consent": 1}
    assert (await site.json("/dead.json"))["total"] == 0


async def test_a_way_that_is_none_does_nothing(site: Any) -> None:
    await die(site)
    assert (await post(site, "/dead/resend", way="burn", count=1)).status_code in (400, 409)
    assert (await site.browser.get("/dead/resend?way=burn")).status_code == 400
    assert (await site.json("/dead.json"))["total"] == 1
