"""What was delivered is sent a second time: looked at first, and done once."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from sendoff.pipeline_file import Pipeline


@pytest.fixture
def pipeline(pipeline: Pipeline, tmp_path: Path) -> Pipeline:
    """With a store that still has what was sent."""
    return replace(pipeline, store=f"sqlite:{tmp_path / 's.db'}")


async def post(site: Any, query: str, *, suffix: str = ".json", **changed: Any) -> Any:
    """Confirm what the form at an address shows."""
    asked = await site.json(f"/resend.json?{query}")
    form = {"way": asked["way"], "seen": asked["seen"], **asked["given"]}
    token = {"form_token": site.debugger.guard.form_token}
    return await site.browser.post(f"/resend{suffix}", data=token | form | changed)


async def attempts(site: Any, number: int = 1) -> int:
    """Attempts at the deliveries of an event, once all of them are told of."""
    await site.sendoff.drain()
    await site.kept(number)
    [route] = (await site.json(f"/events/{number}.json"))["routes"][:1]
    return sum(each["kind"] == "attempt" for each in route["history"])


async def test_an_event_offers_to_be_sent_again_once_it_was_delivered(site: Any) -> None:
    number = await site.send("m1")
    facts = await site.json(f"/events/{number}.json")
    assert facts["routes"][0]["resend"] == {"recorded": True, "remap": True}
    page = unescape(await site.page(f"/events/{number}"))
    assert f'href="/resend?way=recorded&number={number}&route=support"' in page
    dropped = await site.send("m2", context={})
    assert (await site.json(f"/events/{dropped}.json"))["routes"][0]["resend"] is None


@pytest.mark.parametrize("way", ["recorded", "remap"])
async def test_it_is_sent_a_second_time_under_a_new_id(site: Any, way: str) -> None:
    number = await site.send("m1")
    asked = await site.page(f"/resend?way={way}&number={number}&route=support")
    assert "1 delivery?" in asked
    assert "the destination gets it a second time" in asked
    assert await attempts(site) == 1
    answer = await post(site, f"way={way}&number={number}&route=support", suffix="")
    assert "1 will be sent again" in answer.text
    assert await attempts(site) == 2
    [route] = (await site.json(f"/events/{number}.json"))["routes"][:1]
    assert (route["resent"], route["state"]) == (1, "delivered")
    assert "Sent again on purpose: 1 time." in await site.page(f"/events/{number}")


async def test_a_form_that_is_sent_twice_sends_once(site: Any) -> None:
    await site.send("m1")
    asked = await site.json("/resend.json?way=recorded&number=1")
    assert (await post(site, "way=recorded&number=1")).json()["done"]["queued"] == 1
    await site.sendoff.drain()
    again = await post(site, "way=recorded&number=1", seen=asked["seen"])
    assert again.status_code == 409
    assert "Meanwhile something has changed" in again.json()["wrong"]
    assert await attempts(site) == 2


async def test_all_that_the_tail_shows_is_sent_again_and_nothing_else(site: Any) -> None:
    for number in range(4):
        person = f"usr_{number % 2}"
        traits = {"name": "John Doe", "email": f"{person}@example.com"}
        context = {"consent": {"marketing": True}, "traits": traits}
        await site.send(f"m{number}", userId=person, context=context)
    await site.send("silent", context={}, userId="usr_1")
    page = unescape(await site.page("/?person=usr_1&outcome=delivered"))
    assert 'href="/resend?way=recorded&outcome=delivered&person=usr_1"' in page
    asked = await site.json("/resend.json?way=recorded&person=usr_1&outcome=delivered")
    shown = await site.json("/tail.json?person=usr_1&outcome=delivered")
    assert asked["total"] == len(shown["rows"]) == 2
    assert asked["routes"] == [{"route": "support", "count": asked["total"]}]
    answer = await post(site, "way=recorded&person=usr_1&outcome=delivered")
    assert answer.json()["done"]["queued"] == asked["total"]
    await site.sendoff.drain()
    silent = await site.json("/resend.json?way=remap&event=Signed+Up&outcome=drop")
    assert (silent["total"], silent["left"]) == (0, [])


async def test_what_comes_while_somebody_reads_is_not_sent_with_it(site: Any) -> None:
    await site.send("m1")
    asked = await site.json("/resend.json?way=recorded&route=support")
    await site.send("m2")
    upto = {"way": "recorded", "seen": asked["seen"], **asked["given"]}
    token = {"form_token": site.debugger.guard.form_token}
    answer = await site.browser.post("/resend.json", data=token | upto)
    assert answer.json()["done"]["queued"] == asked["total"] == 1


async def test_what_was_not_sent_is_left_with_its_reason(site: Any) -> None:
    await site.send("m1", context={})
    asked = await site.json("/resend.json?way=remap&number=1")
    assert asked["total"] == 0
    assert [each["why"] for each in asked["left"]] == ["was not sent: `sendoff explain` says why"]
    page = await site.page("/resend?way=remap&number=1")
    assert "<code>sendoff explain</code>" in page
    assert "<button" not in page


@pytest.mark.parametrize("form", [{}, {"form_token": "guessed"}])
async def test_a_form_of_another_page_does_nothing(site: Any, form: dict[str, str]) -> None:
    await site.send("m1")
    asked = await site.json("/resend.json?way=recorded&number=1")
    data = {"way": "recorded", "seen": asked["seen"], "number": "1", **form}
    assert (await site.browser.post("/resend", data=data)).status_code == 403
    foreign = {"Origin": "http://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    data["form_token"] = site.debugger.guard.form_token
    answer = await site.browser.post("/resend", data=data, headers=foreign)
    assert answer.status_code == 403
    assert await attempts(site) == 1


@pytest.mark.parametrize("query", ["number=x", "since=soon", "upto=-1", "way=burn"])
async def test_what_cannot_be_meant_is_told(site: Any, query: str) -> None:
    answer = await site.browser.get(f"/resend?{query}")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    name, _, value = query.partition("=")
    form = {"form_token": site.debugger.guard.form_token, name: value}
    assert (await site.browser.post("/resend", data=form)).status_code in (400, 409)


async def test_values_of_the_filter_are_escaped(site: Any) -> None:
    page = await site.page("/resend?person=%3Cscript%3E&text=%22%3E%3Cb%3E")
    assert "<script>" not in page
    assert '"><b>' not in page
