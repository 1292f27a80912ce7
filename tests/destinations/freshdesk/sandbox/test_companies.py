"""GET and POST /companies."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


async def test_a_company_is_created_found_and_joined() -> None:
    app = create_sandbox()
    async with client(app) as http:
        made = await http.post("/companies", json={"name": "Acme", "domains": ["acme.com"]})
        assert made.status_code == 201
        company = made.json()
        assert len(str(company["id"])) == 12
        assert made.headers["location"].endswith(f"/api/v2/companies/{company['id']}")
        assert (await http.get(f"/companies/{company['id']}")).json() == company
        assert (await http.get("/companies")).json() == [company]
        joined = await http.post("/contacts", json={"name": "A", "email": "a@acme.com"})
    assert joined.json()["company_id"] == company["id"]


@pytest.mark.parametrize(
    ("payload", "status", "code"),
    [
        ({}, 400, "missing_field"),
        ({"name": "A", "x": 1}, 400, "invalid_field"),
        ({"name": "A", "domains": "a.com"}, 400, "datatype_mismatch"),
        ({"name": "Held"}, 409, "duplicate_value"),
    ],
)
async def test_a_company_is_refused_as_a_contact_is(
    payload: dict[str, object], status: int, code: str
) -> None:
    async with client(create_sandbox(companies=[{"name": "Held"}])) as http:
        answer = await http.post("/companies", json=payload)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)


async def test_companies_come_by_name_in_pages() -> None:
    app = create_sandbox(companies=[{"name": "b"}, {"name": "A", "id": 7}, {"name": "C"}])
    async with client(app) as http:
        first = await http.get("/companies?per_page=2")
        assert [company["name"] for company in first.json()] == ["A", "b"]
        second = await http.get(first.links["next"]["url"])
        assert [company["name"] for company in second.json()] == ["C"]
        assert (await http.get("/companies/8")).status_code == 404
