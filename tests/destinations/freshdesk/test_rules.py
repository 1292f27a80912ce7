from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.answer import Answer, ErrorKind, HttpError
from sendoff.delivery import NeedsOperator, Outcome, Rejected, Retry, Skipped, Throttled
from sendoff.responses import judge
from sendoff_freshdesk.rules import (
    CREATE_RULES,
    READ_RULES,
    UPDATE_RULES,
    WRITE_RULES,
    vendor_words,
)

NOW = datetime(2026, 1, 2, 14, 0, tzinfo=UTC)
HTML = b"<html><h1>Not Found</h1></html>"


def answer(status: int, body: Any = b"", **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Answer(status, headers, content)


def refused(*entries: tuple[str, str, str]) -> dict[str, Any]:
    names = ("field", "message", "code")
    errors = [dict(zip(names, entry, strict=True)) for entry in entries]
    return {"description": "Validation failed", "errors": errors}


def denied(code: str) -> dict[str, str]:
    return {"code": code, "message": "You are not authorized to perform this action."}


def created(came: Answer | HttpError) -> Outcome:
    return judge(came, CREATE_RULES, NOW, vendor_words)


TROUBLES = [
    (
        answer(401, {"code": "invalid_credentials", "message": "You have to be logged in."}),
        NeedsOperator("credentials_refused"),
        ["copy it again from the agent's profile settings", "without a space before or after it"],
    ),
    (
        answer(403, denied("access_denied")),
        NeedsOperator("permission_denied"),
        ["the key of an agent whose role may create and edit contacts", "(access_denied)"],
    ),
    (
        answer(404, HTML),
        NeedsOperator("wrong_domain"),
        ["the subdomain alone, such as acme, and not to a full address", "an HTML page"],
    ),
    (answer(404), NeedsOperator("wrong_domain"), ["the subdomain alone, such as acme"]),
    (
        answer(409, refused(("email", "It should be a unique value", "duplicate_value"))),
        Skipped("already_exists"),
        ["expected for people who were identified before", "first-touch events such as Signed Up"],
    ),
    (
        answer(400, refused(("name", "Mandatory attribute missing", "missing_field"))),
        Rejected("invalid_request"),
        ["a name and an email at least", "name: Mandatory attribute missing (missing_field)"],
    ),
    (
        answer(400, refused(("custom_fields.plan", "Unexpected field", "invalid_field"))),
        Rejected("invalid_request"),
        ["create the field in Freshdesk under Admin → Contact Fields", "remove it from the blue"],
    ),
    (
        answer(429, **{"retry-after": "30"}),
        Throttled(30.0),
        ["it goes on by itself", "the API limit of the plan"],
    ),
]


@pytest.mark.parametrize(("came", "expected", "words"), TROUBLES)
def test_each_trouble_of_the_page_has_its_outcome_and_its_fix(
    came: Answer, expected: Any, words: list[str]
) -> None:
    outcome = created(came)
    assert type(outcome) is type(expected)
    assert getattr(outcome, "reason", "") == getattr(expected, "reason", "")
    assert getattr(outcome, "after", 0) == getattr(expected, "after", 0)
    for each in words:
        assert each in outcome.detail


def test_a_pause_without_a_length_is_a_minute() -> None:
    assert created(answer(429)) == Throttled(60.0, created(answer(429)).detail)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("account_suspended", "suspended"),
        ("password_lockout", "locked the agent"),
        ("password_expired", "expired"),
        ("require_feature", "lacks a feature"),
        ("max_agents_reached", "may not do this"),
    ],
)
def test_a_403_says_which_of_its_causes_it_is(code: str, words: str) -> None:
    outcome = created(answer(403, denied(code)))
    assert isinstance(outcome, NeedsOperator)
    assert outcome.reason == "permission_denied"
    assert words in outcome.detail
    assert f"({code})" in outcome.detail


def test_every_entry_of_a_refusal_is_told() -> None:
    entries = [
        ("email", "It should be in the 'valid email' format", "invalid_value"),
        ("custom_fields.seats", "Value set is of type String", "datatype_mismatch"),
    ]
    outcome = created(answer(400, refused(*entries)))
    assert isinstance(outcome, Rejected)
    for field, message, code in entries:
        assert f"{field}: {message} ({code})" in outcome.detail


@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_is_wrong_with_one_contact_is_final_for_it_alone(status: int) -> None:
    assert isinstance(created(answer(status)), Rejected)


@pytest.mark.parametrize(
    ("rules", "status", "reason"),
    [
        (READ_RULES, 404, "is_agent"),
        (UPDATE_RULES, 404, "is_agent"),
        (UPDATE_RULES, 405, "blocked_or_deleted"),
        (UPDATE_RULES, 409, "identity_conflict"),
        (WRITE_RULES, 409, "conflict"),
    ],
)
def test_after_a_conflict_a_status_tells_what_the_holder_is(
    rules: Any, status: int, reason: str
) -> None:
    outcome = judge(answer(status), rules, NOW, vendor_words)
    assert isinstance(outcome, Rejected)
    assert outcome.reason == reason


@pytest.mark.parametrize(("kind", "sent"), [("dns", False), ("timeout", True), ("tls", False)])
def test_no_answer_is_tried_again(kind: ErrorKind, sent: bool) -> None:
    outcome = created(HttpError(kind, "no answer", sent=sent))
    assert isinstance(outcome, Retry)
    assert outcome.reason == kind
    assert outcome.maybe_delivered is sent


def test_a_host_that_does_not_exist_points_to_the_domain() -> None:
    assert "`domain`" in created(HttpError("dns", "no such host")).detail


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", ""),
        (b"{}", ""),
        (HTML, "Freshdesk says: an HTML page"),
        ({"message": "No."}, "Freshdesk says: No."),
        ({"code": "x"}, "Freshdesk says: (x)"),
        ({"errors": [{"field": "f", "message": "m"}]}, "Freshdesk says: f: m"),
        ({"errors": [{"message": "a\nb\x00c", "code": "x"}]}, "Freshdesk says: a b c (x)"),
    ],
)
def test_the_vendors_words_are_one_line(body: Any, words: str) -> None:
    assert vendor_words(answer(400, body)) == words


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=9))
def test_no_body_is_too_odd_for_words(value: Any) -> None:
    for body in (value, {"errors": value}, {"errors": [{"field": value, "message": value}]}):
        assert "\n" not in vendor_words(answer(400, body))
