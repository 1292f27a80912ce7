"""The rate limit: a minute for the account, and one for its list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from sendoff_freshdesk.sandbox import create_sandbox

if TYPE_CHECKING:
    from sendoff_freshdesk.sandbox import FreshdeskSandbox


def client(app: FreshdeskSandbox, key: str = "sandbox-key") -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://acme.freshdesk.com/api/v2",
        auth=(key, "X"),
    )


async def test_a_429_has_retry_after_and_content_type_and_nothing_else() -> None:
    now = [0.0]
    async with client(create_sandbox(rate_limit=1, clock=lambda: now[0])) as http:
        await http.get("/agents/me")
        now[0] = 25.5
        answer = await http.get("/agents/me")
    assert answer.status_code == 429
    assert answer.content == b""
    assert dict(answer.headers) == {
        "retry-after": "35",
        "content-type": "application/json; charset=utf-8",
        "content-length": "0",
    }


async def test_requests_count_for_the_account_whatever_their_key_and_worth() -> None:
    async with client(create_sandbox(rate_limit=4)) as http:
        answers = [
            await http.get("/agents/me", auth=("wrong", "X")),
            await http.get("/nothing"),
            await http.get("/contacts", auth=("readonly-key", "X")),
            await http.get("/agents/me"),
            await http.get("/agents/me"),
        ]
    assert [answer.status_code for answer in answers] == [401, 404, 403, 200, 429]
    assert [answer.headers.get("x-ratelimit-remaining") for answer in answers] == [
        *("3", "2", "1", "0"),
        None,
    ]


async def test_a_new_minute_has_the_whole_limit_again() -> None:
    now = [10.0]
    async with client(create_sandbox(rate_limit=1, clock=lambda: now[0])) as http:
        statuses = []
        for now[0] in (10.0, 69.9, 70.0, 70.0):
            statuses.append((await http.get("/agents/me")).status_code)
    assert statuses == [200, 429, 200, 429]


async def test_retry_after_is_at_least_one_second_and_can_be_fixed() -> None:
    now = [0.0]
    waits = []
    for seconds in (None, 7, 0):
        now[0] = 0.0
        app = create_sandbox(rate_limit=1, clock=lambda: now[0], retry_after=seconds)
        async with client(app) as http:
            await http.get("/agents/me")
            now[0] = 59.999
            waits.append((await http.get("/agents/me")).headers["retry-after"])
    assert waits == ["1", "7", "0"]


async def test_the_list_has_a_limit_of_its_own() -> None:
    app = create_sandbox(rate_limit=10, list_limit=1)
    user = app.contacts.create({"name": "A", "phone": "1"})
    async with client(app) as http:
        statuses = [
            (await http.get(path)).status_code
            for path in ("/contacts", "/contacts?page=1", f"/contacts/{user.id}", "/contacts/")
        ]
        statuses.append((await http.post("/contacts", json={})).status_code)
    assert statuses == [200, 429, 200, 429, 400]


async def test_a_clock_that_goes_back_begins_a_new_minute() -> None:
    now = [1000.0]
    async with client(create_sandbox(rate_limit=1, clock=lambda: now[0])) as http:
        await http.get("/agents/me")
        now[0] = 0.0
        assert (await http.get("/agents/me")).status_code == 200


async def test_the_page_of_the_sandbox_costs_nothing() -> None:
    async with client(create_sandbox(rate_limit=1)) as http:
        await http.get("http://acme.freshdesk.com/_sandbox")
        assert (await http.get("/agents/me")).status_code == 200
