"""The sandbox's own page and controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sendoff_freshdesk.sandbox import create_sandbox

if TYPE_CHECKING:
    from sendoff_freshdesk.sandbox import FreshdeskSandbox


def client(app: FreshdeskSandbox) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8002")


async def contents(app: FreshdeskSandbox) -> dict[str, Any]:
    async with client(app) as http:
        answer = await http.get("/_sandbox")
    assert answer.status_code == 200
    shown: dict[str, Any] = answer.json()
    return shown


async def test_the_page_shows_what_the_sandbox_holds_without_credentials() -> None:
    app = create_sandbox(agents=["agent@example.com"], companies=[{"name": "Acme"}], fail="500*2")
    kept = app.contacts.create({"name": "A", "email": "a@example.com", "tags": ["vip"]})
    app.contacts.delete(app.contacts.create({"name": "B", "phone": "1"}).id)
    shown = await contents(app)
    assert shown["counts"] == {
        "contacts": 2,
        "deleted": 1,
        "blocked": 0,
        "agents": 3,
        "companies": 1,
        "requests": 0,
        "by_status": {},
    }
    assert shown["contacts"][0]["id"] == kept.id
    assert shown["contacts"][0]["tags"] == ["vip"]
    assert shown["agents"][2]["contact"]["email"] == "agent@example.com"
    assert shown["companies"][0]["name"] == "Acme"
    assert shown["fail"] == {"*": ["500*2"]}


async def test_the_page_says_why_a_request_was_refused_and_never_shows_a_key() -> None:
    app = create_sandbox(api_key="a-secret-key")
    async with client(app) as http:
        await http.post(
            "/api/v2/contacts", json={"name": "A", "nope": 1}, auth=("a-secret-key", "X")
        )
        page = await http.get("/_sandbox")
    (request,) = page.json()["requests"]
    assert (request["method"], request["path"], request["status"]) == (
        "POST",
        "/api/v2/contacts",
        400,
    )
    assert "nope: Unexpected/invalid field in request" in request["reason"]
    assert page.json()["counts"]["by_status"] == {"400": 1}
    assert "a-secret-key" not in page.text


async def test_the_page_shows_the_last_hundred_requests() -> None:
    app = create_sandbox()
    async with client(app) as http:
        for number in range(103):
            await http.get(f"/api/v2/{number}")
    shown = await contents(app)
    assert [each["path"] for each in shown["requests"]][::99] == ["/api/v2/3", "/api/v2/102"]


async def test_delete_gives_the_account_back_as_it_was_at_the_start() -> None:
    app = create_sandbox(agents=["agent@example.com"], rate_limit=2, fail="500")
    before = await contents(app)
    async with client(app) as http:
        for _ in range(2):
            await http.post(
                "/api/v2/contacts", json={"name": "A", "phone": "1"}, auth=("sandbox-key", "X")
            )
        assert (await http.delete("/_sandbox")).status_code == 204
    after = await contents(app)
    assert before["counts"] == after["counts"]
    assert after["fail"] == {"*": ["500"]}
    async with client(app) as http:
        answer = await http.get("/api/v2/agents/me", auth=("sandbox-key", "X"))
    assert answer.status_code == 500


async def test_a_contact_can_be_blocked_unblocked_and_verified() -> None:
    app = create_sandbox()
    user = app.contacts.create({"name": "A", "phone": "1"})
    async with client(app) as http:
        for control, expected in [
            ("block", {"active": False, "blocked": True}),
            ("unblock", {"active": False, "blocked": False}),
            ("verify", {"active": True, "blocked": False}),
        ]:
            answer = await http.post(f"/_sandbox/contacts/{user.id}/{control}")
            assert (answer.status_code, answer.json()) == (200, {"id": user.id, **expected})
    assert (user.active, user.blocked) == (True, False)
    assert (await contents(app))["counts"]["blocked"] == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/_sandbox/contacts/1/block"),
        ("POST", "/_sandbox/contacts/101000000001/block"),
        ("POST", "/_sandbox/contacts/x/block"),
        ("POST", "/_sandbox/contacts/1/erase"),
        ("GET", "/_sandbox/contacts/1/block"),
        ("PUT", "/_sandbox"),
        ("GET", "/_sandbox/nothing"),
    ],
)
async def test_a_control_that_is_not_there_is_404(method: str, path: str) -> None:
    async with client(create_sandbox()) as http:
        answer = await http.request(method, path)
    assert answer.status_code == 404
    assert answer.json()["error"]


async def test_a_script_can_be_set_while_the_sandbox_runs() -> None:
    app = create_sandbox(fail="503*")
    async with client(app) as http:
        answer = await http.post("/_sandbox/fail", json=["500", 502])
        assert answer.json() == {"fail": {"*": ["500", "502"]}}
        statuses = [
            (await http.get("/api/v2/agents/me", auth=("sandbox-key", "X"))).status_code
            for _ in range(3)
        ]
        assert statuses == [500, 502, 200]
        cleared = await http.post("/_sandbox/fail", json={})
        assert cleared.json() == {"fail": {}}


@pytest.mark.parametrize("body", [b"", b"500,503", b'"x"', b"[null]", b"[" * 100_000, b'"\xff"'])
async def test_what_is_no_script_is_refused_and_the_old_one_stays(body: bytes) -> None:
    app = create_sandbox(fail="500")
    async with client(app) as http:
        answer = await http.post("/_sandbox/fail", content=body)
    assert answer.status_code == 400
    assert app.faults.coming() == {"*": ["500"]}
