"""When a route stops trying, and when it tries again."""

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
from sendoff.holds import RouteHealth

DOWN = Retry("refused", detail="nothing listens")
BROKEN = Retry("http_500", detail="an HTML page")
WRONG_KEY = NeedsOperator("credentials_refused", "copy the key again")


def delivery(name: str, person: str | None = None) -> Delivery:
    return Delivery(id=name, route="support", action="upsert", body=b"{}",
                    order_key=name if person is None else person, event_key=name)  # fmt: skip


def see(health: RouteHealth, outcome: Outcome, name: str = "a", now: float = 0.0) -> None:
    health.seen([(delivery(name), outcome)], now)


def test_it_starts_with_one_and_doubles_with_each_answer() -> None:
    health = RouteHealth(5)
    allowed = []
    for _ in range(4):
        allowed.append(health.allowed)
        see(health, Delivered())
    assert allowed == [1, 2, 4, 5]


def test_an_attempt_of_many_deliveries_is_one_answer() -> None:
    health = RouteHealth(100)
    health.seen([(delivery(str(n)), Delivered()) for n in range(50)], 0.0)
    assert health.allowed == 2


def test_no_more_start_than_are_allowed() -> None:
    health = RouteHealth(4)
    assert health.may_start(0, 0.0)
    assert not health.may_start(1, 0.0)


def test_a_need_for_the_operator_holds_the_route_and_says_why() -> None:
    health = RouteHealth(4)
    see(health, WRONG_KEY)
    assert health.hold is not None
    assert (health.hold.kind, health.hold.reason) == ("operator", "credentials_refused")
    assert health.hold.detail == "copy the key again"


def test_a_held_route_is_probed_after_a_minute_and_then_ever_less_often() -> None:
    health = RouteHealth(4)
    now, waits = 0.0, []
    for _ in range(5):
        see(health, WRONG_KEY, now=now)
        assert health.hold is not None
        waits.append(health.hold.next_probe - now)
        assert not health.may_start(0, health.hold.next_probe - 0.1)
        now = health.hold.next_probe
        assert health.may_start(0, now)
        assert not health.may_start(1, now)
    assert waits == [60.0, 120.0, 240.0, 300.0, 300.0]


def test_what_was_out_when_the_hold_began_does_not_count_as_a_probe() -> None:
    health = RouteHealth(4)
    for _ in range(4):
        see(health, WRONG_KEY)
    assert health.hold is not None
    assert health.hold.next_probe == 60.0


def test_a_batch_that_needs_the_operator_is_one_need() -> None:
    health = RouteHealth(4)
    health.seen([(delivery(str(n)), WRONG_KEY) for n in range(500)], 0.0)
    assert health.hold is not None
    assert health.hold.next_probe == 60.0


def test_an_answer_to_what_was_out_when_the_hold_began_does_not_end_it() -> None:
    health = RouteHealth(4)
    see(health, WRONG_KEY)
    see(health, Delivered())
    assert health.hold is not None


@pytest.mark.parametrize("answer", [Delivered(), Skipped("there"), Rejected("no"), TooLarge()])
def test_a_probe_that_is_answered_ends_the_hold_and_begins_with_few(answer: Outcome) -> None:
    health = RouteHealth(64)
    see(health, WRONG_KEY)
    see(health, answer, now=60.0)
    assert health.hold is None
    assert health.allowed == 2


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_one_or_two_failures_are_no_outage(name: str) -> None:
    health = RouteHealth(4)
    see(health, BROKEN, "a")
    see(health, BROKEN, name)
    assert health.hold is None


def test_three_failures_of_different_people_are_an_outage() -> None:
    health = RouteHealth(4)
    for name in "abc":
        see(health, BROKEN, name)
    assert health.hold is not None
    assert (health.hold.kind, health.hold.reason) == ("unreachable", "unreachable")
    assert health.hold.detail == "http_500: an HTML page"


def test_three_failures_of_deliveries_without_an_order_key_are_an_outage() -> None:
    health = RouteHealth(4)
    for name in "abc":
        health.seen([(delivery(name, person=""), BROKEN)], 0.0)
    assert health.hold is not None


def test_many_failures_of_one_person_are_that_persons() -> None:
    health = RouteHealth(4)
    for n in range(20):
        health.seen([(delivery(str(n), person="p"), BROKEN)], 0.0)
    assert health.hold is None


def test_a_host_that_takes_no_connection_is_out_whoever_it_is_for() -> None:
    health = RouteHealth(4)
    for n in range(3):
        health.seen([(delivery(str(n), person="p"), DOWN)], 0.0)
    assert health.hold is not None


def test_an_answer_in_between_begins_the_count_again() -> None:
    health = RouteHealth(4)
    see(health, BROKEN, "a")
    see(health, BROKEN, "b")
    see(health, Rejected("no"), "c")
    see(health, BROKEN, "d")
    assert health.hold is None


def test_one_batch_that_fails_is_one_failure() -> None:
    health = RouteHealth(4)
    batch = [(delivery(str(n)), BROKEN) for n in range(500)]
    health.seen(batch, 0.0)
    assert health.hold is None
    health.seen(batch, 0.0)
    health.seen(batch, 0.0)
    assert health.hold is not None


def test_a_plugins_own_errors_say_nothing_of_the_host() -> None:
    health = RouteHealth(4)
    for n in range(20):
        see(health, Retry("plugin_error"), str(n))
    assert health.hold is None


def test_an_unreachable_host_is_probed_soon() -> None:
    health = RouteHealth(4)
    for name in "abc":
        see(health, DOWN, name)
    assert health.hold is not None
    assert health.hold.next_probe == 5.0


@pytest.mark.parametrize("outcome", [DOWN, BROKEN, Retry("plugin_error"), Throttled(1.0)])
def test_a_probe_without_an_answer_leaves_the_hold_and_is_not_tried_again_at_once(
    outcome: Outcome,
) -> None:
    health = RouteHealth(4)
    see(health, WRONG_KEY)
    see(health, outcome, now=60.0)
    assert health.hold is not None
    assert (health.hold.reason, health.hold.next_probe) == ("credentials_refused", 180.0)


def test_a_host_that_asks_to_slow_down_is_there_again() -> None:
    health = RouteHealth(4)
    for name in "abc":
        see(health, DOWN, name)
    see(health, Throttled(30.0), now=5.0)
    assert health.hold is None
    assert health.allowed == 1


def test_a_host_that_comes_back_and_refuses_the_key_waits_for_the_operator() -> None:
    health = RouteHealth(4)
    for name in "abc":
        see(health, DOWN, name)
    see(health, WRONG_KEY, now=5.0)
    assert health.hold is not None
    assert (health.hold.kind, health.hold.next_probe) == ("operator", 65.0)


def test_throttling_neither_holds_the_route_nor_lets_more_out() -> None:
    health = RouteHealth(4)
    for n in range(20):
        see(health, Throttled(1.0), str(n))
    assert health.hold is None
    assert health.allowed == 1


def test_each_failure_halves_what_may_be_out() -> None:
    health = RouteHealth(16)
    for _ in range(4):
        see(health, Delivered())
    allowed = [health.allowed]
    for name in "ab":
        see(health, BROKEN, name)
        allowed.append(health.allowed)
    assert allowed == [16, 8, 4]


def test_a_lower_concurrency_holds_at_once() -> None:
    health = RouteHealth(8)
    for _ in range(3):
        see(health, Delivered())
    health.concurrency = 2
    assert health.may_start(1, 0.0)
    assert not health.may_start(2, 0.0)
