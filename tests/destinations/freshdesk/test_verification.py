from __future__ import annotations

from typing import Any

import httpx
import pytest

from sendoff.destination import Finding
from sendoff.testing.unpaced import unpaced_http
from sendoff_freshdesk.connection import FreshdeskConnection
from sendoff_freshdesk.sandbox import create_sandbox
from sendoff_freshdesk.verification import MAY_MAIL, NOT_PROVED, schema_findings

TARGETS = ("name", "email", "custom_fields.signup_method")


async def verify(
    transport: httpx.AsyncBaseTransport, targets: Any = TARGETS, key: str = "sandbox-key"
) -> list[Finding]:
    settings = {"base_url": "http://127.0.0.1:8090", "api_key": key}
    return list(await FreshdeskConnection(settings, unpaced_http(transport)).verify(targets))


def told(findings: list[Finding], level: str) -> str:
    return " | ".join(f"{f.message} -> {f.fix}" for f in findings if f.level == level)


async def test_a_good_route_is_said_to_be_good_and_nothing_is_written() -> None:
    sandbox = create_sandbox()
    users = dict(sandbox.contacts.users)
    findings = await verify(httpx.ASGITransport(app=sandbox))
    assert [(r.method, r.path) for r in sandbox.requests] == [
        ("GET", "/api/v2/agents/me"),
        ("GET", "/api/v2/contact_fields"),
    ]
    assert sandbox.contacts.users == users
    assert told(findings, "problem") == ""
    assert "the API key is that of the agent" in told(findings, "ok")
    assert "`signup_method`" in told(findings, "ok")
    assert findings[-2:] == [NOT_PROVED, MAY_MAIL]


async def test_a_custom_field_that_is_missing_is_a_problem() -> None:
    sandbox = create_sandbox(removed_fields=["signup_method"])
    findings = await verify(httpx.ASGITransport(app=sandbox))
    assert "no contact field `signup_method`" in told(findings, "problem")
    assert "create it under Admin → Contact Fields, or remove" in told(findings, "problem")
    assert "signup_method" not in told(findings, "ok")


async def test_a_custom_field_of_nearly_that_name_is_pointed_out() -> None:
    sandbox = create_sandbox(removed_fields=["signup_method"], custom_fields=["cf_signup_method"])
    findings = await verify(httpx.ASGITransport(app=sandbox))
    assert "did you mean `cf_signup_method`?" in told(findings, "problem")


async def test_a_default_field_is_no_custom_field() -> None:
    findings = await verify(httpx.ASGITransport(app=create_sandbox()), ["custom_fields.job_title"])
    assert "no contact field `job_title`" in told(findings, "problem")


async def test_a_required_field_that_nothing_maps_is_a_warning() -> None:
    required = ["job_title", "tag_names", "company_name", "plan", "seats", "email"]
    sandbox = create_sandbox(required_fields=required)
    targets = [*TARGETS, "tags", "custom_fields.seats"]
    warnings = told(await verify(httpx.ASGITransport(app=sandbox), targets), "warning")
    for missing in ("map `job_title`", "map `company_id`", "map `custom_fields.plan`"):
        assert missing in warnings
    for mapped in ("map `tags`", "map `custom_fields.seats`", "map `email`", "map `name`"):
        assert mapped not in warnings


async def test_fields_that_may_not_be_seen_are_a_warning_and_not_a_bad_key() -> None:
    sandbox = create_sandbox(contact_fields_admin_only=True)
    findings = await verify(httpx.ASGITransport(app=sandbox))
    assert told(findings, "problem") == ""
    assert "cannot be compared with the blueprint" in told(findings, "warning")
    assert findings[-2:] == [NOT_PROVED, MAY_MAIL]


@pytest.mark.parametrize(
    ("switches", "key", "words"),
    [
        ({}, "wrong-key", "copy it again"),
        ({"account_state": "account_suspended"}, "sandbox-key", "suspended"),
        ({"domain": "acme"}, "sandbox-key", "the subdomain alone, such as acme"),
        ({"fail": "429:30"}, "sandbox-key", "used up its requests"),
        ({"fail": "503"}, "sandbox-key", ""),
    ],
)
async def test_what_keeps_the_key_from_working_is_the_one_problem(
    switches: dict[str, Any], key: str, words: str
) -> None:
    sandbox = create_sandbox(**switches)
    findings = await verify(httpx.ASGITransport(app=sandbox), key=key)
    assert [finding.level for finding in findings] == ["problem"]
    assert words in findings[0].message


@pytest.mark.parametrize("content", [b"<html>Sign in</html>", b"[]", b"{}", b""])
async def test_a_page_with_200_is_a_problem(content: bytes) -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, content=content))
    [finding] = await verify(transport)
    assert finding.level == "problem"
    assert "does not come from Freshdesk" in finding.message


async def test_no_answer_is_a_problem_with_its_cause() -> None:
    def refuse(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no")

    [finding] = await verify(httpx.MockTransport(refuse))
    assert finding == Finding("problem", "127.0.0.1 cannot be reached")


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (httpx.Response(500), "cannot be compared"),
        (httpx.Response(200, content=b"{}"), "no list"),
        (httpx.Response(200, content=b"[" + b"1," * 40_000 + b"1]"), "too long"),
    ],
)
async def test_a_schema_that_cannot_be_read_is_a_warning(
    second: httpx.Response, words: str
) -> None:
    answers = [httpx.Response(200, json={"id": 1}), second]
    findings = await verify(httpx.MockTransport(lambda _request: answers.pop(0)))
    assert words in told(findings, "warning")
    assert told(findings, "problem") == ""


def test_a_list_of_oddities_makes_no_finding_but_of_what_is_missing() -> None:
    found = list(schema_findings([None, 7, {"name": None}, {}], TARGETS))
    assert [finding.level for finding in found] == ["problem"]
    assert list(schema_findings([], ["name"])) == []
