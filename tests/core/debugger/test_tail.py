"""The live tail: its page, its JSON, and its stream, which loses nothing."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from sendoff.debugger.app import application
from sendoff.debugger.tail import MOST_STREAMS
from sendoff.serving import serve

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # httpx would read all authorities for each client
NO_LIMITS = httpx.Limits(max_connections=None)


@pytest.fixture
async def socket(site: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the debugger over a socket: a stream has no end."""
    async with (
        serve(application(site.debugger)) as server,
        httpx.AsyncClient(
            base_url=server.url, timeout=10.0, verify=NO_TLS, limits=NO_LIMITS
        ) as client,
    ):
        yield client


async def streamed(
    client: httpx.AsyncClient, path: str, wanted: int, last: int | None = None
) -> tuple[int, list[dict[str, Any]]]:
    """The first rows of a stream, at least so many, and the last id it gave."""
    headers = {} if last is None else {"last-event-id": str(last)}
    rows: list[dict[str, Any]] = []
    number = -1
    async with client.stream("GET", path, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                number = int(value)
            elif name == "data":
                rows += json.loads(value)
            elif not line and len(rows) >= wanted and number >= 0:
                break
    return number, rows


async def test_what_happened_is_shown_newest_first(site: Any) -> None:
    await site.send("m1")
    await site.send("m1")
    rows = (await site.json("/tail.json"))["rows"]
    assert [row["outcome"] for row in rows] == [
        "duplicate", "delivered", "request", "send",
    ]  # fmt: skip
    assert [row["status"] for row in rows] == [None, None, 201, None]
    assert {(row["route"], row["mark"], row["tone"]) for row in rows[1:]} == {("support", "S", 0)}
    assert {(row["event"], row["person"]) for row in rows} == {("Signed Up", "usr_123")}
    assert [row["number"] for row in rows] == [2, 1, 1, 1]


@pytest.mark.parametrize(
    ("query", "outcomes"),
    [
        ("route=support", ["drop", "delivered", "request", "send"]),
        ("route=other", []),
        ("outcome=drop", ["drop"]),
        ("reason=no_consent", ["drop"]),
        ("rule=signed_up", ["delivered", "request", "send"]),
        ("event=signed-up", ["drop", "delivered", "request", "send"]),
        ("person=usr_9", ["drop"]),
        ("person=john.doe@example.com&outcome=send", ["send"]),
        ("status=2xx", ["request"]),
        ("text=MARKETING CONSENT", ["drop"]),
        ("since=2999-01-01", []),
    ],
)
async def test_filters_say_what_is_wanted_of_page_and_stream(
    site: Any, socket: httpx.AsyncClient, query: str, outcomes: list[str]
) -> None:
    await site.send("m1")
    await site.send("m2", userId="usr_9", context={})
    assert [row["outcome"] for row in (await site.json(f"/tail.json?{query}"))["rows"]] == outcomes
    assert (await site.page(f"/?{query}")).count('<li class="row"') == len(outcomes) + 1
    _last, rows = await streamed(socket, f"/tail.events?{query}&after=0", len(outcomes))
    assert [row["outcome"] for row in rows] == outcomes[::-1]


async def test_a_filter_that_cannot_be_read_is_said_so(site: Any) -> None:
    for path in ("/", "/tail.json", "/tail.events"):
        answer = await site.browser.get(f"{path}?since=yesterday")
        assert answer.status_code == 400
        assert "is no time: write it like 2026-01-02T14:05" in answer.text


async def test_a_stream_tells_of_what_comes(site: Any, socket: httpx.AsyncClient) -> None:
    await site.send("m1")
    last = (await site.json("/tail.json"))["last"]
    await site.send("m2")
    _last, rows = await streamed(socket, f"/tail.events?after={last}", 3)
    assert {row["number"] for row in rows} == {2}


async def test_a_reconnect_loses_nothing_and_repeats_nothing(
    site: Any, socket: httpx.AsyncClient
) -> None:
    await site.send("m1")
    last, first = await streamed(socket, "/tail.events?after=0", 1)
    await site.send("m2")
    _last, second = await streamed(socket, "/tail.events?after=0", 6 - len(first), last)
    rows = (await site.json("/tail.json"))["rows"]
    assert [*first, *second] == rows[::-1]


async def test_a_store_that_was_made_anew_is_read_from_its_start(
    site: Any, socket: httpx.AsyncClient
) -> None:
    await site.send("m1")
    _last, rows = await streamed(socket, "/tail.events", 3, last=5_000)
    assert {row["number"] for row in rows} == {1}


async def test_an_id_that_is_no_number_is_refused(site: Any) -> None:
    answer = await site.browser.get("/tail.events", headers={"last-event-id": "x"})
    assert (answer.status_code, answer.text) == (400, "`after` is no number\n")


async def test_an_empty_tail_says_so(site: Any) -> None:
    assert "Nothing has happened yet" in await site.page("/")
    assert "Nothing fits these filters yet" in await site.page("/?route=support")


async def test_the_page_leads_to_what_is_older(site: Any) -> None:
    await site.sendoff.send_many(
        [{"type": "page", "messageId": f"p{n}", "anonymousId": "a1"} for n in range(250)]
    )
    await site.kept(250)
    facts = await site.json("/tail.json?route=support")
    assert len(facts["rows"]) == 200
    assert facts["older"] == facts["rows"][-1]["at"]
    older = facts["older"].replace(":", "%3A")
    assert f'href="/?route=support&amp;until={older}">Older</a>' in await site.page(
        "/tail?route=support"
    )


async def test_who_asks_for_the_head_of_the_stream_gets_no_stream(socket: Any) -> None:
    answer = await socket.head("/tail.events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (await socket.get("/tail.json")).status_code == 200


async def test_more_streams_than_anybody_looks_at_are_refused(socket: Any) -> None:
    async with AsyncExitStack() as open_ones:
        for _ in range(MOST_STREAMS):
            answer = await open_ones.enter_async_context(socket.stream("GET", "/tail.events"))
            assert answer.status_code == 200
        assert (await socket.get("/tail.events")).status_code == 503
        assert (await socket.get("/tail.json")).status_code == 200
    async with asyncio.timeout(10):
        while True:
            async with socket.stream("GET", "/tail.events") as again:
                if again.status_code == 200:
                    break
            await asyncio.sleep(0.05)


async def test_others_have_their_turns_while_a_filter_looks_for_what_is_not_there(
    site: Any,
) -> None:
    await site.sendoff.send_many(
        json.dumps({"type": "page", "userId": "usr_123", "messageId": f"m{n}"})
        for n in range(1_000)
    )
    await site.sendoff.drain()
    looking = asyncio.ensure_future(site.json("/tail.json?text=nothing-of-the-kind"))
    turns = 0
    while not looking.done():
        await asyncio.sleep(0)
        turns += 1
    assert (await looking)["rows"] == []
    assert turns > 150
