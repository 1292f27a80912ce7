from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sendoff.answer import Answer, HttpError
from sendoff.delivery import Delivered, NeedsOperator, Outcome, Retry, Throttled, TooLarge
from sendoff.responses import judge
from sendoff_freshsuccess.rules import RULES

NOW = datetime(2026, 1, 2, 14, 0, tzinfo=UTC)


def judged(status: int, **headers: str) -> Outcome:
    return judge(Answer(status, headers, b""), RULES, NOW)


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_success_is_one(status: int) -> None:
    assert judged(status) == Delivered()


def test_400_is_about_the_keys_and_says_what_to_look_at() -> None:
    outcome = judged(400)
    assert isinstance(outcome, NeedsOperator)
    assert outcome.reason == "keys_refused"
    for words in ("swapped", "the same source", "data centre"):
        assert words in outcome.detail


@pytest.mark.parametrize("status", [401, 402, 403, 404, 405, 407, 409, 410, 411, 415, 422, 451])
def test_any_other_refusal_holds_the_route_for_no_event_can_be_at_fault(status: int) -> None:
    outcome = judged(status)
    assert isinstance(outcome, NeedsOperator)
    assert outcome.reason == "unexpected_status"
    assert str(status) in outcome.detail


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    outcome = judged(status, location="https://elsewhere.example/")
    assert isinstance(outcome, NeedsOperator)
    assert outcome.reason == "redirected"


def test_a_request_that_is_too_large_is_made_smaller() -> None:
    outcome = judged(413)
    assert isinstance(outcome, TooLarge)
    assert outcome.detail


@pytest.mark.parametrize("status", [408, 423, 425, 501, 503])
def test_what_was_not_done_is_tried_again_when_the_answer_says(status: int) -> None:
    outcome = judged(status, **{"retry-after": "7"})
    assert isinstance(outcome, Retry)
    assert (outcome.after, outcome.maybe_delivered) == (7.0, False)


@pytest.mark.parametrize("status", [500, 502, 504, 520])
def test_a_server_that_breaks_may_have_counted(status: int) -> None:
    outcome = judged(status)
    assert isinstance(outcome, Retry)
    assert outcome.maybe_delivered


def test_too_many_requests_pause_the_pair_of_keys() -> None:
    outcome = judged(429, **{"retry-after": "30"})
    assert isinstance(outcome, Throttled)
    assert outcome.after == 30.0


@pytest.mark.parametrize("sent", [True, False])
def test_only_what_was_sent_may_have_been_counted(sent: bool) -> None:
    outcome = judge(HttpError("timeout", "no answer", sent=sent), RULES, NOW)
    assert outcome == Retry("timeout", None, sent, "no answer")
