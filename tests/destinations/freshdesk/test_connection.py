from __future__ import annotations

from base64 import b64encode

import httpx
import msgspec
import pytest

from sendoff.delivery import Delivered, Delivery, Rejected
from sendoff.errors import UsageError
from sendoff.testing.unpaced import unpaced_http
from sendoff_freshdesk.connection import FreshdeskConnection
from sendoff_freshdesk.sandbox import create_sandbox

SETTINGS = {"domain": "Acme.freshdesk.com", "api_key": "sandbox-key"}


def connection(transport: httpx.AsyncBaseTransport) -> FreshdeskConnection:
    return FreshdeskConnection(SETTINGS, unpaced_http(transport))


def delivery(email: str, action: str = "upsert_contact") -> Delivery:
    body = msgspec.json.encode({"name": email, "email": email})
    return Delivery(email, "support", action, body, email, email)


ALL = [delivery("a@b.org"), delivery("b@b.org"), delivery("a@c.org"), delivery("c@b.org")]


async def test_a_request_is_the_one_of_the_page() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"id": 7})

    await connection(httpx.MockTransport(answer)).deliver([delivery("a@b.org")])
    [request] = seen
    assert request.method == "POST"
    assert str(request.url) == "https://acme.freshdesk.com/api/v2/contacts"
    credentials = b64encode(b"sandbox-key:X").decode()
    assert request.headers["authorization"] == f"Basic {credentials}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "application/json"


async def test_deliveries_are_made_in_order_with_one_outcome_each() -> None:
    sandbox = create_sandbox(domain="acme")
    outcomes = await connection(httpx.ASGITransport(app=sandbox)).deliver(ALL)
    assert all(isinstance(outcome, Delivered) for outcome in outcomes)
    emails = [user.email for user in sandbox.contacts.users.values() if not user.agent]
    assert emails == ["a@b.org", "b@b.org", "a@c.org", "c@b.org"]
    assert await connection(httpx.ASGITransport(app=sandbox)).deliver([]) == []


async def test_a_refusal_of_one_is_no_matter_for_the_next() -> None:
    sandbox = create_sandbox(agents=["a@b.org"])
    outcomes = await connection(httpx.ASGITransport(app=sandbox)).deliver(ALL)
    assert [type(outcome) for outcome in outcomes] == [Rejected, Delivered, Delivered, Delivered]


async def test_an_action_that_does_not_exist_is_refused_and_not_raised() -> None:
    sandbox = create_sandbox()
    opened = connection(httpx.ASGITransport(app=sandbox))
    [outcome] = await opened.deliver([delivery("a@b.org", action="delete_contact")])
    assert outcome == Rejected("unknown_action", "Freshdesk has no action `delete_contact`.")
    assert len(sandbox.requests) == 0


def test_settings_that_were_not_checked_are_refused_before_anything_leaves() -> None:
    http = unpaced_http(httpx.MockTransport(lambda _request: httpx.Response(201)))
    with pytest.raises(UsageError):
        FreshdeskConnection({"domain": "evil.com", "api_key": "k"}, http)
