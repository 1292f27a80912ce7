"""GET /search/contacts and its index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sendoff_freshdesk.sandbox import create_sandbox

if TYPE_CHECKING:
    from sendoff_freshdesk.sandbox import FreshdeskSandbox


async def get(app: FreshdeskSandbox, query: str, **parameters: str) -> httpx.Response:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://acme.freshdesk.com/api/v2"
    ) as http:
        return await http.get(
            "/search/contacts",
            params={"query": f'"{query}"', **parameters},
            auth=("sandbox-key", "X"),
        )


async def total(app: FreshdeskSandbox, query: str) -> int:
    answer: dict[str, Any] = (await get(app, query)).json()
    return int(answer["total"])


async def test_a_search_answers_a_total_and_contacts_in_the_shape_of_a_list() -> None:
    app = create_sandbox()
    user = app.contacts.create({"name": "A", "email": "a@example.com", "tags": ["vip"]})
    answer = (await get(app, "email:'A@example.com' AND tag:'vip'")).json()
    assert answer["total"] == 1
    assert answer["results"][0]["id"] == user.id
    assert not {"tags", "other_emails", "deleted"} & answer["results"][0].keys()


async def test_custom_text_number_checkbox_and_drop_down_can_be_searched() -> None:
    app = create_sandbox()
    custom = {"signup_method": "email", "seats": 3, "newsletter": True, "plan": "free"}
    app.contacts.create({"name": "A", "phone": "1", "custom_fields": custom})
    query = "signup_method:'email' AND seats:>2 AND newsletter:true AND plan:'free'"
    assert await total(app, query) == 1


@pytest.mark.parametrize("query", ["unique_external_id:'1'", "name:'A'", "biography:'x'"])
async def test_what_the_vendor_does_not_index_cannot_be_searched(query: str) -> None:
    answer = await get(create_sandbox(), query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "query"


async def test_language_and_time_zone_are_found_by_their_defaults() -> None:
    app = create_sandbox()
    app.contacts.create({"name": "A", "phone": "1"})
    app.contacts.create({"name": "B", "phone": "1", "language": "de", "time_zone": "London"})
    assert await total(app, "language:'en' AND time_zone:'Eastern Time (US & Canada)'") == 1
    assert await total(app, "language:'de' AND time_zone:'London'") == 1


async def test_deleted_contacts_and_agents_are_not_found_and_restored_ones_are() -> None:
    app = create_sandbox(agents=["x@example.com"])
    user = app.contacts.create({"name": "A", "email": "a@example.com"})
    promoted = app.contacts.create({"name": "B", "email": "b@example.com"})
    app.contacts.make_agent(promoted.id)
    assert await total(app, "active:false OR active:true") == 1
    app.contacts.delete(user.id)
    assert await total(app, "active:false") == 0
    app.contacts.restore(user.id)
    assert await total(app, "active:false") == 1
    app.contacts.hard_delete(user.id, force=True)
    assert await total(app, "active:false") == 0


async def test_the_index_sees_a_change_after_its_lag() -> None:
    now = [0.0]
    app = create_sandbox(search_lag=120, clock=lambda: now[0])
    user = app.contacts.create({"name": "A", "phone": "1"})
    assert await total(app, "phone:'1'") == 0
    now[0] = 100.0
    app.contacts.update(user.id, {"phone": "2"})
    now[0] = 120.0
    assert await total(app, "phone:'1'") == 1
    assert await total(app, "phone:'2'") == 0
    now[0] = 220.0
    assert await total(app, "phone:'2'") == 1


async def test_a_page_has_thirty_results_and_there_are_ten_pages() -> None:
    app = create_sandbox()
    for number in range(35):
        app.contacts.create({"name": str(number), "phone": "1"})
    second = (await get(app, "phone:'1'", page="2")).json()
    assert (second["total"], len(second["results"])) == (35, 5)
    assert (await get(app, "phone:'1'", page="10")).json()["results"] == []
    assert (await get(app, "phone:'1'", page="11")).status_code == 400
