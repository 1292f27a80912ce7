"""Whatever comes in, the sandbox answers with a refusal and never falls over."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff_freshdesk.sandbox import create_sandbox
from sendoff_freshdesk.sandbox.attributes import ATTRIBUTES

if TYPE_CHECKING:
    from sendoff_freshdesk.sandbox import FreshdeskSandbox

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
PAYLOADS = st.dictionaries(st.sampled_from([*ATTRIBUTES, "id", "contact"]), JSON, max_size=6)


def send(
    app: FreshdeskSandbox, method: str, path: str, content: bytes | None = None
) -> httpx.Response:
    """One request; an error inside the application would be raised here."""

    async def sent() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://acme.freshdesk.com"
        ) as http:
            headers = {"Content-Type": "application/json"}
            return await http.request(
                method, path, content=content, headers=headers, auth=("sandbox-key", "X")
            )

    return asyncio.run(sent())


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_as_a_body_are_400(body: bytes) -> None:
    assert send(create_sandbox(), "POST", "/api/v2/contacts", body).status_code == 400


@settings(deadline=None)
@given(PAYLOADS)
def test_any_json_as_a_contact_is_created_or_400_and_can_be_shown(
    payload: dict[str, object],
) -> None:
    app = create_sandbox()
    body = msgspec.json.encode({"name": "N", "phone": "1", **payload})
    answer = send(app, "POST", "/api/v2/contacts", body)
    assert answer.status_code in (201, 400)
    if answer.status_code == 201:
        held = send(app, "GET", "/_sandbox").json()["contacts"]
        assert held == [{**answer.json(), "blocked": False}]


@settings(deadline=None)
@given(st.sampled_from(["/contacts/merge", "/companies"]), PAYLOADS)
def test_any_json_elsewhere_is_400(path: str, payload: dict[str, object]) -> None:
    payload.pop("name", None)
    body = msgspec.json.encode(payload)
    assert send(create_sandbox(), "POST", f"/api/v2{path}", body).status_code == 400


@settings(deadline=None)
@given(st.sampled_from(["/contacts", "/search/contacts", "/companies"]), st.text(), st.text())
def test_any_query_is_answered(path: str, name: str, value: str) -> None:
    query = httpx.QueryParams({name: value})
    answer = send(create_sandbox(), "GET", f"/api/v2{path}?{query}")
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b'{"name": "\xff"}',
        b'{"name": "\\ud800"}',
        b'{"name": NaN}',
        b'{"company_id": ' + b"9" * 5000 + b"}",
        b"[" * 400_000,
        b'{"a":' * 150_000,
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_no_json_object_is_invalid_json(body: bytes) -> None:
    answer = send(create_sandbox(), "POST", "/api/v2/contacts", body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_json"


def test_no_body_at_all_lacks_everything_mandatory() -> None:
    answer = send(create_sandbox(), "POST", "/api/v2/contacts")
    assert [error["field"] for error in answer.json()["errors"]] == ["name", "email"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v2/contacts/" + "9" * 18,
        "/api/v2/contacts/" + "9" * 5000,
        "/api/v2/contacts/%00",
        "/api/v2/contacts/%D9%A3",
        "/api/v2/contacts/{id}",
        "/api/v2//contacts",
        "/%2e%2e/api/v2/contacts",
    ],
)
def test_an_odd_path_is_404(path: str) -> None:
    assert send(create_sandbox(), "GET", path).status_code == 404
