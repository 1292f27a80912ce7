"""GET /contacts: filters, order and pages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import pytest

from sendoff_freshdesk.sandbox import create_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendoff_freshdesk.sandbox import FreshdeskSandbox


def client(app: FreshdeskSandbox) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://acme.freshdesk.com/api/v2",
        auth=("sandbox-key", "X"),
    )


async def names(app: FreshdeskSandbox, query: str = "") -> list[str]:
    async with client(app) as http:
        answer = await http.get(f"/contacts{query}")
    assert answer.status_code == 200, answer.text
    return [contact["name"] for contact in answer.json()]


@pytest.fixture
def people() -> FreshdeskSandbox:
    now = [1_000_000_000.0]
    app = create_sandbox(clock=lambda: now[0], companies=[{"id": 23, "name": "Acme"}])
    contacts = app.contacts
    contacts.create({"name": "carl", "email": "c@example.com", "unique_external_id": "3"})
    contacts.create({"name": "Anna", "phone": "+1 2", "mobile": "7", "company_id": 23})
    now[0] += 1000
    bert = contacts.create(
        {"name": "Bert", "email": "b+x@example.com", "other_emails": ["bb@example.com"]}
    )
    bert.active = True
    gone = contacts.create({"name": "Gone", "email": "g@example.com"})
    contacts.delete(gone.id)
    contacts.create({"name": "Stop", "email": "s@example.com"}).blocked = True
    return app


async def test_contacts_come_by_name_without_deleted_and_blocked_ones(
    people: FreshdeskSandbox,
) -> None:
    assert await names(people) == ["Anna", "Bert", "carl"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?email=b%2Bx@example.com", ["Bert"]),
        ("?email=B%2BX@Example.com", ["Bert"]),
        ("?email=bb@example.com", ["Bert"]),
        ("?email=b+x@example.com", []),
        ("?email=g@example.com", []),
        ("?email=g@example.com&state=deleted", ["Gone"]),
        ("?phone=%2B1%202", ["Anna"]),
        ("?mobile=7", ["Anna"]),
        ("?company_id=23", ["Anna"]),
        ("?unique_external_id=3", ["carl"]),
        ("?state=verified", ["Bert"]),
        ("?state=unverified", ["Anna", "carl"]),
        ("?state=blocked", ["Stop"]),
        ("?state=deleted", ["Gone"]),
        ("?contact_type=contact", ["Anna", "Bert", "carl"]),
        ("?contact_type=visitor", []),
        ("?updated_since=2001-09-09T01:46:41Z", ["Bert"]),
        ("?updated_since=2001-09-09T01:46:40", ["Anna", "Bert", "carl"]),
        ("?_updated_since=2001-09-09T01:46:41Z", ["Bert"]),
        ("?mobile=7&company_id=23", ["Anna"]),
        ("?mobile=7&state=verified", []),
    ],
)
async def test_a_filter_finds_and_filters_combine(
    people: FreshdeskSandbox, query: str, found: list[str]
) -> None:
    assert await names(people, query) == found


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's time zone."""
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("tokyo")
async def test_a_time_without_a_zone_is_utc_wherever_the_sandbox_runs(
    people: FreshdeskSandbox,
) -> None:
    assert await names(people, "?updated_since=2001-09-09T01:46:41") == ["Bert"]
    assert await names(people, "?updated_since=2001-09-09T07:16:41%2B05:30") == ["Bert"]


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("?state=gone", "state", "invalid_value"),
        ("?contact_type=agent", "contact_type", "invalid_value"),
        ("?updated_since=yesterday", "updated_since", "invalid_value"),
        ("?name=Bert", "name", "invalid_field"),
        ("?per_page=101", "per_page", "invalid_value"),
        ("?per_page=0", "per_page", "invalid_value"),
        ("?per_page=", "per_page", "invalid_value"),
        ("?per_page=%C2%B2", "per_page", "invalid_value"),
        ("?page=-1", "page", "invalid_value"),
        ("?page=1.5", "page", "invalid_value"),
        ("?page=99999999999999999999", "page", "invalid_value"),
    ],
)
async def test_a_query_that_makes_no_sense_is_400(
    people: FreshdeskSandbox, query: str, field: str, code: str
) -> None:
    async with client(people) as http:
        answer = await http.get(f"/contacts{query}")
    assert answer.status_code == 400
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [(field, code)]


async def test_an_account_may_ignore_or_refuse_the_undocumented_filter() -> None:
    for mode, status, count in [("supported", 200, 1), ("ignored", 200, 2), ("refused", 400, 2)]:
        app = create_sandbox(external_id_filter=mode)
        for ident in ("1", "2"):
            app.contacts.create({"name": ident, "unique_external_id": ident})
        async with client(app) as http:
            answer = await http.get("/contacts?unique_external_id=1")
        assert answer.status_code == status
        assert len(answer.json()) == count


async def test_pages_follow_the_link_header_until_there_is_none() -> None:
    app = create_sandbox()
    for number in range(65):
        app.contacts.create({"name": f"{number:03}", "phone": "+1"})
    async with client(app) as http:
        url, pages = "/contacts?phone=%2B1", []
        while url:
            answer = await http.get(url)
            pages.append([contact["name"] for contact in answer.json()])
            url = answer.links.get("next", {}).get("url", "")
            if url:
                assert url.startswith("http://acme.freshdesk.com/api/v2/contacts?")
    assert [len(page) for page in pages] == [30, 30, 5]
    assert [name for page in pages for name in page] == [f"{number:03}" for number in range(65)]


async def test_a_full_last_page_has_no_link() -> None:
    app = create_sandbox()
    for number in range(4):
        app.contacts.create({"name": str(number), "phone": "1"})
    async with client(app) as http:
        first = await http.get("/contacts?per_page=2")
        last = await http.get("/contacts?per_page=2&page=2")
        beyond = await http.get("/contacts?per_page=2&page=3")
    assert "link" in first.headers
    assert [contact["name"] for contact in last.json()] == ["2", "3"]
    assert "link" not in last.headers
    assert beyond.json() == []
