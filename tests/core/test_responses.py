from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.answer import ERROR_KINDS, Answer, ErrorKind, HttpError
from sendoff.delivery import (
    Delivered,
    NeedsOperator,
    Outcome,
    Rejected,
    Retry,
    Skipped,
    Throttled,
    TooLarge,
)
from sendoff.responses import LONGEST_DETAIL, ResponseRule, judge, retry_after

NOW = datetime(2026, 1, 2, 14, 0, tzinfo=UTC)


def answer(status: int, body: Any = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, b"" if body is None else json.dumps(body).encode())


def by_default(status: int, body: Any = None, **headers: str) -> Outcome:
    return judge(answer(status, body, **headers), (), NOW)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Delivered()),
        (204, Delivered()),
        (400, Rejected("invalid_request")),
        (408, Retry("request_timeout")),
        (409, Rejected("conflict")),
        (413, TooLarge()),
        (422, Rejected("invalid_request")),
        (425, Retry("not_yet")),
        (429, Throttled(60.0)),
        (500, Retry("server_error", maybe_delivered=True)),
        (502, Retry("server_error", maybe_delivered=True)),
        (503, Retry("unavailable")),
        (504, Retry("server_error", maybe_delivered=True)),
    ],
)
def test_a_status_means_by_default(status: int, outcome: Outcome) -> None:
    assert by_default(status) == outcome


@pytest.mark.parametrize(
    ("status", "reason", "fix"),
    [
        (302, "redirected", "not followed"),
        (401, "credentials_refused", "Check the credentials"),
        (403, "credentials_refused", "Check the credentials"),
        (404, "wrong_address", "Check the address"),
        (405, "wrong_address", "Check the address"),
        (410, "wrong_address", "Check the address"),
        (101, "unexpected_status", "Check the address"),
        (700, "unexpected_status", "Check the address"),
    ],
)
def test_a_wrong_setting_holds_the_route_and_says_what_to_check(
    status: int, reason: str, fix: str
) -> None:
    outcome = by_default(status)
    assert isinstance(outcome, NeedsOperator)
    assert outcome.reason == reason
    assert f"answers {status}" in outcome.detail
    assert fix in outcome.detail


@given(st.integers(100, 999), st.binary(max_size=40), st.text(max_size=20))
def test_every_answer_has_an_outcome(status: int, body: bytes, header: str) -> None:
    judge(Answer(status, {"retry-after": header, "date": header}, body), (), NOW)


@pytest.mark.parametrize("kind", ERROR_KINDS)
@pytest.mark.parametrize("sent", [True, False])
def test_an_error_is_tried_again_and_remembers_that_it_may_have_worked(
    kind: ErrorKind, sent: bool
) -> None:
    outcome = judge(HttpError(kind, "what happened", sent=sent), (), NOW)
    if kind == "forbidden":
        assert outcome == NeedsOperator("forbidden", "what happened")
    else:
        assert outcome == Retry(kind, None, sent, "what happened")


def test_a_row_of_the_destination_comes_before_the_defaults() -> None:
    rules = [ResponseRule("skipped", "already_exists", status=409)]
    assert judge(answer(409), rules, NOW) == Skipped("already_exists")
    assert judge(answer(400), rules, NOW) == Rejected("invalid_request")


def test_the_first_row_that_matches_decides() -> None:
    rules = [ResponseRule("skipped", "first", status="4xx"), ResponseRule("retry", status=404)]
    assert judge(answer(404), rules, NOW) == Skipped("first")


def test_a_row_can_turn_a_200_into_a_failure() -> None:
    rules = [ResponseRule("rejected", "not_accepted", status="2xx", body={"ok": False})]
    assert judge(answer(200, {"ok": False}), rules, NOW) == Rejected("not_accepted")
    assert judge(answer(200, {"ok": True}), rules, NOW) == Delivered()
    assert judge(answer(200, {"ok": 0}), rules, NOW) == Delivered()


@pytest.mark.parametrize(
    ("status", "matches"),
    [
        (503, True),
        ("5xx", True),
        ((400, "5xx"), True),
        ("4xx", False),
        (500, False),
        ((), False),
        (None, True),
    ],
)
def test_a_status_is_one_a_class_or_several(status: Any, matches: bool) -> None:
    assert ResponseRule("retry", status=status).matches(answer(503)) is matches


@pytest.mark.parametrize(
    ("test", "matches"),
    [
        ({"description": "Validation failed"}, True),
        ({"errors.code": "duplicate_value"}, True),
        ({"errors.code": ["missing_field", "duplicate_value"]}, True),
        ({"errors.code": "duplicate_value", "errors.field": "email"}, True),
        ({"errors.code": "duplicate_value", "errors.field": "phone"}, False),
        ({"errors.info.id": 7}, True),
        ({"errors.info.id": 7.0}, True),
        ({"errors.info.id": "7"}, False),
        ({"errors.info.id": True}, False),
        ({"errors": "duplicate_value"}, False),
        ({"tags": "b"}, True),
        ({"none": None}, True),
        ({"missing": None}, False),
        ({"description.deeper": "x"}, False),
        ({}, True),
    ],
)
def test_a_body_is_tested_by_path(test: Mapping[str, Any], matches: bool) -> None:
    body = {
        "description": "Validation failed",
        "errors": [
            {"field": "name", "code": "invalid_value"},
            {"field": "email", "code": "duplicate_value", "info": {"id": 7}},
        ],
        "tags": ["a", "b"],
        "none": None,
    }
    assert ResponseRule("retry", body=test).matches(answer(409, body)) is matches


def test_a_body_test_goes_through_a_list_at_the_root_and_fails_on_what_is_not_json() -> None:
    rule = ResponseRule("retry", body={"code": "x"})
    assert rule.matches(answer(400, [{"code": "y"}, {"code": "x"}]))
    assert not rule.matches(Answer(400, {}, b"<html>"))
    assert not rule.matches(answer(400, [[{"code": "x"}]]))


def test_answers_and_errors_are_never_taken_for_each_other() -> None:
    lost = HttpError("timeout", "no answer", sent=True)
    assert not ResponseRule("retry").matches(lost)
    assert not ResponseRule("retry", error="timeout").matches(answer(500))
    assert not ResponseRule("retry", sent=True).matches(answer(500))
    assert ResponseRule("retry", error=("dns", "timeout")).matches(lost)


def test_a_row_can_ask_whether_the_request_may_have_arrived() -> None:
    rules = [ResponseRule("rejected", "unknown_outcome", error=ERROR_KINDS, sent=True)]
    sent = judge(HttpError("timeout", "no answer", sent=True), rules, NOW)
    unsent = judge(HttpError("connect_timeout", "no connection"), rules, NOW)
    assert sent == Rejected("unknown_outcome", "no answer")
    assert unsent == Retry("connect_timeout", detail="no connection")


def test_a_row_without_a_reason_takes_the_status() -> None:
    rules = [ResponseRule("rejected", status=418)]
    assert judge(answer(418), rules, NOW) == Rejected("http_418")


@pytest.mark.parametrize(
    "wrong", [{"status": "5XX"}, {"status": 99}, {"status": "50x"}, {"status": (200, "xx")}]
)
def test_a_row_that_could_never_match_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="response rule"):
        ResponseRule("retry", **wrong)


def test_an_unknown_error_or_outcome_is_refused() -> None:
    with pytest.raises(ValueError, match="'lost'"):
        ResponseRule("retry", error="lost")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'ignore'"):
        ResponseRule("ignore")  # type: ignore[arg-type]


def test_the_detail_is_the_fix_with_the_servers_words() -> None:
    body = {"message": "No such {status} field"}
    placed = ResponseRule("rejected", "r", "Freshdesk says “{message}” ({status}).", status=400)
    after = ResponseRule("rejected", "r", "Check the payload.", status=400)
    bare = ResponseRule("rejected", "r", status=400)
    details = [judge(answer(400, body), [rule], NOW) for rule in (placed, after, bare)]
    assert details == [
        Rejected("r", "Freshdesk says “No such {status} field” (400)."),
        Rejected("r", "Check the payload. No such {status} field"),
        Rejected("r", "No such {status} field"),
    ]
    assert judge(answer(400), [after], NOW) == Rejected("r", "Check the payload.")


def test_the_servers_words_can_be_found_elsewhere() -> None:
    outcome = judge(answer(400, {"why": "x"}), (), NOW, message=lambda given: str(given.json()))
    assert outcome == Rejected("invalid_request", "{'why': 'x'}")


def test_a_success_repeats_no_words() -> None:
    assert by_default(201, {"message": "Welcome", "title": "CTO"}) == Delivered()


@pytest.mark.parametrize("length", [LONGEST_DETAIL - 1, LONGEST_DETAIL, LONGEST_DETAIL + 1])
def test_a_long_detail_is_cut(length: int) -> None:
    outcome = by_default(400, {"message": "x" * length})
    assert isinstance(outcome, Rejected)
    assert len(outcome.detail) == min(length, LONGEST_DETAIL)
    assert outcome.detail.endswith("…") is (length > LONGEST_DETAIL)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("0", 0.0),
        ("-5", 0.0),
        ("3601", 3600.0),
        ("9" * 400, 3600.0),
        ("", None),
        ("soon", None),
        ("1e3", None),
        ("nan", None),
        ("١٢", None),
        ("Fri, 99 Jan 2026 14:00:00 GMT", None),
        ("Fri, 02 Jan 99999999999999999999 14:00:00 GMT", None),
        ("Fri, 02 Jan 2026 14:01:30 GMT", 90.0),
        ("Friday, 02-Jan-26 14:01:30 GMT", 90.0),
        ("Fri Jan  2 14:01:30 2026", 90.0),
        ("Fri, 02 Jan 2026 13:00:00 GMT", 0.0),
    ],
)
def test_a_wait_is_read_from_retry_after(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}, NOW) == seconds


def test_an_answer_without_retry_after_asks_for_no_wait() -> None:
    assert retry_after({}, NOW) is None


@given(st.integers(0, 3600), st.integers(-(10**6), 10**6))
def test_a_date_is_measured_against_the_servers_own_clock(wait: int, wrong: int) -> None:
    headers = {
        "date": format_datetime(NOW, usegmt=True),
        "retry-after": format_datetime(NOW + timedelta(seconds=wait), usegmt=True),
    }
    assert retry_after(headers, NOW + timedelta(seconds=wrong)) == wait


def test_a_date_is_measured_against_ours_when_the_servers_is_junk() -> None:
    headers = {"date": "today", "retry-after": "Fri, 02 Jan 2026 14:01:00 GMT"}
    assert retry_after(headers, NOW) == 60.0


def test_a_wait_that_was_asked_for_is_kept() -> None:
    assert by_default(429, retry_after="7") == Throttled(7.0)
    assert by_default(503, retry_after="7") == Retry("unavailable", 7.0)


def test_a_wait_of_nothing_hammers_nobody() -> None:
    assert by_default(429, retry_after="0") == Throttled(1.0)
    assert by_default(503, retry_after="0") == Retry("unavailable", None)
