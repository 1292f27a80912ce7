"""Pages and their JSON: what is shown, what is covered, and what cannot break out."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from starlette.requests import Request

from sendoff.debugger.pages import coded, count, pretty, shown

HOSTILE = "<script>alert(1)</script>\u202egnp.exe\u0007"


def test_what_comes_from_outside_is_escaped_isolated_and_spelled_out() -> None:
    assert shown(HOSTILE) == ("<bdi>&lt;script&gt;alert(1)&lt;/script&gt;\\u202egnp.exe\\x07</bdi>")
    assert shown({"<b>": "\u2066"}) == "<bdi>{&#34;&lt;b&gt;&#34;:&#34;\\u2066&#34;}</bdi>"
    assert "none" in shown(None)
    assert "\u202e" not in pretty({"a": [HOSTILE]})
    assert "<script>" not in pretty({"a": [HOSTILE]})


def test_a_value_is_shown_on_as_many_lines_as_it_needs() -> None:
    assert pretty({"a": [1]}).count("\n") == 4


def test_of_a_large_value_the_beginning_is_shown_and_it_is_said() -> None:
    assert pretty([0] * 100_000).count("\n") < 3_000
    for large in (pretty({"a": "x" * 100_000}), shown("x" * 100_000), shown(["x"] * 100_000)):
        assert len(large) < 30_000
        assert "see the JSON of this page" in large
    assert "see the JSON" not in pretty([0] * 100) + shown("x" * 100)


def test_our_own_words_have_their_code_as_code() -> None:
    assert coded("set `a<b` or `c`") == "set <code>a&lt;b</code> or <code>c</code>"


def test_thousands_are_set_apart() -> None:
    assert count(1234567) == "1,234,567"


async def test_a_page_and_its_json_hold_the_same(site: Any) -> None:
    await site.send("m1")
    facts = await site.json("/events/1.json")
    page = await site.page("/events/1")
    assert facts["routes"][0]["sentence"] in page
    assert 'href="/events/1.json"' in page


async def test_people_are_masked_unless_the_address_asks_for_them(site: Any) -> None:
    await site.send("m1", userId="jane.doe@example.com")
    for path in ("/", "/tail.json", "/events/1", "/events/1.json", "/events?id=m1"):
        masked = await site.page(path)
        assert "John Doe" not in masked
        assert "john.doe@" not in masked
        assert "jane.doe@" not in masked
    assert "John Doe" in await site.page("/events/1?clear=1")
    assert "jane.doe@" in await site.page("/tail.json?clear=1")
    assert "John Doe" not in await site.page("/events/1?clear=yes")


async def test_to_show_clear_holds_for_one_page(site: Any) -> None:
    page = await site.page("/?route=support&clear=1")
    assert 'href="/?route=support">Mask</a>' in page
    assert 'href="/tail.json?route=support&amp;clear=1"' in page
    assert 'href="/?route=support&amp;clear=1">Show clear</a>' in await site.page("/?route=support")


@pytest.mark.parametrize("path", ["/events/1", "/", "/events?id=m1"])
async def test_an_event_cannot_break_out_of_its_place(site: Any, path: str) -> None:
    await site.send(
        "m1", userId=HOSTILE, context={"consent": {"marketing": True}, HOSTILE: HOSTILE},
        properties={"method": HOSTILE},
    )  # fmt: skip
    page = await site.page(path)
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "\u0007" not in page
    assert "&lt;script&gt;" in page


async def test_no_secret_is_in_a_page(site: Any) -> None:
    await site.send("m1", userId="sandbox-key", properties={"method": "sandbox-key"})
    for path in ("/", "/tail.json", "/events/1?clear=1", "/events/1.json", "/overview"):
        assert "sandbox-key" not in await site.page(path)


async def test_pages_are_made_beside_the_loop(site: Any) -> None:
    seen: set[int] = set()

    class Watched(dict[str, Any]):
        def items(self) -> Any:
            seen.add(threading.get_ident())
            return super().items()

    scope = {"type": "http", "path": "/any.json", "query_string": b"", "headers": []}
    for path in ("/any.json", "/any"):
        request = Request({**scope, "path": path})
        facts = {"error": "not_found", "detail": "", "inner": Watched(a=1)}
        await site.debugger.pages.respond(request, "missing.html", facts)
    assert seen
    assert threading.get_ident() not in seen


async def test_facts_that_hold_a_secret_are_covered_on_their_way_out(site: Any) -> None:
    scope = {"type": "http", "path": "/any.json", "query_string": b"", "headers": []}
    answer = await site.debugger.pages.respond(Request(scope), "any", {"a": ["is sandbox-key"]})
    assert answer.body == b'{"a":["is ***"]}'
