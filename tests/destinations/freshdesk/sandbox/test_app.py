"""What stands before every call: host, credentials, rights, headers, and the order of checks."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import httpx
import pytest

from sendoff_freshdesk.sandbox import create_sandbox

if TYPE_CHECKING:
    from sendoff_freshdesk.sandbox import FreshdeskSandbox

JANE = {"name": "Jane", "email": "jane@example.com"}


def client(
    app: FreshdeskSandbox, key: str = "sandbox-key", host: str = "acme.freshdesk.com"
) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=f"http://{host}/api/v2", auth=(key, "X")
    )


async def test_a_create_answers_201_with_its_address_and_the_headers_of_the_vendor() -> None:
    async with client(create_sandbox()) as http:
        answer = await http.post("/contacts", json=JANE)
    assert answer.status_code == 201
    created = answer.json()
    assert len(str(created["id"])) == 12
    assert answer.headers["location"] == (
        f"http://acme.freshdesk.com/api/v2/contacts/{created['id']}"
    )
    assert answer.headers["x-freshdesk-api-version"] == "latest=v2; requested=v2"
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["x-ratelimit-total"] == "1000"
    assert answer.headers["x-ratelimit-remaining"] == "999"
    assert answer.headers["x-ratelimit-used-currentrequest"] == "1"


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer sandbox-key",
        "Basic",
        "Basic not*base64",
        "Basic " + base64.b64encode(b"\xff\xfe:X").decode(),
        basic("wrong-key:X"),
        basic("sandbox-key"),
        basic("sandbox-key:"),
        basic("sandbox-key :X"),
        basic(":X"),
    ],
)
async def test_wrong_or_missing_credentials_are_401_in_the_second_shape(
    authorization: str | None,
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    async with client(create_sandbox()) as http:
        answer = await http.get("/contacts", headers=headers, auth=lambda request: request)
    assert answer.status_code == 401
    assert answer.json() == {
        "code": "invalid_credentials",
        "message": "You have to be logged in to perform this action.",
    }
    assert answer.headers["x-freshdesk-api-version"] == "latest=v2; requested=v2"


@pytest.mark.parametrize("password", ["X", "x:y", "0"])
async def test_any_password_but_an_empty_one_will_do(password: str) -> None:
    async with client(create_sandbox()) as http:
        answer = await http.get("/agents/me", auth=("sandbox-key", password))
    assert answer.status_code == 200


async def test_the_keys_are_what_the_switches_say() -> None:
    app = create_sandbox(api_key="abc", readonly_key="def")
    async with client(app, "abc") as http:
        assert (await http.get("/contacts")).status_code == 200
        assert (await http.get("/contacts", auth=("def", "X"))).status_code == 403
        assert (await http.get("/contacts", auth=("sandbox-key", "X"))).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/contacts"),
        ("GET", "/contacts"),
        ("PUT", "/contacts/1"),
        ("GET", "/contact_fields"),
        ("GET", "/companies"),
    ],
)
async def test_a_role_without_rights_to_contacts_is_denied_before_its_payload_is_read(
    method: str, path: str
) -> None:
    async with client(create_sandbox(), "readonly-key") as http:
        answer = await http.request(method, path, content=b"{", headers={"Content-Type": "a/b"})
    assert answer.status_code == 403
    assert answer.json() == {
        "code": "access_denied",
        "message": "You are not authorized to perform this action.",
    }


async def test_every_agent_may_ask_who_it_is() -> None:
    app = create_sandbox()
    async with client(app) as http:
        mine = (await http.get("/agents/me")).json()
        other = (await http.get("/agents/me", auth=("readonly-key", "X"))).json()
    assert mine["contact"]["email"] == "sandbox-agent@example.com"
    assert other["contact"]["email"] == "readonly-agent@example.com"
    assert mine["id"] != other["id"]


async def test_administration_is_closed_to_both_keys() -> None:
    async with client(create_sandbox()) as http:
        for method, path in [("GET", "/agents"), ("POST", "/agents"), ("POST", "/contact_fields")]:
            assert (await http.request(method, path)).status_code == 403


@pytest.mark.parametrize("state", ["account_suspended", "password_lockout", "require_feature"])
async def test_an_account_in_a_bad_state_refuses_every_call_with_that_code(state: str) -> None:
    async with client(create_sandbox(account_state=state)) as http:
        answer = await http.get("/agents/me")
    assert answer.status_code == 403
    assert answer.json()["code"] == state


async def test_another_subdomain_is_a_404_page() -> None:
    async with client(create_sandbox(domain="acme"), host="acmee.freshdesk.com") as http:
        answer = await http.get("/contacts")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "x-freshdesk-api-version" not in answer.headers


async def test_the_own_subdomain_is_served_and_without_the_switch_any_host_is() -> None:
    async with client(create_sandbox(domain="acme"), host="ACME.freshdesk.com:8000") as http:
        assert (await http.get("/contacts")).status_code == 200
    async with client(create_sandbox(), host="127.0.0.1") as http:
        assert (await http.get("/contacts")).status_code == 200


@pytest.mark.parametrize("accept", ["text/html", "application/*", "application/xml, text/*;q=0.1"])
async def test_an_accept_header_without_json_is_406(accept: str) -> None:
    async with client(create_sandbox()) as http:
        answer = await http.get("/contacts", headers={"Accept": accept})
    assert (answer.status_code, answer.content) == (406, b"")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html, Application/JSON;q=0.9"])
async def test_an_accept_header_with_json_is_served(accept: str) -> None:
    async with client(create_sandbox()) as http:
        assert (await http.get("/contacts", headers={"Accept": accept})).status_code == 200


@pytest.mark.parametrize(
    "media_type", [None, "text/plain", "application/xml", "multipart/form-data"]
)
async def test_a_body_that_is_not_called_json_is_415(media_type: str | None) -> None:
    headers = {} if media_type is None else {"Content-Type": media_type}
    async with client(create_sandbox()) as http:
        answer = await http.post("/contacts", content=b'{"name": "Jane"}', headers=headers)
    assert (answer.status_code, answer.content) == (415, b"")


async def test_the_media_type_may_have_parameters() -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    async with client(create_sandbox()) as http:
        answer = await http.post(
            "/contacts", content=b'{"name": "Jane", "phone": "1"}', headers=headers
        )
    assert answer.status_code == 201


async def test_a_wrong_verb_is_405_and_names_the_right_ones() -> None:
    async with client(create_sandbox()) as http:
        answer = await http.patch("/contacts/101000000001")
    assert answer.status_code == 405
    assert answer.json()["message"] == (
        "PATCH method is not allowed. It should be one of these method(s): DELETE, GET, PUT"
    )


@pytest.mark.parametrize("path", ["/contact", "/contacts/abc", "/contacts/1/2", "/tickets"])
async def test_an_unknown_path_is_404_without_a_body(path: str) -> None:
    async with client(create_sandbox()) as http:
        answer = await http.get(path)
    assert (answer.status_code, answer.content) == (404, b"")


async def test_what_is_not_the_api_is_a_404_page() -> None:
    async with client(create_sandbox()) as http:
        answer = await http.get("http://acme.freshdesk.com/api/v1/contacts")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_trailing_slash_changes_nothing() -> None:
    async with client(create_sandbox()) as http:
        assert (await http.post("/contacts/", json=JANE)).status_code == 201


async def test_every_request_is_recorded_with_its_body_and_why_it_was_refused() -> None:
    app = create_sandbox()
    async with client(app) as http:
        await http.post("/contacts", json=JANE)
        await http.post("/contacts", json=JANE)
        await http.get("/contacts?page=1", auth=("no", "X"))
    assert [(each.method, each.path, each.status) for each in app.requests] == [
        ("POST", "/api/v2/contacts", 201),
        ("POST", "/api/v2/contacts", 409),
        ("GET", "/api/v2/contacts?page=1", 401),
    ]
    first, second, _ = app.requests
    assert first.payload == JANE
    assert second.reason == "email: It should be a unique value (duplicate_value)"


async def test_the_log_forgets_the_oldest_and_keeps_counting() -> None:
    app = create_sandbox(rate_limit=10_000)
    async with client(app) as http:
        for _ in range(1005):
            await http.get("/nothing")
    assert len(app.requests) == 1000
    assert app.requests.by_status == {404: 1005}


async def test_a_large_body_is_refused_and_not_kept() -> None:
    app = create_sandbox()
    body = b'{"name": "' + b"a" * 1_000_000 + b'"}'
    async with client(app) as http:
        answer = await http.post(
            "/contacts", content=body, headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == 413
    assert [each.body for each in app.requests] == [b""]


async def test_account_and_helpdesk_settings_are_there_for_a_check_of_the_key() -> None:
    async with client(create_sandbox(domain="acme"), "readonly-key") as http:
        settings = (await http.get("/settings/helpdesk")).json()
        account = (await http.get("/account")).json()
    assert settings["primary_language"] == "en"
    assert "de" in settings["supported_languages"]
    assert account["account_domain"] == "acme.freshdesk.com"
    assert account["total_agents"]["full_time"] == 2
