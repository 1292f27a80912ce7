"""What follows from an outcome, as a value."""

from __future__ import annotations

import pytest

from sendoff.delivery import (
    Delivered,
    Delivery,
    NeedsOperator,
    Outcome,
    Rejected,
    Retry,
    Skipped,
    Throttled,
    TooLarge,
)
from sendoff.retry import RetryPolicy
from sendoff.settlement import PLUGIN_ERRORS, settlement
from sendoff.store.promise import Dead, Done, Later, Lease, Settlement

POLICY = RetryPolicy(attempts=5, within=100.0)


def settled(outcome: Outcome, *, attempt: int = 1, age: float = 0.0) -> Settlement:
    delivery = Delivery(id="a", route="support", action="upsert", body=b"{}", order_key="",
                        event_key="a", attempt=attempt)  # fmt: skip
    return settlement(outcome, Lease(1, delivery, age), POLICY, 0.5)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Delivered("created contact 7"), Done("delivered", detail="created contact 7")),
        (Skipped("already_exists", "the vendor's words"),
         Done("skipped", "already_exists", "the vendor's words")),
        (Rejected("invalid_field", "the vendor's words"),
         Dead("invalid_field", "the vendor's words")),
        (TooLarge("1 byte too many"), Dead("too_large", "1 byte too many")),
        (Throttled(30.0), Later(30.0, "throttled", counts=False)),
        (NeedsOperator("credentials_refused"), Later(0.0, "credentials_refused", counts=False)),
        (Retry("http_500"), Later(0.5, "http_500")),
        (Retry("http_503", after=90.0), Later(90.0, "http_503")),
        (Retry("timeout", maybe_delivered=True), Later(0.5, "timeout", maybe_delivered=True)),
    ],
)  # fmt: skip
def test_each_outcome_has_its_settlement(outcome: Outcome, expected: Settlement) -> None:
    assert settled(outcome) == expected


def test_too_large_alone_is_dead_with_words_of_its_own() -> None:
    dead = settled(TooLarge())
    assert isinstance(dead, Dead)
    assert dead.detail


def test_the_wait_grows_with_the_attempts() -> None:
    waits = [settled(Retry("http_500"), attempt=n) for n in (1, 2, 3)]
    assert [wait.after for wait in waits if isinstance(wait, Later)] == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(
    ("attempt", "age", "over"), [(5, 100.0, True), (5, 99.0, False), (4, 100.0, False)]
)
def test_it_is_given_up_when_attempts_and_time_are_both_spent(
    attempt: int, age: float, *, over: bool
) -> None:
    assert isinstance(settled(Retry("http_500"), attempt=attempt, age=age), Dead) is over


@pytest.mark.parametrize(
    ("attempt", "detail", "expected"),
    [
        (5, "broken", "broken; given up after 5 attempts in 100 s"),
        (5, "", "given up after 5 attempts in 100 s"),
    ],
)
def test_what_is_given_up_says_after_how_much(attempt: int, detail: str, expected: str) -> None:
    dead = settled(Retry("http_500", detail=detail), attempt=attempt, age=100.0)
    assert dead == Dead("http_500", expected)


def test_one_attempt_is_no_attempts() -> None:
    delivery = Delivery(id="a", route="support", action="upsert", body=b"{}", order_key="",
                        event_key="a")  # fmt: skip
    dead = settlement(Retry("http_500"), Lease(1, delivery), RetryPolicy(1, 0.0), 0.5)
    assert dead == Dead("http_500", "given up after 1 attempt in 0 s")


@pytest.mark.parametrize("attempt", range(1, PLUGIN_ERRORS + 1))
def test_a_plugins_own_error_is_tried_three_times_whatever_the_policy(attempt: int) -> None:
    outcome = settled(Retry("plugin_error"), attempt=attempt)
    assert isinstance(outcome, Dead) is (attempt == PLUGIN_ERRORS)


@pytest.mark.parametrize("outcome", [Throttled(30.0), NeedsOperator("credentials_refused")])
def test_waiting_for_a_quota_or_an_operator_never_ends_a_delivery(outcome: Outcome) -> None:
    later = settled(outcome, attempt=99, age=1e9)
    assert isinstance(later, Later)
    assert not later.counts
