"""Scripted faults, applied to requests in order or to those of one person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sendoff_freshdesk.sandbox import create_sandbox

if TYPE_CHECKING:
    from sendoff_freshdesk.sandbox import FreshdeskSandbox


def client(app: FreshdeskSandbox) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://acme.freshdesk.com/api/v2",
        auth=("sandbox-key", "X"),
    )


def person(name: str) -> dict[str, Any]:
    return {"name": name, "email": f"{name}@example.com"}


async def test_scripted_answers_look_like_the_vendors_and_change_nothing() -> None:
    script = "400,401,403,404,429,429:2,500,503:9,html502"
    app = create_sandbox(fail=script)
    async with client(app) as http:
        answers = [await http.post("/contacts", json=person("a")) for _ in script.split(",")]
        assert list(app.contacts.users) == list(create_sandbox().contacts.users)
        assert (await http.post("/contacts", json=person("a"))).status_code == 201
    told = [(answer.status_code, answer.headers.get("retry-after")) for answer in answers]
    assert told == [
        *((400, None), (401, None), (403, None), (404, None), (429, "60"), (429, "2")),
        *((500, None), (503, "9"), (502, None)),
    ]
    assert answers[1].json()["code"] == "invalid_credentials"
    assert answers[2].json()["code"] == "access_denied"
    assert "x-freshdesk-api-version" in answers[6].headers
    assert answers[8].headers["content-type"].startswith("text/html")
    assert "x-freshdesk-api-version" not in answers[8].headers
    assert "x-freshdesk-api-version" not in answers[4].headers


async def test_scripted_answers_per_email_follow_that_person_alone() -> None:
    app = create_sandbox(fail={"a@example.com": [500, 500, 201, 503]})
    async with client(app) as http:
        statuses = [
            (await http.post("/contacts", json=person(name))).status_code
            for name in ("a", "b", "a", "b", "a")
        ]
        ident = next(user.id for user in app.contacts.users.values() if user.name == "a")
        statuses.append((await http.get(f"/contacts/{ident}")).status_code)
        statuses.append((await http.get(f"/contacts/{ident}")).status_code)
    assert statuses == [500, 201, 500, 409, 201, 503, 200]


async def test_a_look_up_by_email_is_about_that_person_too() -> None:
    async with client(create_sandbox(fail={"a@example.com": 500})) as http:
        answer = await http.get("/contacts?email=A@example.com&page=1")
    assert answer.status_code == 500


async def test_a_dropped_request_is_not_done_and_a_lost_one_is() -> None:
    app = create_sandbox(fail="drop,lost,lost:502,ok")
    async with client(app) as http:
        for name in ("a", "b"):
            with pytest.raises(ConnectionAbortedError):
                await http.post("/contacts", json=person(name))
        assert (await http.post("/contacts", json=person("c"))).status_code == 502
        assert (await http.post("/contacts", json=person("b"))).status_code == 409
    held = [user.name for user in app.contacts.users.values() if not user.agent]
    assert held == ["b", "c"]
    assert [each.status for each in app.requests] == [0, 0, 502, 409]


async def test_a_lost_refusal_is_lost_as_well() -> None:
    async with client(create_sandbox(fail="lost")) as http:
        with pytest.raises(ConnectionAbortedError):
            await http.post("/contacts", json={})


async def test_slow_answers_are_done_first_and_waited_for_with_the_given_sleep() -> None:
    slept: list[tuple[float, int]] = []

    async def sleep(seconds: float) -> None:
        slept.append((seconds, len(app.contacts.users)))

    app = create_sandbox(fail="slow:5,ok", delay=0.5, sleep=sleep)
    async with client(app) as http:
        assert (await http.post("/contacts", json=person("a"))).status_code == 201
        assert (await http.post("/contacts", json=person("b"))).status_code == 201
    assert slept == [(5.5, 3), (0.5, 4)]


async def test_a_retry_after_is_not_waited_for_by_the_sandbox() -> None:
    async def sleep(seconds: float) -> None:
        raise AssertionError

    async with client(create_sandbox(fail="429:60", sleep=sleep)) as http:
        assert (await http.get("/agents/me")).status_code == 429
