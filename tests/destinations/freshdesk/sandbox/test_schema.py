"""GET /contact_fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sendoff_freshdesk.sandbox import create_sandbox
from sendoff_freshdesk.sandbox.switches import SWITCHES

if TYPE_CHECKING:
    from sendoff_freshdesk.sandbox import FreshdeskSandbox


async def get(app: FreshdeskSandbox, path: str = "") -> httpx.Response:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://acme.freshdesk.com/api/v2"
    ) as http:
        return await http.get(f"/contact_fields{path}", auth=("sandbox-key", "X"))


async def fields(**switches: Any) -> dict[str, dict[str, Any]]:
    answer = await get(create_sandbox(**switches))
    assert answer.status_code == 200
    return {field["name"]: field for field in answer.json()}


async def test_every_field_has_the_documented_properties() -> None:
    listed = await fields()
    properties = {
        *("id", "name", "label", "label_for_customers", "position", "type", "default"),
        *("required_for_agents", "required_for_customers", "agents_can_edit"),
        *("displayed_for_agents", "quick_add_for_agent", "customers_can_edit"),
        *("displayed_for_customers", "editable_in_signup", "unique", "created_at", "updated_at"),
    }
    for field in listed.values():
        assert field.keys() - {"choices"} == properties
        assert field["type"].startswith("default_" if field["default"] else "custom_")


async def test_the_default_fields_have_the_names_of_the_schema_not_of_the_payload() -> None:
    listed = await fields()
    defaults = [name for name, field in listed.items() if field["default"]]
    assert defaults == [
        *("name", "job_title", "email", "phone", "mobile", "twitter_id", "company_name"),
        *("address", "time_zone", "language", "tag_names", "description", "unique_external_id"),
        *("twitter_profile_status", "twitter_followers_count"),
    ]
    assert listed["name"]["required_for_agents"]
    assert listed["language"]["choices"]["de"] == "German"
    assert listed["time_zone"]["choices"]["London"] == "(GMT+00:00) London"


async def test_there_is_a_custom_field_of_each_type() -> None:
    listed = await fields()
    custom = {field["type"] for field in listed.values() if not field["default"]}
    (schema,) = [switch.schema for switch in SWITCHES if switch.name == "custom_fields"]
    assert custom == set(schema["items"]["anyOf"][1]["properties"]["type"]["enum"])
    assert listed["signup_method"]["type"] == "custom_text"
    assert listed["plan"]["choices"][1] == {
        "id": 2,
        "label": "growth",
        "value": "growth",
        "position": 2,
    }


async def test_switches_add_replace_and_remove_fields_and_flag_them() -> None:
    listed = await fields(
        custom_fields=["nickname", {"name": "plan", "type": "custom_text", "label": "The plan"}],
        removed_fields=["seats"],
        required_fields=["plan", "phone"],
        unique_fields=["plan", "mobile"],
    )
    assert listed["nickname"]["type"] == "custom_text"
    assert listed["nickname"]["label"] == "Nickname"
    assert (listed["plan"]["type"], listed["plan"]["label"]) == ("custom_text", "The plan")
    assert "seats" not in listed
    flagged = [name for name, field in listed.items() if field["required_for_agents"]]
    assert flagged == ["name", "phone", "plan"]
    assert [name for name, field in listed.items() if field["unique"]] == ["mobile", "plan"]


async def test_one_field_can_be_asked_for_by_its_id() -> None:
    app = create_sandbox()
    phone = (await get(app)).json()[3]
    assert (await get(app, f"/{phone['id']}")).json() == phone
    assert (await get(app, "/1")).status_code == 404


@pytest.mark.parametrize("path", ["", "/103000000001"])
async def test_an_account_may_keep_its_fields_to_administrators(path: str) -> None:
    answer = await get(create_sandbox(contact_fields_admin_only=True), path)
    assert (answer.status_code, answer.json()["code"]) == (403, "access_denied")
